"""Splits a text into literals and expressions: `a ${{ b }} c` → "a ", b, " c". It does not interpret them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_START = re.compile(r"\$?\$\{\{")
_INSIDE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\}\}|[{}'\"]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ExpressionSource:
    """What is written between `${{` and `}}`, stripped of blanks."""

    source: str


class UnclosedExpressionError(ValueError):
    """`${{` without its `}}`."""


def has_expression(text: str) -> bool:
    """Whether a text holds `${{` that is not escaped as `$${{`."""
    return any(match[0] == "${{" for match in _START.finditer(text))


def expression_sources(text: str) -> Iterator[str]:
    """What is written between the braces of each expression, as far as they are closed."""
    position = 0
    while (start := _START.search(text, position)) is not None:
        position = start.end()
        if start[0] == "${{":
            try:
                end = _end_of(text, position)
            except UnclosedExpressionError:
                return
            yield text[position:end].strip()
            position = end + 2


def split(text: str) -> tuple[str | ExpressionSource, ...]:
    """The text as literal pieces and expressions, in order; `$${{` stands for a literal `${{`.

    Raises:
        UnclosedExpressionError: an expression has no end.
    """
    pieces: list[str | ExpressionSource] = []
    literal, position = "", 0
    while (start := _START.search(text, position)) is not None:
        literal += text[position : start.start()]
        if start[0] == "$${{":
            literal += "${{"
            position = start.end()
            continue
        end = _end_of(text, start.end())
        if literal:
            pieces.append(literal)
            literal = ""
        pieces.append(ExpressionSource(text[start.end() : end].strip()))
        position = end + 2
    literal += text[position:]
    if literal:
        pieces.append(literal)
    return tuple(pieces)


def _end_of(text: str, position: int) -> int:
    """Where the `}}` is that ends an expression: not inside quotes, not one of a nested `{…}`."""
    depth = 0
    while (found := _INSIDE.search(text, position)) is not None:
        part = found[0]
        position = found.end()
        if part == "{":
            depth += 1
        elif part == "}":
            depth -= 1
        elif part == "}}":
            if depth <= 0:
                return found.start()
            depth -= 1
            position = found.start() + 1  # the second brace may close another level, or begin the end
        elif part in {"'", '"'}:
            break
    raise UnclosedExpressionError("an expression starts with ${{ but has no closing }}")
