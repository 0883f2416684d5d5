"""Sections of a plan: blocks of lines, folded until all of them fit into a number of lines.

Whoever adds to `plan` what it shows makes one more `Section`, and needs to know nothing of the others.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_LINES = 60
"""Of a plan that is not asked for all tasks: what people take in, and a terminal shows."""

MAX_CHARACTERS = 400
"""Of one line of such a plan."""

_ALL = "(--tasks lists all)"
_FRAME = 2
"""Lines of a section beside its blocks: the title, and a blank one before it."""
_LEAST = 2
"""Lines that a section has at least: one, and how many more there are."""
_HANGING = 4


@dataclass(frozen=True, slots=True)
class Block:
    """What is said of one thing: a line that can stand alone, and details that can be left out from the end.

    Attributes:
        lines: the first one says what it is; all of them with their indentation.
        kind: what to call it where several are left out, such as `pool`; empty is not counted.
    """

    lines: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a plan with a title of its own; empty titles have no line."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        """Lines of all blocks."""
        return sum(len(block.lines) for block in self.blocks)


def fitted(sections: Iterable[Section], *, width: int | None, most: int | None = MAX_LINES) -> list[str]:
    """The lines of sections, those of each after a blank line.

    Args:
        sections: in their order; one without blocks is left out.
        width: columns of the terminal, at which lines are wrapped; None does not wrap.
        most: lines of all sections together; None leaves nothing out. Each section needs four of them.
    """
    wrapped = [_wrapped(section, width, most) for section in sections if section.blocks]
    if most is None:
        shares = [section.size for section in wrapped]
    else:
        frame = sum(_FRAME if section.title else 1 for section in wrapped)
        # No blank line before the first one.
        shares = _shares([section.size for section in wrapped], most - frame + 1)
    lines: list[str] = []
    for section, share in zip(wrapped, shares, strict=True):
        lines += ["", *([section.title] if section.title else []), *_folded(section, share)]
    return lines[1:]


def _wrapped(section: Section, width: int | None, most: int | None) -> Section:
    """The section with lines that a terminal shows, each in one row; what cannot be among the first `most` stays."""
    blocks = (
        replace(block, lines=tuple(row for line in block.lines[:most] for row in _rows(line, width, short=bool(most))))
        for block in section.blocks[:most]
    )
    return replace(section, blocks=(*blocks, *section.blocks[len(section.blocks[:most]) :]))


def _rows(line: str, width: int | None, *, short: bool) -> list[str]:
    """A line as rows of a terminal; the values in it are escaped, as these may be longer."""
    more = len(line) - MAX_CHARACTERS
    if short and more > 0:
        line = f"{line[:MAX_CHARACTERS]}… and {more:,} more characters"
    line = one_line(line)
    if width is None or len(line) <= width:
        return [line]
    indent = line[: len(line) - len(line.lstrip(" "))]
    return textwrap.wrap(
        line[len(indent) :],
        width=width,
        initial_indent=indent,
        subsequent_indent=indent + " " * _HANGING,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """How many lines each section gets: small ones all of theirs, the others an equal number of what is left. Pure."""
    shares = [min(size, _LEAST) for size in sizes]
    left = most - sum(shares)
    while left > 0 and (open_ := [number for number, size in enumerate(sizes) if shares[number] < size]):
        each = max(1, left // len(open_))
        for number in open_:
            given = min(each, sizes[number] - shares[number], left)
            shares[number] += given
            left -= given
    return shares


def _folded(section: Section, share: int) -> list[str]:
    """The blocks of a section in so many lines: as many first lines as possible, then details of the first blocks."""
    if section.size <= share:
        return [line for block in section.blocks for line in block.lines]
    room = share - 1
    shown = section.blocks[: max(room, 1)]
    sizes = [1] * len(shown)
    left = room - len(shown)
    # No block takes all of it, as long as another one needs some.
    for cap in (max(8, room // 2), room):
        for number, block in enumerate(shown):
            given = min(max(0, min(len(block.lines), cap) - sizes[number]), max(0, left))
            sizes[number] += given
            left -= given
    lines: list[str] = []
    cut = 0
    for block, size in zip(shown, sizes, strict=True):
        lines += block.lines[:size]
        cut += size < len(block.lines)
    return [*lines[: max(room, 1)], _left_out(section.blocks[len(shown) :], cut)]


def _left_out(blocks: Sequence[Block], cut: int) -> str:
    """How many blocks are left out, by their kinds, and of how many some lines are."""
    counts: dict[str, int] = {}
    for block in blocks:
        if block.kind:
            counts[block.kind] = counts.get(block.kind, 0) + 1
    parts = [f"{count:,} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items()]
    if not parts:
        return f"  … details of {cut:,} are left out {_ALL}" if cut > 1 else f"  … and more details {_ALL}"
    count, _, kinds = ", ".join(parts).partition(" ")
    return f"  … and {count} more {kinds} {_ALL}"
