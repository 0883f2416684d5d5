"""The parts of a recipe of one kind, wherever they are."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from recipebatch.recipe.model.setting import Section
from recipebatch.recipe.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


def parts(value: object, kind: type[T]) -> Iterator[T]:
    """Every part of a recipe that is of one kind, at any depth."""
    if isinstance(value, kind):
        yield value
    if isinstance(value, Node):
        return
    if isinstance(value, tuple):
        for item in value:
            yield from parts(item, kind)
    elif isinstance(value, Section):
        yield from parts(tuple(value.values.values()), kind)
    else:
        kind_of_value: type = type(value)
        for name in _fields(kind_of_value):
            yield from parts(getattr(value, name), kind)


@cache
def _fields(kind: type) -> tuple[str, ...]:
    """The names of the fields of a dataclass; none of another type."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
