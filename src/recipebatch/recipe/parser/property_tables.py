"""Blocks: mappings that reach the request as they are written, checked value by value against a table.

A `Shape` is such a table: the recipe's keys, their names on the wire and what each value may be. `block` reads one
mapping by it. The schema says which keys there are; the table says the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipebatch.recipe.model import value_types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.recipe.model import Kind, Setting
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader
from recipebatch.recipe.model import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a block.

    Attributes:
        wire: its name in the REST API.
        kind: what it may be; answers what is sent.
        secret: it can only come from a parameter of type secret.
        many: a list of such values.
    """

    wire: str
    kind: Kind[Any]
    secret: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One block; `many` makes it a list of them."""

    wire: str
    keys: Mapping[str, Value | Shape]
    many: bool = False


def block(node: Node, shape: Shape, reader: Reader) -> Tree:
    """Read a mapping, or a list of mappings, by its shape."""
    if shape.many:
        return tuple(_mapping(item, shape, reader) for item in node.items())
    return _mapping(node, shape, reader)


def word(*words: str, **spelled: str) -> Kind[str]:
    """A word of a list; without its underscores it is the one of the wire, unless it is spelled another way there."""
    wire = {**{name: name.replace("_", "") for name in words}, **spelled}

    def judge(value: object, /) -> str:
        if not isinstance(value, str) or value not in wire:
            raise ValueError(f"must be {' or '.join(wire)}, not {value_types.shown(value)}")
        return wire[value]

    return judge


def _mapping(node: Node, shape: Shape, reader: Reader) -> Tree:
    found: dict[str, Tree] = {}
    for key, entry in node.entries().items():
        below = shape.keys.get(key)
        if isinstance(below, Shape):
            found[below.wire] = block(entry.value, below, reader)
        elif below is not None and below.many:
            found[below.wire] = tuple(_leaf(key, item, below, reader) for item in entry.value.items())
        elif below is not None:
            found[below.wire] = _leaf(key, entry.value, below, reader)
    return found


def _leaf(key: str, node: Node, value: Value, reader: Reader) -> Setting[Any, None]:
    if value.secret:
        secret_only(node, key, reader)
    return reader.value(key, node, value.kind, None, deferred=value.secret)


def secret_only(node: Node, key: str, reader: Reader) -> None:
    """Refuse a secret that stands in the recipe."""
    if "secrets." not in str(node.value):
        what = "a password" if key == "password" else "a key"
        hint = "write ${{ secrets.NAME }}, a parameter of type secret"
        reader.problem(node.at, f"{what} stands in the recipe", "secret-in-recipe", hint)
