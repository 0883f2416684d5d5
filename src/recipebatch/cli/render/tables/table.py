"""Table: rows that fit the width of a terminal; the least important columns go first, and no line is wrapped."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GAP = "  "
_SHORTEST = 8
"""Cells of a column that gives way keep so many characters."""
_MORE = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Attributes:
        header: above it, in capitals.
        rank: how important it is; of the columns that do not fit the one with the highest rank goes first.
        right: its cells end together, as numbers do.
        gives_way: its longest cells are shortened before the column goes.
        is_text: of a cell that is shortened its beginning stays; else both ends, which tell one name from another.
    """

    header: str
    rank: int
    right: bool = False
    gives_way: bool = False
    is_text: bool = False


class Table:
    """Rows of cells.

    Args:
        columns: from left to right.
        rows: for each a cell a column; a column without any text is left out.
    """

    def __init__(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        cells = [[one_line(cell) for cell in row] for row in rows]
        used = [place for place in range(len(columns)) if any(row[place] for row in cells)]
        self._columns = [columns[place] for place in used]
        self._rows = [[row[place] for place in used] for row in cells]
        self._widths = [
            max(len(column.header), *(width(row[place]) for row in self._rows)) if self._rows else len(column.header)
            for place, column in enumerate(self._columns)
        ]

    def lines(self, most: int | None) -> list[str]:
        """Its lines, the header first.

        Args:
            most: the width of the terminal; None is as wide as it gets.
        """
        kept = list(range(len(self._columns)))
        widths = dict(enumerate(self._widths))
        while most is not None and len(kept) > 1 and self._width(kept, widths) > most:
            excess = self._width(kept, widths) - most
            widest = max((place for place in kept if self._columns[place].gives_way), key=widths.get, default=None)  # type: ignore[arg-type]
            if widest is not None and widths[widest] - excess >= max(_SHORTEST, len(self._columns[widest].header)):
                widths[widest] -= excess
                break
            kept.remove(max(kept, key=lambda place: self._columns[place].rank))
        if most is not None and len(kept) == 1:
            widths[kept[0]] = min(widths[kept[0]], most)
        lines = [self._line([self._columns[place].header for place in kept], kept, widths)]
        lines += [self._line([row[place] for place in kept], kept, widths) for row in self._rows]
        return lines

    @staticmethod
    def _width(kept: Sequence[int], widths: dict[int, int]) -> int:
        return sum(widths[place] for place in kept) + len(_GAP) * (len(kept) - 1)

    def _line(self, cells: Sequence[str], kept: Sequence[int], widths: dict[int, int]) -> str:
        fitted = (
            _padded(self._fitted(cell, place, widths[place]), widths[place], right=self._columns[place].right)
            for cell, place in zip(cells, kept, strict=True)
        )
        return _GAP.join(fitted).rstrip()

    def _fitted(self, cell: str, place: int, most: int) -> str:
        return begun(cell, most) if self._columns[place].is_text else shortened(cell, most)


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def shortened(text: str, most: int) -> str:
    """A text in so many columns at most; of a longer one the middle is left out, as its ends tell it from others."""
    if width(text) <= most:
        return text
    if most <= 1:
        return _MORE[:most]
    head = most // 2
    tail = most - 1 - head
    first, last = text[:head], text[len(text) - tail :] if tail else ""
    while width(first) + width(last) > most - 1:
        first, last = (first[:-1], last) if width(first) >= width(last) else (first, last[1:])
    return f"{first}{_MORE}{last}"


def begun(text: str, most: int) -> str:
    """The beginning of a text, in so many columns at most."""
    if width(text) <= most:
        return text
    first = text[: max(0, most - 1)]
    while first and width(first) > most - 1:
        first = first[:-1]
    return f"{first}{_MORE}"[:most]


def _padded(text: str, to: int, *, right: bool) -> str:
    blanks = " " * (to - width(text))
    return blanks + text if right else text + blanks


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]], *, separator: str = ",") -> str:
    """Rows as CSV or TSV with a header; None is an empty cell, and a control character is escaped as on a terminal."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(["" if cell is None else one_line(str(cell)) for cell in row])
    return text.getvalue()
