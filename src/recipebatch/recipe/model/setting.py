"""Setting: a value as written, with its position; and the parts of a recipe made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from recipebatch.recipe.expressions import has_expression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.errors import SourcePosition
    from recipebatch.properties.table import Shape
    from recipebatch.properties.value_types import Converter
    from recipebatch.recipe.nodes import Node

T = TypeVar("T")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T, D]):
    """One setting as written: a literal, or a text with expressions.

    Attributes:
        name: its key, for errors.
        node: what is written, or None when nothing is.
        convert: checks the value.
        default: the value when nothing is written.
        deferred: whether the value may hold secrets, SAS tokens and container URLs.
    """

    name: str
    node: Node | None
    convert: Converter[T]
    default: D
    deferred: bool = False

    def literal(self) -> T | D | None:
        """The value of every run: what is written, or the default; None where an expression decides or it is wrong."""
        if self.node is None:
            return self.default
        if isinstance(self.node.value, str) and has_expression(self.node.value):
            return None
        try:
            return self.convert(self.node.scalar)
        except ValueError:
            return None


Text: TypeAlias = Setting[str, None]
Number: TypeAlias = Setting[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """What a task runs.

    Attributes:
        shell: `bash`, `sh` or `cmd`, which runs `commands:` one after the other; None is `command_line:`, started
            without one.
        in_container: it runs in a container.
    """

    at: SourcePosition
    lines: tuple[Node, ...]
    shell: str | None
    in_container: bool = False


EnvironmentSpec: TypeAlias = tuple[tuple[str, Setting[str, str]], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of a recipe, read by a shape of `recipebatch.properties`.

    Attributes:
        values: field of the shape → a Setting, a Section, a CommandSpec, or a tuple of such.
        raw: its `raw:` block.
    """

    at: SourcePosition
    shape: Shape
    values: Mapping[str, Any]
    raw: Node | None = None

    def __getitem__(self, path: str) -> Any:
        """What is written for a field, or with dots for one of a section below."""
        name, dot, rest = path.partition(".")
        return self.values[name][rest] if dot else self.values[name]

    def replaced(self, **values: Any) -> Section:
        """The section with other values for some fields."""
        return replace(self, values={**self.values, **values})
