"""Parameter: a typed input of a recipe; SecretSource: where a secret comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSource:
    """Where the value of a secret is read from; exactly one of the three forms is set."""

    environment_variable: str | None = None
    file: str | None = None
    key_vault_url: str | None = None
    key_vault_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One typed input of a recipe.

    Attributes:
        type: string, integer, number, boolean, list, file or secret.
        items: the type of a list's elements.
        default: a plain value; meaningful only with `has_default`.
        default_at: where it is written.
        source: of a secret, and of nothing else.
    """

    name: str
    at: SourcePosition
    type: str
    items: str | None = None
    description: str | None = None
    has_default: bool = False
    default: object = None
    default_at: SourcePosition | None = None
    minimum: float | None = None
    maximum: float | None = None
    enum: tuple[object, ...] | None = None
    pattern: str | None = None
    source: SecretSource | None = None
