"""Converters: functions from a value to the typed value, or ValueError in words ("must be …").

The same converter checks a literal when the recipe is read and the result of an expression when it is planned.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from recipebatch.properties.written_scalars import WrittenBoolean
from recipebatch.text.globs import check
from recipebatch.text.patterns import InvalidPatternError
from recipebatch.vocabulary import limits
from recipebatch.vocabulary.durations import (
    EXAMPLES,
    LONGEST,
    NO_LIMIT,
    TICKS_PER_SECOND,
    format_ticks,
    longest_text,
    parse_timedelta,
)
from recipebatch.vocabulary.money import Money, read_money

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

T_co = TypeVar("T_co", covariant=True)

_RESOURCE_ID = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/.+", re.IGNORECASE)
_UTC_OFFSETS = (-12, 14)
_ASCII_CONTROLS = "\x00-\x08\x0b-\x1f\x7f"
_OTHER_CONTROLS = "\x80-\x9f\u2028\u2029\ud800-\udfff"
_NOT_IN_LINE = re.compile(f"[\t\n{_ASCII_CONTROLS}{_OTHER_CONTROLS}]")
_NOT_IN_LINES = re.compile(f"[{_ASCII_CONTROLS}{_OTHER_CONTROLS}]")
_NEVER = re.compile("[\x00\ud800-\udfff]")


class WrongValueError(ValueError):
    """A value breaks a rule that has a code of its own."""

    def __init__(self, message: str, *, code: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def code_of(error: ValueError) -> str:
    """The code of the rule that a value breaks."""
    return error.code if isinstance(error, WrongValueError) else "invalid-recipe"


def hint_of(error: ValueError) -> str | None:
    """What to do about it, if the rule knows."""
    return error.hint if isinstance(error, WrongValueError) else None


class Converter(Protocol[T_co]):
    """Checks and converts one value."""

    def __call__(self, value: object, /) -> T_co:
        """The typed value; ValueError says what it must be."""


def format_value(value: object) -> str:  # noqa: PLR0911 - a table of types reads best as one
    """A value as an error message shows it."""
    match value:
        case None:
            return "nothing"
        case WrittenBoolean():
            return value.written
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'  # noqa: PLR2004
        case int() | float():
            return str(value) if len(str(value)) <= 60 else "a very long number"  # noqa: PLR2004
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return "such a value"


def scalar_text(value: object) -> str:
    """A scalar as text, as its author wrote it: `true`, not Python's `True`; 3.10, not 3.1.

    Raises:
        ValueError: it is no scalar.
    """
    match value:
        case str():
            if (found := _NEVER.search(value)) is not None:
                raise ValueError(f"must not hold the character U+{ord(found[0]):04X}")
            return value
        case WrittenBoolean():
            return value.written
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            raise ValueError(f"must be a text, not {format_value(value)}")


def content(value: object) -> str:
    """Any scalar, as the text of a file or the value of a variable: but few characters are refused."""
    return scalar_text(value)


def lines(value: object) -> str:
    """Any scalar, as text of one or more lines without control characters other than tabs."""
    return _without(_NOT_IN_LINES, scalar_text(value))


def some_lines(value: object) -> str:
    """The same, not empty."""
    return _not_empty(lines(value))


def text(value: object) -> str:
    """Any scalar, as text of one line without control characters: names, paths, addresses."""
    return _without(_NOT_IN_LINE, scalar_text(value))


def some_text(value: object) -> str:
    """The same, not empty."""
    return _not_empty(text(value))


def control_character(text: str) -> str | None:
    """The first character of a text that no name can have, as `U+000A`; None when there is none."""
    found = _NOT_IN_LINE.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def _without(refused: re.Pattern[str], text: str) -> str:
    if (found := refused.search(text)) is None:
        return text
    if found[0] == "\n":
        hint = "write it on one line; a block of YAML ends in a line end, unless it begins with `>-` or `|-`"
        raise WrongValueError("must be a single line", code="control-character", hint=hint)
    message = f"must not hold the control character U+{ord(found[0]):04X}"
    raise WrongValueError(message, code="control-character", hint="remove it")


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


def path_pattern(value: object) -> str:
    """A path, or a pattern of paths."""
    result = some_text(value)
    try:
        check(result)
    except InvalidPatternError as error:
        message = f"must be a pattern of paths, and {format_value(result)} cannot be used: {error}"
        raise WrongValueError(message, code="invalid-pattern", hint=error.hint) from None
    return result


def folder_below(value: object) -> str:
    """A folder below the one that a command is run in, whatever system it is run on."""
    result = some_text(value)
    segments = result.split("/")
    if result.startswith("/") or ".." in segments or "\\" in result or ":" in result:
        raise WrongValueError(
            f"must be a folder below the one where the command is run, not {format_value(value)}",
            code="into-outside",
            hint="use `--output-dir FOLDER` to choose the local folder for results",
        )
    if any(segment.startswith(".") and segment != "." for segment in segments):
        raise WrongValueError(
            f"must have no part that begins with a dot, not {format_value(value)}",
            code="into-outside",
            hint="programs read hidden files as their settings: choose another name",
        )
    return result


def at_most(length: int) -> Converter[str]:
    """A text that is not empty and has at most so many characters."""

    def convert(value: object, /) -> str:
        text = some_text(value)
        if len(text) > length:
            raise ValueError(f"must have at most {length} characters")
        return text

    return convert


def relative_path(value: object) -> str:
    """A path on a node that stays below the working directory."""
    text = some_text(value)
    parts = re.split(r"[/\\]", text)
    if ".." in parts or text.startswith(("/", "\\")) or ":" in parts[0]:
        raise ValueError(f"must stay below the working directory, not {format_value(text)}")
    return text


def resource_id(value: object) -> str:
    """The id of an Azure resource."""
    text = some_text(value)
    if not _RESOURCE_ID.fullmatch(text):
        message = f"must be the id of an Azure resource, not {format_value(text)}"
        hint = "/subscriptions/ID/resourceGroups/GROUP/providers/…, as `az … show --query id` prints it"
        raise WrongValueError(message, code="invalid-id", hint=hint)
    return text


def batch_id(check: Callable[[str], str]) -> Converter[str]:
    """The service's rule for one kind of id."""

    def convert(value: object, /) -> str:
        text = some_text(value)
        try:
            return check(text)
        except ValueError:
            rule = "1 to 64 letters, digits, hyphens or underscores"
            message = f"must be {rule}, not {format_value(text)}"
            raise WrongValueError(message, code="invalid-id", hint=_id_hint(text)) from None

    return convert


