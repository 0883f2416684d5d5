"""The values of a document with their places in its text: where a key is written, where its value ends.

Positions of the reader are beginnings only; the ends are read off the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from recipebatch.language_server.source.positions import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.language_server.source.positions import Text
    from recipebatch.recipe import Node

Path: TypeAlias = tuple[str | int, ...]
"""The keys, and numbers of list entries from 0, that lead to a value."""

_PROPERTY = re.compile(r"[&!][^\s,\[\]{}]*\s+")
_SINGLE_QUOTED = re.compile(r"'(?:[^']|'')*'")
_DOUBLE_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PLAIN_ENDS = re.compile(r"\s+#|:(?=\s|\Z)|[\r\n]")
_PLAIN_ENDS_IN_FLOW = re.compile(r"\s+#|:(?=[\s,\[\]{}]|\Z)|[\r\n,\[\]{}]")
_LEAD = re.compile(r" *(?:-[ \t]+)*")
_BLOCK_HEADER = re.compile(r"[|>][^\n]*(?:\n|\Z)")


@dataclass(frozen=True, slots=True)
class Value:
    """One value that is written in a file.

    Attributes:
        path: leads to it.
        node: what it says.
        key: where its key is written; None for an entry of a list.
        span: the text of a scalar, without quotes of its own left out; of a list or mapping where it begins.
    """

    path: Path
    node: Node
    key: Span | None
    span: Span


@dataclass(slots=True)
class Tree:
    """All values of one file, by path and in the order of the text."""

    values: dict[Path, Value] = field(default_factory=dict)

    def below(self, path: Path) -> Iterator[Value]:
        """The values directly below one."""
        node = self.values[path].node if path in self.values else None
        if node is None:
            return
        steps: list[str | int] = list(node.value) if isinstance(node.value, dict) else list(range(len(node.items())))
        for step in steps:
            if (found := self.values.get((*path, step))) is not None:
                yield found

    def scalar(self, path: Path) -> str | None:
        """The text at a path, or None."""
        found = self.values.get(path)
        return found.node.value if found is not None and isinstance(found.node.value, str) else None

    def at(self, offset: int) -> Value | None:
        """The scalar, or the key, that an offset is in."""
        for value in self.values.values():
            if value.key is not None and offset in value.key:
                return value
            if not isinstance(value.node.value, (dict, tuple)) and offset in value.span:
                return value
        return None

    def end(self, path: Path) -> int:
        """The offset behind the last text of a value and all below it."""
        return max(each.span.end for other, each in self.values.items() if other[: len(path)] == path)


def tree_of(document: Node, text: Text) -> Tree:
    """The values that a file itself writes: those that an alias repeats have no place of their own."""
    tree = Tree()
    seen: set[int] = set()

    def visit(node: Node, path: Path, key: Span | None, *, in_flow: bool) -> None:
        start = _without_properties(text.text, text.offset_of_source(node.at))
        if isinstance(node.value, (dict, tuple)):
            in_flow = in_flow or text.text[start : start + 1] in {"{", "["}
            tree.values[path] = Value(path, node, key, Span(start, start))
        else:
            tree.values[path] = Value(path, node, key, _scalar(text.text, start, in_flow=in_flow))
        if id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node.value, dict):
            for name, entry in node.value.items():
                at = text.offset_of_source(entry.key_at)
                visit(entry.value, (*path, name), _key(text.text, at, name), in_flow=in_flow)
        for number, item in enumerate(node.items()):
            visit(item, (*path, number), None, in_flow=in_flow)

    visit(document, (), None, in_flow=False)
    return tree


def token_at(text: str, start: int) -> Span:
    """The key or scalar that begins at an offset; at least one character, if there is one."""
    start = _without_properties(text, start)
    if text[start : start + 1] in {"{", "["}:
        return Span(start, _end_of_flow(text, start))
    found = _scalar(text, start, in_flow=text[start : start + 1] not in {"|", ">"})
    plain = _scalar(text, start, in_flow=False)
    if "${{" in text[plain.start : plain.end]:
        found = plain
    return found if found.end > found.start else Span(start, min(start + 1, len(text)))


def _key(text: str, start: int, name: str) -> Span:
    if text[start : start + len(name)] == name:
        return Span(start, start + len(name))
    return _scalar(text, start, in_flow=True)


def _without_properties(text: str, start: int) -> int:
    """Where the value itself begins, behind an anchor and a tag."""
    while (found := _PROPERTY.match(text, start)) is not None:
        start = found.end()
    return start


def _scalar(text: str, start: int, *, in_flow: bool) -> Span:
    first = text[start : start + 1]
    if first in {"'", '"'}:
        quoted = (_SINGLE_QUOTED if first == "'" else _DOUBLE_QUOTED).match(text, start)
        return Span(start, quoted.end() if quoted is not None else len(text))
    if first in {"|", ">"} and not in_flow:
        return Span(start, _end_of_block(text, start))
    ends = (_PLAIN_ENDS_IN_FLOW if in_flow else _PLAIN_ENDS).finditer(text, start)
    end = next((found.start() for found in ends if text[found.start() - 1] != "$" or found[0] != "{"), len(text))
    return Span(start, start + len(text[start:end].rstrip()))


def _end_of_flow(text: str, start: int) -> int:
    """Where a list or mapping in brackets ends, if that is on the same line; else behind its bracket."""
    depth = 0
    for found in re.finditer(r"[\[\]{}\n]", text[start:]):
        if found[0] == "\n":
            break
        depth += 1 if found[0] in {"{", "["} else -1
        if depth == 0:
            return start + found.end()
    return start + 1


def column_of_holder(before: str) -> int:
    """The column of what a block of text belongs to: of its key, or of the dash of its list entry.

    Args:
        before: the line up to the sign that begins the block.
    """
    lead = _LEAD.match(before)
    width = lead.end() if lead is not None else 0
    return width if before[width:].strip() else max(before.rfind("-"), 0)


def _end_of_block(text: str, start: int) -> int:
    """Where the lines of a block of text end: the first line that is indented no more than what holds the block."""
    header = _BLOCK_HEADER.match(text, start)
    position = header.end() if header is not None else len(text)
    indentation = column_of_holder(text[text.rfind("\n", 0, start) + 1 : start])
    end = position
    while position < len(text):
        next_line = text.find("\n", position)
        next_line = len(text) if next_line < 0 else next_line + 1
        written = text[position:next_line]
        if written.strip():
            if len(written) - len(written.lstrip(" ")) <= indentation:
                break
            end = position + len(written.rstrip("\r\n"))
        position = next_line
    return end
