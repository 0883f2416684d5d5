"""Setting: a value as written, with its position; and the small specs made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model.value_types import Kind
    from recipebatch.recipe.nodes import Node


from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.recipe.model.value_types import Kind
    from recipebatch.recipe.nodes import Node


T = TypeVar("T")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T, D]):
    """One setting as written: a literal, or a text with expressions.

    Attributes:
        name: its key, for errors.
        node: what is written, or None when nothing is.
        kind: judges the value.
        default: the value when nothing is written.
        deferred: whether the value may hold secrets, SAS tokens and container URLs.
    """

    name: str
    node: Node | None
    kind: Kind[T]
    default: D
    deferred: bool = False


Text: TypeAlias = Setting[str, None]
Number: TypeAlias = Setting[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """What a task runs.

    Attributes:
        shell: `commands:`, run by a shell one after the other; else `command_line:`, started without one.
    """

    at: SourcePosition
    lines: tuple[Node, ...]
    shell: bool


EnvironmentSpec: TypeAlias = tuple[tuple[str, Setting[str, str]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserIdentitySpec:
    """`user_identity`: an account that Batch makes (`auto_user`), or one of the pool's (`user_name`)."""

    scope: str = "pool"
    elevation_level: str = "nonadmin"
    user_name: Text | None = None


Tree: TypeAlias = "Mapping[str, Tree] | tuple[Tree, ...] | Setting[Any, None]"
"""What is written, by the names of the REST API; settings are its leaves."""