def _id_hint(text: str) -> str:
    """An id like a text that is none."""
    of_item = "`${{ index }}`"
    if "." in text:
        of_item = f"`| replace('.', '_')` or {of_item}"
    return (
        f"write {re.sub('[^A-Za-z0-9_-]', '_', text)[: limits.MAX_ID_LENGTH]}; where it comes from an item: {of_item}"
    )


def enum_value(*words: str, **rest_names: str) -> Converter[str]:
    """A word of a list → the REST API's: the same without underscores, or the one given for it."""
    known = {**{name: name.replace("_", "") for name in words}, **rest_names}

    def convert(value: object, /) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"must be {' or '.join(known)}, not {format_value(value)}")
        return known[value]

    return convert


def boolean(value: object) -> bool:
    """True or false."""
    if isinstance(value, WrittenBoolean):
        return value.value
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {format_value(value)}")  # noqa: TRY004 - a value of a recipe, not of ours
    return value


def integer(minimum: int | None = None, maximum: int | None = None) -> Converter[int]:
    """A whole number in a range, both ends included."""

    def convert(value: object, /) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be an integer, not {format_value(value)}")  # noqa: TRY004
        if minimum is not None and value < minimum:
            raise ValueError(f"must be at least {minimum}, not {format_value(value)}")
        if maximum is not None and value > maximum:
            raise ValueError(f"must be at most {maximum}, not {format_value(value)}")
        return int(value)  # without the way it was written

    return convert


def parallel_tasks(value: object) -> int:
    """How many tasks of a job run at once; -1 is no limit."""
    number = integer(-1, limits.MAX_INTEGER)(value)
    if number == 0:
        raise ValueError("must be -1 (no limit) or at least 1, not 0")
    return number


def utc_offset(value: object) -> float:
    """Hours that a time zone is ahead of UTC."""
    first, last = _UTC_OFFSETS
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not first <= value <= last:
        raise ValueError(f"must be hours from {first} to {last}, not {format_value(value)}")
    return float(value)


def instant(value: object) -> datetime:
    """A time with its zone, in ISO 8601; without a zone it is UTC."""
    text = some_text(value)
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongValueError(
            f"must be a time in ISO 8601, not {format_value(text)}",
            code="invalid-time",
            hint="write 2030-01-31T06:00:00Z",
        ) from None


def money(value: object, /) -> Money:
    """An amount of money above zero, with the code of its currency."""
    try:
        found = read_money(value if isinstance(value, str) else "")
    except ValueError:
        raise WrongValueError(
            f"must be an amount with its currency, not {format_value(value)}",
            code="invalid-recipe",
            hint="write 20 USD",
        ) from None
    if not found.amount:
        raise ValueError("must be greater than zero")
    return found


def duration(minimum: timedelta | None = None, maximum: timedelta | None = None) -> Converter[timedelta]:
    """A length of time above zero, and not below a minimum or above a maximum; none is above `durations.LONGEST`."""
    most = LONGEST if maximum is None else min(maximum, LONGEST)

    def convert(value: object, /) -> timedelta:
        try:
            result = parse_timedelta(value if isinstance(value, str) else "")
        except ValueError:
            raise WrongValueError(
                f"must be a duration, not {format_value(value)}", code="invalid-duration", hint=f"write {EXAMPLES}"
            ) from None
        if result.total_seconds() <= 0:
            raise WrongValueError("must be greater than zero", code="invalid-duration")
        if minimum is not None and result < minimum:
            minutes = int(minimum.total_seconds() // 60)
            raise WrongValueError(f"must be at least {minutes} minutes", code="invalid-duration")
        if result > most:
            message = f"must be at most {longest_text(most)}"
            if str(value).strip().upper() == format_ticks(NO_LIMIT):
                message += '; this is how the service writes "no limit"'
            hint = "write a shorter one, or leave the key out" if most is LONGEST else None
            raise WrongValueError(message, code="invalid-duration", hint=hint)
        return result

    return convert


def rest_duration(value: object) -> str:
    """A duration, as the REST API writes it."""
    return format_ticks(round(duration()(value).total_seconds() * TICKS_PER_SECOND))
