"""What a cursor is at, by the lines around it: a key or a value, and the path to it. Takes text that is no YAML yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.language_server.source.flow import flow_place
from recipebatch.language_server.source.positions import Span
from recipebatch.language_server.source.tree import column_of_holder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.language_server.source.positions import Text
    from recipebatch.language_server.source.tree import Path

_LINE = re.compile(r"([ \t]*)((?:-(?:[ \t]+|\Z))*)(.*)", re.DOTALL)
_KEY = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"\[\]{},&*!|>%@`-][^#:]*?|<<)[ \t]*:(?=[ \t]|\Z)""")
_BLOCK_HEADER = re.compile(r"(?:^|[:\s-][ \t]*)([|>][-+0-9]*)[ \t]*(?:#.*)?\Z")
_COMMENT = re.compile(r"(?:^|\s)#")
_WORD_ENDS = re.compile(r"\s+#|\Z")
_MOST_LINES_OF_FLOW = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a cursor is at.

    Attributes:
        path: of the value; for a key of the mapping that holds it.
        is_key: a key is written here, or could be.
        key: the key that is written here, with its colon; None if it is not complete.
        word: what is written of the key or value.
        column: where the key or value begins in its line.
        in_flow: it is inside of `[ ]` or `{ }`.
        is_block: it is inside of a text of several lines.
        siblings: the other keys of the mapping.
    """

    path: Path
    is_key: bool
    word: Span
    column: int
    key: str | None = None
    in_flow: bool = False
    is_block: bool = False
    siblings: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Line:
    """The structure of one line: columns of its dashes, its key, and where what is behind both begins."""

    text: str
    dashes: tuple[int, ...]
    column: int
    key: str | None
    value: int

    @property
    def is_empty(self) -> bool:
        return not self.text.strip() or self.text.lstrip().startswith("#")

    @property
    def indentation(self) -> int:
        return self.dashes[0] if self.dashes else self.column

    @property
    def holds_more(self) -> bool:
        """Whether the value of its key can be on the lines below."""
        rest = self.text[self.value :].strip()
        return not rest or rest[0] in "#&!|>{["


def place_at(text: Text, offset: int) -> Place | None:
    """What is at an offset; None in a comment."""
    number = text.line_of(offset)
    column = offset - text.line_starts[number]
    lines = text.lines
    if (header := _block_header(lines, number, column)) is not None:
        path = _path_of(lines, header)
        return Place(path=path, is_key=False, word=Span(offset, offset), column=column, is_block=True)
    flow = _flow(text, number, offset)
    if flow is not None:
        return flow
    line = _read(lines[number])
    if _in_comment(line.text, column):
        return None
    start = text.line_starts[number]
    if line.key is not None and column > line.value - 1:
        word = _value_span(line, start)
        return Place(path=_path_of(lines, number), is_key=False, word=word, column=line.value)
    at = line.column if line.text.strip() else column
    path, at = _parents(lines, number, at)
    end = line.column + len(line.key) if line.key is not None else _WORD_ENDS.search(line.text, line.column)
    last = end if isinstance(end, int) else len(line.text) if end is None else end.start()
    word = Span(start + line.column, start + max(last, line.column)) if line.text.strip() else Span(offset, offset)
    if offset not in word:
        word = Span(offset, offset)
    siblings = frozenset(_siblings(lines, number, at))
    return Place(path=path, is_key=True, word=word, column=at, key=_unquoted(line.key), siblings=siblings)


def _read(text: str) -> _Line:
    found = _LINE.match(text)
    lead, dashes, rest = found.groups() if found is not None else ("", "", text)
    columns = tuple(len(lead) + number for number, character in enumerate(dashes) if character == "-")
    column = len(lead) + len(dashes)
    key = _KEY.match(rest)
    value = column + key.end() if key is not None else column
    while value < len(text) and text[value] in " \t":
        value += 1
    return _Line(text, columns, column, key[1] if key is not None else None, value)


def _value_span(line: _Line, start: int) -> Span:
    first = line.text[line.value : line.value + 1]
    if first in {"'", '"'}:
        end = line.text.rfind(first, line.value + 1)
        last = end + 1 if end > 0 else len(line.text)
    else:
        found = _WORD_ENDS.search(line.text, line.value)
        last = found.start() if found is not None else len(line.text)
    return Span(start + line.value, start + len(line.text[:last].rstrip()) if last > line.value else start + line.value)


def _in_comment(line: str, column: int) -> bool:
    """Whether a `#` with a blank before it, outside of quotes, is before a column."""
    bare = re.sub(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", lambda found: "x" * len(found[0]), line)
    found = _COMMENT.search(bare)
    return found is not None and found.end() <= column


def _block_header(lines: tuple[str, ...], number: int, column: int) -> int | None:
    """The line whose `|` or `>` begins the text that a line is in."""
    current = lines[number]
    least = len(current) - len(current.lstrip(" ")) if current.strip() else column
    for above in range(number - 1, -1, -1):
        line = lines[above]
        if not line.strip():
            continue
        header = _BLOCK_HEADER.search(line)
        indentation = len(line) - len(line.lstrip(" "))
        if header is not None and column_of_holder(line[: header.start(1)]) < least and not _is_text(line, header):
            return above
        least = min(least, indentation)
        if least == 0:
            return None
    return None


def _is_text(line: str, header: re.Match[str]) -> bool:
    """Whether a `|` at the end of a line belongs to a command, such as a pipe."""
    read = _read(line)
    return line[read.value : header.start(1)].strip() != "" or (read.key is None and not read.dashes)


def _flow(text: Text, number: int, offset: int) -> Place | None:
    """The place inside of `[ ]` or `{ }`, be they opened on a line above."""
    for above in range(number, max(-1, number - _MOST_LINES_OF_FLOW), -1):
        line = _read(text.lines[above])
        if line.is_empty:
            continue
        begins = line.text[line.value : line.value + 1] if line.key is not None or line.dashes else ""
        if begins in {"{", "["}:
            start = text.line_starts[above] + line.value
            found = flow_place(text.text, start, offset) if start < offset else None
            if found is not None:
                base = _path_of(text.lines, above)
                return Place(
                    path=(*base, *found.path),
                    is_key=found.is_key,
                    word=found.word,
                    column=offset - text.line_starts[number],
                    key=found.key,
                    in_flow=True,
                    siblings=found.siblings,
                )
            if above < number:
                return None
        if line.indentation == 0 and line.key is not None:
            return None
    return None


def _path_of(lines: tuple[str, ...], number: int) -> Path:
    """The path of the value whose key or dash is on a line."""
    line = _read(lines[number])
    path, _ = _parents(lines, number, line.column)
    return path if line.key is None else (*path, _unquoted(line.key) or "")


def _parents(lines: tuple[str, ...], number: int, column: int) -> tuple[Path, int]:
    """The path of the mapping or list that an entry at a column of a line is in, and the column of its entries."""
    steps: list[str | int] = []
    want, of_item = column, False
    for above in range(number, -1, -1):
        line = _read(lines[above])
        if line.is_empty and above != number:
            continue
        if above != number and line.key is not None and (line.column < want or (of_item and line.column <= want)):
            if not line.holds_more and not steps and not of_item:
                column = want = line.column  # its value is complete: what is below belongs beside it
            else:
                steps.append(_unquoted(line.key) or "")
                want, of_item = line.column, False
        for dash in reversed(line.dashes):
            if dash < want:
                steps.append(_index(lines, above, dash))
                want, of_item = dash, True
        if want == 0 and not of_item:
            break
    return tuple(reversed(steps)), column


def _index(lines: tuple[str, ...], number: int, dash: int) -> int:
    """Which entry of its list begins with a dash."""
    count = 0
    for above in range(number - 1, -1, -1):
        line = _read(lines[above])
        if line.is_empty:
            continue
        if dash in line.dashes:
            count += 1
        if line.indentation < dash or (line.indentation == dash and not line.dashes):
            break
    return count


def _siblings(lines: tuple[str, ...], number: int, column: int) -> Iterator[str]:
    """The keys of the same mapping on other lines."""
    own = _read(lines[number])
    for direction in (-1, 1):
        if direction < 0 and own.dashes and own.dashes[-1] < column:
            continue  # it is the first key of its list entry
        other = number + direction
        while 0 <= other < len(lines):
            line = _read(lines[other])
            if not line.is_empty:
                opens = bool(line.dashes) and line.dashes[-1] < column
                if line.indentation < column and not (opens and direction < 0 and line.column == column):
                    break
                if line.column == column and line.key is not None:
                    yield _unquoted(line.key) or ""
                if opens:
                    break
            other += direction


def _unquoted(key: str | None) -> str | None:
    return key[1:-1] if key is not None and key[:1] in {"'", '"'} and len(key) > 1 else key
