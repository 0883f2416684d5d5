"""The syntax tree of a formula; every node has its position in the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.emulator.scheduler.autoscale.syntax.errors import Position


@dataclass(frozen=True, slots=True)
class Node:
    """One expression.

    Attributes:
        at: the position reported in errors.
        depth: nesting depth of expressions, including this one; limits the recursion of the evaluation.
    """

    at: Position
    depth: int


@dataclass(frozen=True, slots=True)
class Number(Node):
    """`25`, `0.7`."""

    value: float


@dataclass(frozen=True, slots=True)
class Text(Node):
    """`"2025-01-01T00:00:00Z"`, without its quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable or a constant, `$` included."""

    name: str


@dataclass(frozen=True, slots=True)
class Vector(Node):
    """`[1, 2, 3]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-x`, `!x`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Operation(Node):
    """An operator (at `at`) and its right operand in a chain."""

    operator: str
    right: Node


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """`a + b - c`: operators of one precedence, from left to right. It is flat, so a long sum is not deep."""

    first: Node
    rest: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`condition ? yes : no`. The branches do not count in `depth`: they are evaluated in place of the choice."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`min(25, x)`."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`time().hour`."""

    owner: Node
    name: str


@dataclass(frozen=True, slots=True)
class Method(Node):
    """`$PendingTasks.GetSample(1)`."""

    owner: Node
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """`name = value`, or a value alone (`target` is None)."""

    at: Position
    target: str | None
    value: Node


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula, returned by `parse`."""

    text: str
    statements: tuple[Statement, ...] = field(repr=False, compare=False)
