"""A formula after reading: its statements as a tree. Every node knows where it was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.emulator.scheduler.autoscale.syntax.errors import Position


@dataclass(frozen=True, slots=True)
class Node:
    """One expression.

    Attributes:
        at: where errors of this expression are reported.
        depth: how many expressions are evaluated within one another, this one included; bounds the recursion.
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
    """What follows the first operand of a chain: an operator (at `at`) and its right side."""

    operator: str
    right: Node


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """`a + b - c`: operators of one rank, from left to right. A chain is flat, so a long sum is not deep."""

    first: Node
    rest: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`condition ? yes : no`. The branches do not count into `depth`: they are evaluated in the place of the choice."""

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
    """A formula that was read without error; `parse` makes it."""

    text: str
    statements: tuple[Statement, ...] = field(repr=False, compare=False)
