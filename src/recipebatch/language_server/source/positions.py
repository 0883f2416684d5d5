"""A text with its positions: offsets, lines as YAML counts them, and lines and UTF-16 units as LSP counts them.

Source: Language Server Protocol 3.17, "Text Documents" (`EOL`) and "Position" (`PositionEncodingKind`); YAML 1.2.2,
5.4 "Line Break Characters". Offsets are characters of a Python text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from recipebatch.text.lines import LINE_END

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition

_LSP_LINE_END = re.compile("\r\n|\n|\r")
_BEYOND_16_BITS = 0xFFFF


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A part of a text; the end is the offset behind its last character."""

    start: int
    end: int

    def __contains__(self, offset: object) -> bool:
        """Whether an offset is in it or at one of its ends."""
        return isinstance(offset, int) and self.start <= offset <= self.end


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A position of LSP: line and UTF-16 code unit, both from 0."""

    line: int
    unit: int


class Text:
    """One version of a document."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines as LSP counts them, without their ends."""
        return tuple(_LSP_LINE_END.split(self.text))

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """The offset of each line of LSP."""
        return (0, *(found.end() for found in _LSP_LINE_END.finditer(self.text)))

    @cached_property
    def _yaml_starts(self) -> tuple[int, ...]:
        return (0, *(found.end() for found in LINE_END.finditer(self.text)))

    def offset_of_source(self, at: SourcePosition) -> int:
        """The offset of a position of the YAML reader."""
        starts = self._yaml_starts
        line = min(max(at.line, 1), len(starts))
        return min(starts[line - 1] + max(at.column, 1) - 1, len(self.text))

    def offset(self, point: Point) -> int:
        """The offset of a position of LSP; one behind the end of its line is that end."""
        starts = self.line_starts
        if point.line >= len(starts):
            return len(self.text)
        line = self.lines[max(point.line, 0)]
        return starts[max(point.line, 0)] + _characters(line, point.unit)

    def point(self, offset: int) -> Point:
        """The position of LSP of an offset."""
        offset = min(max(offset, 0), len(self.text))
        line = self.line_of(offset)
        return Point(line, units(self.text[self.line_starts[line] : offset]))

    def line_of(self, offset: int) -> int:
        """The number of the line, from 0, that an offset is in."""
        return bisect_right(self.line_starts, offset) - 1

    def slice(self, span: Span) -> str:
        """The text of a part."""
        return self.text[span.start : span.end]

    def changed(self, start: Point, end: Point, new: str) -> Text:
        """The text with a part of it replaced."""
        first, last = sorted((self.offset(start), self.offset(end)))
        return Text(self.text[:first] + new + self.text[last:])


def units(text: str) -> int:
    """The UTF-16 code units of a text."""
    return len(text) if text.isascii() else len(text) + sum(ord(each) > _BEYOND_16_BITS for each in text)


def _characters(line: str, number: int) -> int:
    """How many characters the first code units of a line are; half a character counts as none of it."""
    if line.isascii():
        return min(max(number, 0), len(line))
    count = 0
    for character in line:
        number -= 2 if ord(character) > _BEYOND_16_BITS else 1
        if number < 0:
            break
        count += 1
    return count
