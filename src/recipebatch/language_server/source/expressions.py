"""Expressions in a text: where `${{ … }}` stand, which names they use where, and the one that the cursor is in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.language_server.source.positions import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

_START = re.compile(r"\$?\$\{\{")
_INSIDE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\}\}|[{}]", re.DOTALL)
_NAME = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?<![\w.])(?P<space>[A-Za-z_]\w*)"""
    r"""(?:\s*\.\s*(?P<member>[A-Za-z_]\w*)|\s*\[\s*(?P<quote>['"])(?P<quoted>[^'"\\]*)(?P=quote)\s*\])?"""
)
_NEXT_KEY = re.compile(r"\n\s*(?:- +)*[\w.-]+:\s")
_MOST = 2_000
"""Characters of an expression, as `recipebatch.recipe.expressions.syntax` has it."""


@dataclass(frozen=True, slots=True)
class Use:
    """`params.words` in an expression: the name before the dot, the name behind it, and where that stands."""

    space: str
    member: str
    span: Span


def expression_spans(text: str, within: Span) -> Iterator[Span]:
    """Where the expressions of a part of a text stand, without their braces; one that is not closed is left out."""
    position = within.start
    while (start := _START.search(text, position, within.end)) is not None:
        position = start.end()
        if start[0] != "${{":
            continue
        end = _end_of(text, position, within.end)
        if end is None:
            return
        yield Span(position, end)
        position = end + 2


def uses(text: str, within: Span) -> Iterator[Use]:
    """The members of names that the expressions of a part of a text use, such as `params.words`."""
    for span in expression_spans(text, within):
        for found in _NAME.finditer(text, span.start, span.end):
            if found["space"] is None:
                continue
            group = "member" if found["member"] is not None else "quoted"
            if found[group] is not None:
                yield Use(found["space"], found[group], Span(found.start(group), found.end(group)))


def open_expression(text: str, offset: int) -> int | None:
    """Where the expression begins, behind its braces, that an offset is in; None if it is in none."""
    start = text.rfind("${{", max(0, offset - _MOST), offset)
    if start < 0 or text[start - 1 : start] == "$" or start + 3 > offset:
        return None
    between = text[start + 3 : offset]
    if _end_of(text, start + 3, offset) is not None or _NEXT_KEY.search(between):
        return None
    return start + 3


def _end_of(text: str, position: int, end: int) -> int | None:
    depth = 0
    while (found := _INSIDE.search(text, position, end)) is not None:
        position = found.end()
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth -= 1
        elif found[0] == "}}":
            if depth <= 0:
                return found.start()
            depth -= 1
            position = found.start() + 1
    return None
