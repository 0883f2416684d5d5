"""The parts of a recipe of one kind, wherever they are."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
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
    elif is_dataclass(value):
        for field in fields(value):
            yield from parts(getattr(value, field.name), kind)
