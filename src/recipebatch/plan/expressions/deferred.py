"""Deferred values: secrets and SAS tokens, known by name in a plan and by value only in the moment of a request.

A deferred value travels inside ordinary text as a marker between two characters of Unicode's private use area, which
no recipe may contain. So a plan can be printed, stored and compared, and holds no secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

OPEN, CLOSE = "\ue000", "\ue001"
_MARKER = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")


@dataclass(frozen=True, slots=True)
class SasToken:
    """The query of a SAS (without `?`) for one container.

    Attributes:
        container: logical name.
        permissions: letters of the storage service in its order: r, a, c, w, d, l.
    """

    container: str
    permissions: str

    def marker(self) -> str:
        """The text that stands for it."""
        return f"{OPEN}sas:{self.container}:{self.permissions}{CLOSE}"


@dataclass(frozen=True, slots=True)
class SecretParameter:
    """The value of one `secret` parameter."""

    name: str

    def marker(self) -> str:
        """The text that stands for it."""
        return f"{OPEN}secret:{self.name}{CLOSE}"


@dataclass(frozen=True, slots=True)
class ContainerUrl:
    """The address of one container, without a SAS; not a secret, but known only with the storage account."""

    container: str

    def marker(self) -> str:
        """The text that stands for it."""
        return f"{OPEN}url:{self.container}{CLOSE}"


Deferred = SasToken | SecretParameter | ContainerUrl


def deferred_values(text: str) -> tuple[Deferred, ...]:
    """All deferred values in a text, in order."""
    return tuple(_parse(match) for match in _MARKER.finditer(text))


def fill(text: str, value_of: Callable[[Deferred], str]) -> str:
    """The text with every deferred value replaced by what `value_of` answers."""
    return _MARKER.sub(lambda match: value_of(_parse(match)), text)


def redact(text: str) -> str:
    """The text as a person may see it: secrets as `***`, addresses by the container's name."""
    return fill(text, lambda value: f"<URL of {value.container}>" if isinstance(value, ContainerUrl) else "***")


def _parse(match: re.Match[str]) -> Deferred:
    kind, _, rest = match[1].partition(":")
    if kind == "sas":
        container, _, permissions = rest.partition(":")
        return SasToken(container, permissions)
    if kind == "url":
        return ContainerUrl(rest)
    return SecretParameter(rest)
