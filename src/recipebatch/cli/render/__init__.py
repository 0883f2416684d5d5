"""What commands print for people; each file gives the texts of one subject and is imported by the commands of it.

No value begins a line of its own: a text is a `block` of lines, and a message of several lines is `quoted`.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from recipebatch.text.terminal import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_WIDTH = 40
"""Of a terminal that text is broken for."""


def block(lines: Iterable[str]) -> str:
    """The lines as a text; a line end or another control within one of them is escaped."""
    return "\n".join(one_line(line) for line in lines)


def quoted(message: str) -> str:
    """A message of one line as it is; of several, such that none but the first begins where our lines begin."""
    first, *more = printable(message).split("\n")
    return "\n".join([first, *(line if line.startswith("  ") else f"    | {line}" for line in more)])


def indented(text: str) -> list[str]:
    """The lines of a text, two blanks further in."""
    return [f"  {line}" for line in text.rstrip("\n").split("\n")]


def wrapped(text: str, indent: str, width: int | None, more: str = "") -> list[str]:
    """One value on lines of at most `width` columns; words are never broken.

    Args:
        text: the value.
        indent: of its first line.
        width: None leaves it whole.
        more: the indent of the other lines, where that is another one.
    """
    safe = one_line(text)
    if width is None:
        return [indent + safe]
    return textwrap.wrap(
        safe,
        max(width - 1, LEAST_WIDTH),
        initial_indent=indent,
        subsequent_indent=more or indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
