"""The known name nearest to a mistyped one."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LISTED = 12
_LONGEST = 64
"""Characters of a name; what is longer was not mistyped, and comparing takes the square of the length."""

_MOST = 500
"""Names that are compared; among more, only one that differs in case, `-` or `_` is found."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name a person most likely meant, or None when nothing is near; case and `-`/`_` count little."""
    if len(word) > _LONGEST:
        return None
    plain = {_plain(name): name for name in sorted(known, reverse=True) if len(name) <= _LONGEST}
    if len(plain) > _MOST:
        return plain.get(_plain(word))
    matches = get_close_matches(_plain(word), plain, n=1, cutoff=0.6)
    return plain[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint: the nearest known name, else all of them if they are few, else None."""
    names = sorted(set(known))
    best = nearest(word, names)
    if best is not None:
        return f"did you mean {best}?"
    if 0 < len(names) <= _LISTED and all(len(name) <= _LONGEST for name in names):
        return f"known: {', '.join(names)}"
    return None


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_")
