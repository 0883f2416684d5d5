"""Characters that no text of a recipe, of its inputs or of a blob's name may have."""

from __future__ import annotations

import re

_MARKS = "\ue000\ue001"
"""Private characters that marked secrets in records of former versions."""

MARK_NAMES = "U+E000 or U+E001"
_UNFIT = re.compile(f"[\x00{_MARKS}\ud800-\udfff]")


def has_mark(text: str) -> bool:
    """Whether a text, such as a blob's name as the service lists it, has a character that marked secrets."""
    return any(mark in text for mark in _MARKS)


def unfit_character(text: str) -> str | None:
    """The first character that is refused, as `U+0000`; None if all are fit.

    NUL and half characters (surrogates) are no text for a service, and the marks are reserved.
    """
    if text.isascii() and "\x00" not in text:
        return None
    found = _UNFIT.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"
