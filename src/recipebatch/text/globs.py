"""Patterns on paths with `/`: `*` and `?` stay inside one folder, `**` crosses folders, `[abc]` is one of them."""

from __future__ import annotations

import re
from functools import lru_cache

_WILDCARD = re.compile(r"[*?\[]")
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


def has_wildcard(pattern: str) -> bool:
    """Whether a text is a pattern rather than one path."""
    return _WILDCARD.search(pattern) is not None


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path fits one of the patterns; a pattern without `/` is also tried on the last part alone."""
    name = path.rpartition("/")[2]
    return any(
        _compiled(pattern).match(path) or ("/" not in pattern and _compiled(pattern).match(name))
        for pattern in patterns
    )


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = []
    for part in _TOKEN.findall(pattern):
        if part == "**/":
            parts.append(r"(?:[^/]+/)*")
        elif part == "**":
            parts.append(r".*")
        elif part == "*":
            parts.append(r"[^/]*")
        elif part == "?":
            parts.append(r"[^/]")
        elif part.startswith("[") and len(part) > 2:  # noqa: PLR2004 - `[]` is no class
            inner = part[1:-1].replace("\\", "\\\\")
            parts.append(f"[^/{inner[1:]}]" if inner.startswith("!") else f"(?!/)[{inner}]")
        else:
            parts.append(re.escape(part))
    try:
        return re.compile("".join(parts) + r"\Z", re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern) + r"\Z")
