"""Checks the JSON of a request body against a schema.

A `Rule` checks one value and returns it in the form the service stores; an `ObjectSchema` lists a type's properties.
Violations become the service's errors: an unknown property `InvalidRequestBody`, a missing one
`MissingRequiredProperty`, a value of the wrong type or out of range `InvalidPropertyValue`, a property this emulator
does not support `UnsupportedProperty`. JSON null means that the property is absent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from recipebatch.emulator.state import BatchError, format_instant, invalid_value, not_implemented, parse_instant
from recipebatch.vocabulary.durations import format_ticks, parse_ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_NAMESPACE = "Microsoft.Azure.Batch.Protocol.Entities"
_INTEGER = re.compile(r"-?[0-9]{1,19}\Z")
_INT32_MAX = 2**31 - 1
_LONGEST_NUMBER = 10**19

Rule: TypeAlias = "Callable[[str, Any, str], Any]"
"""(name of the property, its value, api-version) → the value to store. Raises: BatchError."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an entity.

    Attributes:
        rule: checks the value.
        required: it must be present.
        versions: the api-versions that have it; None is all.
        echo: why the emulator stores and returns it without effect; None if it has an effect.
    """

    rule: Rule
    required: bool = False
    versions: Collection[str] | None = None
    echo: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectSchema:
    """A JSON object of the protocol.

    Attributes:
        type_name: the type's name in the service's errors.
    """

    type_name: str
    properties: Mapping[str, Property]

    def __call__(self, name: str, value: Any, version: str) -> dict[str, Any]:
        """Check an object. Raises: BatchError."""
        if not isinstance(value, dict):
            raise _wrong_type(name, value, "an object")
        checked: dict[str, Any] = {}
        for key, part in value.items():
            rule = self.properties.get(key)
            if rule is None or (rule.versions is not None and version not in rule.versions):
                if key.startswith(("odata.", "@odata.")):
                    continue
                raise BatchError("InvalidRequestBody", ("Reason", self._unknown(key)))
            if part is not None:
                checked[key] = rule.rule(key, part, version)
        for key, rule in self.properties.items():
            if rule.required and key not in checked:
                raise BatchError("MissingRequiredProperty", ("PropertyName", key))
        return {key: part for key, part in checked.items() if part is not ABSENT}

    def has(self, key: str, version: str) -> bool:
        """Whether an api-version has a property."""
        found = self.properties.get(key)
        return found is not None and (found.versions is None or version in found.versions)

    def _unknown(self, key: str) -> str:
        return (
            f"The property '{key}' does not exist on type '{_NAMESPACE}.{self.type_name}'. "
            "Make sure to only use property names that are defined by the type."
        )


class _Absent:
    """The result of a rule for a value without content, such as an empty list of a refused property."""


ABSENT = _Absent()


def text(*, longest: int | None = None, least: int = 0) -> Rule:
    """A string with a length within bounds."""

    def check(name: str, value: Any, _version: str) -> str:
        if not isinstance(value, str):
            raise _wrong_type(name, value, "a string")
        if len(value) < least:
            raise invalid_value(name, value, f"The value must have at least {least} characters")
        if longest is not None and len(value) > longest:
            raise invalid_value(name, None, f"The value must not have more than {longest} characters")
        if "\0" in value:
            raise invalid_value(name, None, "The value must not contain a NUL character")
        return value

    return check


def identifier(rule: Callable[[str], str]) -> Rule:
    """An id that one of `vocabulary.ids` accepts."""

    def check(name: str, value: Any, _version: str) -> str:
        if not isinstance(value, str):
            raise _wrong_type(name, value, "a string")
        try:
            return rule(value)
        except ValueError as error:
            raise invalid_value(name, value, str(error)) from None

    return check


def boolean(name: str, value: Any, _version: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise _wrong_type(name, value, "a boolean")
    return value


def integer(least: int, most: int = _INT32_MAX) -> Rule:
    """A whole number within bounds; also as text, which the service accepts (recorded answers)."""

    def check(name: str, value: Any, _version: str) -> int:
        number = value
        if isinstance(value, str) and _INTEGER.match(value):
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int):
            raise _wrong_type(name, value, "an integer")
        if number < least:
            raise invalid_value(name, _visible(value), f"The value must be greater than or equal to {least}")
        if number > most:
            raise invalid_value(name, _visible(value), f"The value must be less than or equal to {most}")
        return number

    return check


INT32 = integer(-(2**31))


def duration(*, least: int = 0, most: int | None = None) -> Rule:
    """An ISO 8601 duration within bounds (ticks); stored in normalized form."""

    def check(name: str, value: Any, _version: str) -> str:
        if not isinstance(value, str):
            raise _wrong_type(name, value, "a duration")
        try:
            ticks = parse_ticks(value)
        except ValueError as error:
            raise invalid_value(name, value, str(error)) from None
        if ticks < least:
            raise invalid_value(name, value, f"The value must not be less than {format_ticks(least)}")
        if most is not None and ticks > most:
            raise invalid_value(name, value, f"The value must not be more than {format_ticks(most)}")
        return format_ticks(ticks)

    return check


def instant(name: str, value: Any, _version: str) -> str:
    """A date and time; stored in normalized form."""
    if not isinstance(value, str):
        raise _wrong_type(name, value, "a date and time")
    try:
        return format_instant(parse_instant(value))
    except ValueError:
        raise invalid_value(name, _visible(value), "The value must be a date and time") from None


def one_of(*values: str) -> Rule:
    """One of these values, case-insensitive; stored as spelled here."""
    known = {value.lower(): value for value in values}

    def check(name: str, value: Any, _version: str) -> str:
        if not isinstance(value, str) or value.lower() not in known:
            raise invalid_value(name, value)
        return known[value.lower()]

    return check


def list_of(rule: Rule, *, longest: int | None = None) -> Rule:
    """A list whose entries all pass the rule."""

    def check(name: str, value: Any, version: str) -> list[Any]:
        if not isinstance(value, list):
            raise _wrong_type(name, value, "an array")
        if longest is not None and len(value) > longest:
            raise invalid_value(name, None, f"The array must not have more than {longest} entries")
        return [rule(name, entry, version) for entry in value]

    return check


def url(label: str) -> Rule:
    """An absolute http or https URL; the error does not repeat one with a query, which may be a SAS."""

    def check(name: str, value: Any, _version: str) -> str:
        if isinstance(value, str) and not any(character.isspace() for character in value):
            try:
                parts = urlsplit(value)
            except ValueError:
                parts = urlsplit("")
            if parts.scheme.lower() in {"http", "https"} and parts.netloc:
                return value
        visible = value if isinstance(value, str) and "?" not in value else None
        raise invalid_value(name, visible, f"The specified {label} is not a valid URI")

    return check


def refused(reason: str | None = None, *, allowed: Collection[Any] = ()) -> Rule:
    """A property of Azure Batch that this emulator does not support; empty and allowed values are accepted."""

    def check(name: str, value: Any, _version: str) -> Any:
        if value in ([], {}, ""):
            return ABSENT
        if value in allowed:
            return value
        raise not_implemented(name, reason)

    return check


def pairs(name: str, value: Any, _version: str) -> dict[str, str]:
    """An object whose values are all strings."""
    if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
        raise _wrong_type(name, value, "an object of strings")
    return value


def _wrong_type(name: str, value: Any, expected: str) -> BatchError:
    return invalid_value(name, _visible(value), f"The value must be {expected}")


def _visible(value: Any) -> Any:
    """The value that an error repeats, or None: not a list or an object, and not a number too long to read."""
    if isinstance(value, int) and abs(value) > _LONGEST_NUMBER:
        return None
    return value if isinstance(value, (str, int, float)) else None
