"""Lists of names, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def first_names(names: Sequence[str], most: int) -> str:
    """The first names, enough to know which are meant: `t-0, t-1, …`."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def counted_names(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are: `t-0, t-1 and 7 more`."""
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")
