"""What a setting may be, as functions: a value in, the typed value out, or ValueError in words ("must be …").

The same function judges a literal when the recipe is read and the result of an expression when it is planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from recipebatch.text.human_durations import EXAMPLES, parse_duration

if TYPE_CHECKING:
    from datetime import timedelta

T_co = TypeVar("T_co", covariant=True)


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


class Kind(Protocol[T_co]):
    """Judges one value."""

    def __call__(self, value: object, /) -> T_co:
        """The typed value; ValueError says what it must be."""


def shown(value: object) -> str:  # noqa: PLR0911 - a table of types reads best as one
    """A value as an error shows it."""
    match value:
        case None:
            return "nothing"
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


def spelled(value: object) -> str:
    """A scalar as text: `true`, not `True`.

    Raises:
        ValueError: it is no scalar.
    """
    match value:
        case str():
            if "\x00" in value:
                raise ValueError("must not hold a NUL character")
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            raise ValueError(f"must be a text, not {shown(value)}")


def text(value: object) -> str:
    """Any scalar, as text."""
    return spelled(value)


def some_text(value: object) -> str:
    """Any scalar whose text is not empty."""
    result = spelled(value)
    if not result:
        raise ValueError("must not be empty")
    return result


def folder_below(value: object) -> str:
    """A folder below the one that a command is run in, whatever system it is run on."""
    result = some_text(value)
    segments = result.split("/")
    if result.startswith("/") or ".." in segments or "\\" in result or ":" in result:
        raise WrongValueError(
            f"must be a folder below the one where the command is run, not {shown(value)}",
            code="into-outside",
            hint="`--output-dir FOLDER` says where the results go, on the machine of whoever collects them",
        )
    return result


def boolean(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {shown(value)}")  # noqa: TRY004 - a value of a recipe, not of ours
    return value


def integer(minimum: int | None = None, maximum: int | None = None) -> Kind[int]:
    """A whole number in a range, both ends included."""

    def judge(value: object, /) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be an integer, not {shown(value)}")  # noqa: TRY004
        if minimum is not None and value < minimum:
            raise ValueError(f"must be at least {minimum}, not {shown(value)}")
        if maximum is not None and value > maximum:
            raise ValueError(f"must be at most {maximum}, not {shown(value)}")
        return value

    return judge


def duration(minimum: timedelta | None = None, maximum: timedelta | None = None) -> Kind[timedelta]:
    """A length of time above zero, and not below a minimum or above a maximum."""

    def judge(value: object, /) -> timedelta:
        try:
            result = parse_duration(value if isinstance(value, str) else "")
        except ValueError:
            raise WrongValueError(
                f"must be a duration, not {shown(value)}", code="invalid-duration", hint=f"write {EXAMPLES}"
            ) from None
        if result.total_seconds() <= 0:
            raise WrongValueError("must be longer than nothing", code="invalid-duration")
        if minimum is not None and result < minimum:
            minutes = int(minimum.total_seconds() // 60)
            raise WrongValueError(f"must be at least {minutes} minutes", code="invalid-duration")
        if maximum is not None and result > maximum:
            raise WrongValueError(f"must be at most {maximum.days} days", code="invalid-duration")
        return result

    return judge
