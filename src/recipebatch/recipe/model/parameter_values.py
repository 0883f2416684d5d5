"""Whether a parameter takes a value: the rules for defaults in the recipe and for values of a command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from recipebatch.properties.value_types import format_value
from recipebatch.properties.written_scalars import number_from
from recipebatch.text.patterns import MAX_TEXT, compile_pattern

if TYPE_CHECKING:
    from recipebatch.recipe.model.parameters import Parameter

_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
_WORDS = {
    "string": "a text",
    "file": "a path",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list",
}


def from_text(parameter: Parameter, text: str) -> object:
    """The typed value of a text from a command line; a list is JSON, or texts with commas between them.

    Raises:
        ValueError: it is none of the parameter's type.
    """
    if parameter.type != "list":
        return _scalar(parameter.type, text)
    if text.lstrip().startswith("["):
        try:
            values = json.loads(text, parse_int=number_from, parse_float=number_from)
        except (ValueError, RecursionError):
            raise ValueError(f"must be a list such as a,b,c or a JSON array, not {format_value(text)}") from None
        return values
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    return [_scalar(parameter.items or "string", part) for part in parts]


def check(parameter: Parameter, value: object) -> object:
    """The value, if the parameter takes it.

    Raises:
        ValueError: it has another type, or breaks minimum, maximum, enum or pattern.
    """
    if parameter.type == "list":
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"must be a list, not {format_value(value)}")
        for element in value:
            if parameter.items is not None:
                _typed(parameter.items, element, "must be a list of values of which each is")
            _limits(parameter, element)
        return list(value)
    result = _typed(parameter.type, value, "must be")
    _limits(parameter, result)
    return result


def _scalar(kind: str, text: str) -> object:
    failed = ValueError(f"must be {_WORDS[kind]}, not {format_value(text)}")
    stripped = text.strip()
    if kind == "integer":
        return _number(stripped, failed, integer=True)
    if kind == "number":
        return _number(stripped, failed, integer=False)
    if kind == "boolean":
        if stripped.lower() not in _TRUE | _FALSE:
            raise failed
        return stripped.lower() in _TRUE
    return text


def _number(text: str, failed: ValueError, *, integer: bool) -> int | float:
    try:
        return number_from(text, integer=integer)
    except ValueError:
        raise failed from None


def _typed(kind: str, value: object, must_be: str) -> object:
    is_bool = isinstance(value, bool)
    fits = {
        "string": isinstance(value, str),
        "file": isinstance(value, str) and value != "",
        "integer": isinstance(value, int) and not is_bool,
        "number": isinstance(value, (int, float)) and not is_bool,
        "boolean": is_bool,
    }[kind]
    if not fits:
        raise ValueError(f"{must_be} {_WORDS[kind]}, not {format_value(value)}")
    return value


def _limits(parameter: Parameter, value: object) -> None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if parameter.minimum is not None and value < parameter.minimum:
            raise ValueError(f"must be at least {parameter.minimum}, not {format_value(value)}")
        if parameter.maximum is not None and value > parameter.maximum:
            raise ValueError(f"must be at most {parameter.maximum}, not {format_value(value)}")
    if parameter.enum is not None and not any(_same(value, choice) for choice in parameter.enum):
        raise ValueError(
            f"must be one of {', '.join(str(choice) for choice in parameter.enum)}, not {format_value(value)}"
        )
    if parameter.pattern is not None and isinstance(value, str):
        _matches(parameter.pattern, value)


def _matches(pattern: str, value: str) -> None:
    if len(value) > MAX_TEXT:
        raise ValueError(f"must have at most {MAX_TEXT:,} characters, because it has a pattern, not {len(value):,}")
    if not compile_pattern(pattern).fits(value):
        raise ValueError(f"must match {pattern}, not {format_value(value)}")


def _same(value: object, choice: object) -> bool:
    """Equality that distinguishes true from 1."""
    return value == choice and isinstance(value, bool) == isinstance(choice, bool)
