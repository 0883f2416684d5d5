"""Patterns of `exclude`: one that fits a folder leaves out everything below it. Which fitted nothing is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.text.globs import matcher

if TYPE_CHECKING:
    from collections.abc import Iterable


class Exclusions:
    """Patterns on paths with `/`.

    As in git and rsync, a pattern without `/` is tried on names at any depth, one that ends in `/` on folders only.

    Args:
        patterns: as they are written.

    Raises:
        InvalidPatternError: a pattern is too large.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._rules = {
            pattern: (pattern.endswith("/"), matcher(_without_dot(pattern).rstrip("/"))) for pattern in patterns
        }
        self._fitted: set[str] = set()
        self._left_out: set[str] = set()

    def __len__(self) -> int:
        return len(self._rules)

    def fits(self, path: str, *, is_folder: bool) -> bool:
        """Whether a pattern fits a file or a folder itself; those above it are not looked at."""
        found = [
            pattern
            for pattern, (folders_only, fits) in self._rules.items()
            if (is_folder or not folders_only) and fits(path)
        ]
        self._fitted.update(found)
        if found and is_folder:
            self._left_out.add(path)
        return bool(found)

    def leave_out(self, folder: str) -> None:
        """Note a folder that is left out for another reason."""
        self._left_out.add(folder)

    def leaves_out(self, path: str) -> bool:
        """Whether a pattern fits a file, or a folder above it."""
        parts = path.split("/")
        folders = any(self.fits("/".join(parts[:count]), is_folder=True) for count in range(1, len(parts)))
        return folders or self.fits(path, is_folder=False)

    def unused(self) -> tuple[str, ...]:
        """The patterns that fitted nothing of what they were asked about, and ask for nothing of a folder left out."""
        return tuple(pattern for pattern in self._rules if pattern not in self._fitted and not self._is_below(pattern))

    def _is_below(self, pattern: str) -> bool:
        """Whether a pattern is for paths below a folder that is left out as a whole, such as `.git/**`."""
        parts = _without_dot(pattern).rstrip("/").split("/")
        heads = [matcher("/".join(parts[:count])) for count in range(1, len(parts)) if parts[count - 1].strip("*?")]
        return any(fits(folder) for fits in heads for folder in self._left_out)


def _without_dot(pattern: str) -> str:
    while pattern.startswith("./"):
        pattern = pattern[2:].lstrip("/")
    return pattern
