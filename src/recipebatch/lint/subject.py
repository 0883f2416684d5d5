"""What the rules check: a document and its recipe, and ways to walk through both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recipebatch import explain
from recipebatch.errors import Problem, SourcePosition
from recipebatch.recipe import Expression, ExpressionError, Node, template
from recipebatch.recipe.model import CommandSpec, parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from recipebatch.plan.model import PlannedPool
    from recipebatch.recipe.model import Recipe

__all__ = ["Subject", "command_lines", "expressions", "finding", "parts", "texts"]

_MOST_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Subject:
    """One valid recipe, as written and as checked, on one day; and its pools, where it could be expanded."""

    document: Node
    recipe: Recipe
    today: date
    pools: tuple[PlannedPool, ...] = ()
    commands: tuple[CommandSpec, ...] = field(init=False)
    """All that run commands; most rules look at them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "commands", tuple(parts(self.recipe, CommandSpec)))

    def planned(self, logical: str) -> PlannedPool | None:
        """A pool with its values; None if the recipe could not be expanded."""
        return next((pool for pool in self.pools if pool.logical == logical), None)


def finding(at: SourcePosition, message: str, code: str, hint: str | None = None) -> Problem:
    """A problem with the severity in the explanation of its code."""
    entry = explain.explanation(code)
    return Problem(at, message, code, hint, entry.severity if entry is not None else "error")


def texts(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every scalar text of a document, `x-` keys included, with the keys that lead to it."""
    if isinstance(node.value, str):
        yield path, node
    for key, entry in node.value.items() if isinstance(node.value, dict) else ():
        yield from texts(entry.value, (*path, key))
    for item in node.items():
        yield from texts(item, path)


def expressions(node: Node) -> Iterator[Expression]:
    """Every expression of a document, `x-` keys included: a YAML alias may use them elsewhere."""
    for _, text in texts(node):
        try:
            pieces = template(str(text.value))
        except ExpressionError:
            continue
        yield from (piece for piece in pieces if isinstance(piece, Expression))


def command_lines(subject: Subject, *shells: str | None) -> Iterator[tuple[CommandSpec, Node]]:
    """The commands that one of some shells runs, with what they belong to; very long lines are left out."""
    for command in subject.commands:
        for line in command.lines if command.shell in shells else ():
            if len(str(line.value)) <= _MOST_CHARACTERS:
                yield command, line
