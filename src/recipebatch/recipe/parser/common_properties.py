"""Properties that pools, jobs and tasks share: ids, display names and user identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.recipe.model import (
    UserIdentitySpec,
    value_types,
)
from recipebatch.vocabulary import limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader


def user_identity(node: Node | None, reader: Reader | None = None) -> UserIdentitySpec:
    """`user_identity:`, or the service's default."""
    if node is not None and node.get("user_name") is not None and reader is not None:
        return UserIdentitySpec(user_name=reader.text(node, "user_name"))
    auto = node.get("auto_user") if node is not None else None
    scope = auto.get("scope") if auto is not None else None
    level = auto.get("elevation_level") if auto is not None else None
    return UserIdentitySpec(
        scope=str(scope.value) if scope is not None else "pool",
        elevation_level=str(level.value) if level is not None else "nonadmin",
    )


def batch_id(check: Callable[[str], str]) -> value_types.Kind[str]:
    """The rule of the service for one kind of id."""

    def judge(value: object, /) -> str:
        text = value_types.some_text(value)
        try:
            return check(text)
        except ValueError:
            rule = "1 to 64 letters, digits, hyphens or underscores"
            raise value_types.WrongValueError(
                f"must be {rule}, not {value_types.shown(text)}", code="invalid-id"
            ) from None

    return judge


def display_name(value: object) -> str:
    """A name for people, of the service's length."""
    text = value_types.some_text(value)
    if len(text) > limits.MAX_DISPLAY_NAME_LENGTH:
        raise ValueError(f"must have at most {limits.MAX_DISPLAY_NAME_LENGTH} characters")
    return text
