"""ReadAccess: which local files may be read for a recipe. Everything that is read in its name is opened here."""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from recipebatch import bundled_files
from recipebatch.files.folder_listing import GIT
from recipebatch.files.regular_files import open_regular, read_regular
from recipebatch.text.globs import has_wildcard, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KERNEL_FOLDERS = frozenset({"/dev", "/proc", "/sys"})
"""What is there are devices and views of the kernel, no files of a user."""
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - the one part of /dev with files of users; nothing is written there
_WHY = "a recipe reads only its own folder, the repository that holds it, and what you name"


class RefusedPathError(Exception):
    """A path that must not be read for a recipe.

    Attributes:
        hint: what to do to have it read.
    """

    code = "files-outside"

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True, order=True)
class AllowedPath:
    """A file, or a folder with all below it, or with a pattern the files below it that fit the pattern."""

    path: str
    pattern: str = ""

    @classmethod
    def of(cls, text: str | os.PathLike[str], folder: Path) -> AllowedPath:
        """A path or pattern as a user writes it; a relative one starts at the folder. Raises ValueError for none."""
        fixed, pattern = fixed_part(os.fspath(text))
        return cls(os.path.realpath(folder / fixed), pattern)

    @property
    def is_broad(self) -> bool:
        """Whether the user's home folder is in it."""
        return ("/" in self.pattern or "**" in self.pattern or not self.pattern) and _is_broad(self.path)

    def holds(self, real: str) -> bool:
        """Whether a path without links is meant by it."""
        if not _is_below(real, self.path):
            return False
        return not self.pattern or matches(os.path.relpath(real, self.path).replace(os.sep, "/"), (self.pattern,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAccess:
    """Which local files may be read for a recipe.

    Attributes:
        folder: of the recipe, without links.
        repository: the root of the repository that holds it, or its folder.
        homes: the home folders of the user; what is private in them does not belong to a recipe that lies there.
        allowed: what the user named beside them.
        open_texts: real path → text of files that are open in an editor, which `read` gives instead.
    """

    folder: str
    repository: str
    homes: frozenset[str] = frozenset()
    allowed: tuple[AllowedPath, ...] = ()
    open_texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of_recipe(cls, folder: str | os.PathLike[str]) -> ReadAccess:
        """What the recipe of a folder may read without being allowed more."""
        real = os.path.realpath(folder)
        return cls(folder=real, repository=_repository(real) or real, homes=_homes())

    def with_allowed(self, allowed: Iterable[AllowedPath]) -> ReadAccess:
        """The same, and what the user named."""
        return replace(self, allowed=tuple(dict.fromkeys((*self.allowed, *allowed))))

    def checked(self, path: str | os.PathLike[str]) -> str:
        """A path that may be read, with all its links followed.

        Raises:
            RefusedPathError: it must not be read.
        """
        try:
            real = os.path.realpath(path)
        except (OSError, ValueError):
            raise RefusedPathError(f"{os.fspath(path)!a} is not a path", "correct the path") from None
        self.check(real, shown=os.fspath(path))
        return real

    def check(self, real: str, *, shown: str | None = None) -> None:
        """Check that a path without links may be read.

        Args:
            real: the path.
            shown: as messages call it; default: the path.

        Raises:
            RefusedPathError: it must not be read.
        """
        shown = shown or real
        if not _is_below(real, _SHARED_MEMORY) and any(_is_below(real, folder) for folder in KERNEL_FOLDERS):
            raise RefusedPathError(f"{shown} is in a folder of the operating system's kernel", "copy it to a file")
        if self.is_own(real) or any(each.holds(real) for each in self.allowed):
            return
        leads = f" (it leads to {real})" if real != os.path.normpath(shown) else ""
        inside = _is_below(real, self.folder) or _is_below(real, self.repository)
        where = "is not the recipe's, although it is in" if inside else "is outside"
        raise RefusedPathError(
            f"{shown}{leads} {where} the recipe's folder, {self.folder}",
            f"{_WHY}; if it may be read: --allow-path {_quoted(real)}",
        )

    @property
    def left_out(self) -> frozenset[str]:
        """Folders that no pattern matches: those of the kernel."""
        return KERNEL_FOLDERS

    def is_own(self, real: str) -> bool:
        """Whether a path without links belongs to the recipe: its folder, its repository, or a bundled file."""
        if any(_is_below(real, own) and not self._is_private(real, own) for own in (self.folder, self.repository)):
            return True
        return is_bundled(real)

    def _is_private(self, real: str, folder: str) -> bool:
        """Whether a file below the recipe's folder is the user's: where that is the home folder or above it.

        The keys and settings of programs have names with a dot there, and a recipe that was saved into the home
        folder did not bring them. The `.git` of any repository can hold the password of a remote.
        """
        parts = Path(real[len(folder.rstrip(os.sep)) + 1 :]).parts or ("",)
        if any(part.lower() == GIT for part in parts):
            return True
        if folder not in self.homes and not any(_is_below(home, folder) for home in self.homes):
            return False
        in_home = folder not in self.homes and any(_is_below(real, home) for home in self.homes)
        return in_home or any(part.startswith(".") for part in parts)

    def open(self, path: str | os.PathLike[str]) -> BinaryIO:
        """Open a regular file.

        Raises:
            RefusedPathError: it must not be read.
            OSError: it cannot be read, is no regular file, or a link was put on its path meanwhile.
        """
        return open_regular(self.checked(path))

    def read(self, path: str | os.PathLike[str], limit: int) -> bytes:
        """The content of a regular file; raises as `open`, and FileTooLargeError above the limit of bytes."""
        real = self.checked(path)
        if (text := self.open_texts.get(real)) is not None and len(data := text.encode()) <= limit:
            return data
        return read_regular(real, limit)

    def to_json(self) -> list[dict[str, str]]:
        """What the user named, as plain JSON values."""
        return [{"path": each.path, "pattern": each.pattern} for each in self.allowed]

    @staticmethod
    def allowed_from_json(value: Iterable[Mapping[str, Any]]) -> tuple[AllowedPath, ...]:
        """The inverse of `to_json`."""
        return tuple(AllowedPath(str(each["path"]), str(each.get("pattern", ""))) for each in value)


def fixed_part(source: str) -> tuple[str, str]:
    """A source's folder without wildcards and the pattern below it; no pattern when there is no wildcard."""
    parts = source.replace("\\", "/").split("/") if "\\" in source and ":" in source[:2] else source.split("/")
    for number, part in enumerate(parts):
        if has_wildcard(part):
            return "/".join(parts[:number]) or ("/" if source.startswith("/") else "."), "/".join(parts[number:])
    return source, ""


def _repository(folder: str) -> str | None:
    """The root of the repository that holds a folder; None if there is none, or if more than a project is in it."""
    for at in (Path(folder), *Path(folder).parents):
        if os.path.lexists(at / ".git"):
            # Anyone can put a `.git` into a folder such as /tmp.
            return None if _is_broad(str(at)) or at.stat().st_mode & stat.S_IWOTH else str(at)
    return None


def _is_broad(folder: str) -> bool:
    """Whether it is the user's home folder, or a folder that holds it, such as `/`."""
    return folder == "/" or any(_is_below(home, folder) for home in _homes())


def _homes() -> frozenset[str]:
    """The user's home folder by the environment and by the list of users, without links."""
    found = {os.path.realpath(home)} if (home := os.environ.get("HOME")) else set()
    with contextlib.suppress(ImportError, KeyError):
        import pwd

        found.add(os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir))
    return frozenset(found)


def is_bundled(real: str) -> bool:
    """Whether a path without links is a file of the bundled recipes."""
    return any(_is_below(real, folder) for folder in _bundled())


@cache
def _bundled() -> tuple[str, ...]:
    """The folders with the files of bundled recipes, which anyone may read."""
    return tuple(str(bundled_files.root() / name) for name in ("recipes", "node"))


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _quoted(path: str) -> str:
    import shlex

    return shlex.quote(path)
