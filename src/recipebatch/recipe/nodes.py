"""Node: a value of a document with the position where it was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import SourcePosition
    from recipebatch.properties.written_scalars import WrittenBoolean


Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key: value` of a mapping; the key itself is known to the mapping."""

    key_at: SourcePosition
    value: Node


@dataclass(frozen=True, slots=True)
class Node:
    """One value and where it is written.

    Attributes:
        value: a scalar, a tuple of nodes, or a dict of entries by key. A number knows how it is written.
        boolean: what is written, where the value is a boolean that is not written as `true` or `false`.
        size: how many values it holds, itself included, aliases written out.
        height: how deep it goes; 1 for a scalar.
    """

    at: SourcePosition
    value: Scalar | tuple[Node, ...] | dict[str, Entry]
    size: int = field(default=1, compare=False, repr=False)
    height: int = field(default=1, compare=False, repr=False)
    boolean: WrittenBoolean | None = field(default=None, compare=False, repr=False)

    @property
    def scalar(self) -> object:
        """The value for a setting, of which some take a boolean and others its text."""
        return self.value if self.boolean is None else self.boolean

    def plain(self) -> Any:
        """The value without positions, as a JSON parser would give it."""
        if isinstance(self.value, dict):
            return {key: entry.value.plain() for key, entry in self.value.items()}
        if isinstance(self.value, tuple):
            return [item.plain() for item in self.value]
        return self.value

    def entries(self) -> dict[str, Entry]:
        """The entries of a mapping without the free `x-` keys; empty for anything else."""
        if not isinstance(self.value, dict):
            return {}
        return {key: entry for key, entry in self.value.items() if not key.startswith("x-")}

    def items(self) -> tuple[Node, ...]:
        """The items of a list; empty for anything else."""
        return self.value if isinstance(self.value, tuple) else ()

    def get(self, key: str) -> Node | None:
        """The value at a key of a mapping, or None."""
        entry = self.value.get(key) if isinstance(self.value, dict) else None
        return None if entry is None else entry.value


def walk(node: Node) -> Iterator[tuple[str, Entry]]:
    """Every key of a document with its entry, at every level."""
    if isinstance(node.value, dict):
        for key, entry in node.value.items():
            yield key, entry
            yield from walk(entry.value)
    for item in node.items():
        yield from walk(item)
