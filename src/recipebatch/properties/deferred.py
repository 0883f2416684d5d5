"""Deferred values: secrets, SAS tokens and addresses of containers, known by name in a plan and by value in a request.

A text with deferred values is a list of pieces, never one text with marks in it: no text from elsewhere, whatever
characters it holds, can become a deferred value. So a plan can be printed, stored and compared, and holds no secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class SasToken:
    """The query of a SAS (without `?`) for one container.

    Attributes:
        container: logical name.
        permissions: letters of the storage service in its order: r, a, c, w, d, l.
    """

    container: str
    permissions: str

    def to_json(self) -> dict[str, str]:
        """As plans show it."""
        return {"sas": self.container, "permissions": self.permissions}


@dataclass(frozen=True, slots=True)
class SecretParameter:
    """The value of one `secret` parameter."""

    name: str

    def to_json(self) -> dict[str, str]:
        """As plans and records of runs show it."""
        return {"secret": self.name}


@dataclass(frozen=True, slots=True)
class ContainerUrl:
    """The address of one container, without a SAS; not a secret, but known only with the storage account."""

    container: str

    def to_json(self) -> dict[str, str]:
        """As plans show it."""
        return {"url": self.container}


Deferred = SasToken | SecretParameter | ContainerUrl


class DeferredText:
    """A text with deferred values in it.

    Attributes:
        pieces: texts and deferred values in their order; at least one is deferred.
    """

    # No dataclass: what writes plans as JSON shows the pieces in their own form.
    __slots__ = ("pieces",)

    def __init__(self, *pieces: str | Deferred) -> None:
        self.pieces = pieces

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeferredText) and self.pieces == other.pieces

    def __hash__(self) -> int:
        return hash(self.pieces)

    def __repr__(self) -> str:
        return f"DeferredText{self.pieces!r}"

    def to_json(self) -> dict[str, Any]:
        """`{"pieces": […]}`, which no text looks like."""
        return {"pieces": [piece if isinstance(piece, str) else piece.to_json() for piece in self.pieces]}


Text: TypeAlias = "str | DeferredText"
"""A text of a plan."""


def joined(texts: Iterable[Text]) -> Text:
    """Texts one after the other."""
    pieces: list[str | Deferred] = []
    for text in texts:
        for piece in text.pieces if isinstance(text, DeferredText) else (text,):
            if isinstance(piece, str) and pieces and isinstance(last := pieces[-1], str):
                pieces[-1] = last + piece
            elif piece != "":
                pieces.append(piece)
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(map(str, pieces))
    return DeferredText(*pieces)


def deferred_values(text: Text) -> tuple[Deferred, ...]:
    """All deferred values in a text, in order."""
    pieces = text.pieces if isinstance(text, DeferredText) else ()
    return tuple(piece for piece in pieces if not isinstance(piece, str))


def fill(text: Text, value_of: Callable[[Deferred], str]) -> str:
    """The text with every deferred value replaced by what `value_of` answers."""
    if isinstance(text, str):
        return text
    return "".join([piece if isinstance(piece, str) else value_of(piece) for piece in text.pieces])


def redact(text: Text) -> str:
    """The text as a person may see it: secrets as `***`, addresses by the container's name."""
    return fill(text, lambda value: f"<URL of {value.container}>" if isinstance(value, ContainerUrl) else "***")
