"""Numbers and booleans that know how their author wrote them: as a text they are `0123` and `3.10`, not 123 and 3.1.

They are numbers in every other respect: a calculation, a JSON document and `| int` give the plain number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INTEGER = re.compile(r"[-+]?[0-9]{1,300}\Z")
"""An integer in a table, on the command line and in a variable."""

_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")


class WrittenInteger(int):
    """An integer whose text is not the one that Python gives it."""

    written: str

    def __str__(self) -> str:
        return self.written


class WrittenFloat(float):
    """A number whose text is not the one that Python gives it."""

    written: str

    def __str__(self) -> str:
        return self.written


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WrittenBoolean:
    """A boolean with the text it was written as, such as `True`; it is equal to the plain one."""

    value: bool
    written: str

    def __bool__(self) -> bool:
        return self.value

    def __eq__(self, other: object) -> bool:
        return bool(self.value == plain(other))

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return repr(self.value)


def plain(value: Any) -> Any:
    """A value, of a boolean that knows how it was written the plain one."""
    return value.value if isinstance(value, WrittenBoolean) else value


def all_plain(value: Any) -> Any:
    """The same for all that is in lists and mappings, as JSON takes them; nothing is changed in place."""
    if isinstance(value, dict):
        return {key: all_plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [all_plain(inner) for inner in value]
    return plain(value)


def boolean_from(text: str) -> bool | WrittenBoolean:
    """The boolean that a text is, in any case, by the rule of tables.

    Raises:
        ValueError: it is none.
    """
    text = text.strip()
    if text.lower() not in {"true", "false"}:
        raise ValueError("it is no boolean")
    value = text.lower() == "true"
    return value if text == text.lower() else WrittenBoolean(value, text)


def as_written(value: float, text: str) -> int | float:
    """A number with the text it was written as; the number itself where that is its own text."""
    if str(value) == text:
        return value
    made = WrittenInteger(value) if isinstance(value, int) else WrittenFloat(value)
    made.written = text
    return made


def number_from(text: str, *, integer: bool = False) -> int | float:
    """The number that a text is, by the rule of tables, options and variables: decimal digits, no blanks inside.

    Raises:
        ValueError: it is none, or one that is too large.
    """
    text = text.strip()
    if INTEGER.match(text):
        return as_written(int(text), text)
    if integer or not _NUMBER.match(text):
        raise ValueError("it is no number")
    number = float(text)
    if number - number != 0:
        raise ValueError("it is too large")
    return as_written(number, text)


def spellings(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[list[str | int], str]]:
    """Where in JSON values numbers stand that JSON would write otherwise, with their texts."""
    if isinstance(value, (WrittenInteger, WrittenFloat)):
        yield list(path), value.written
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from spellings(inner, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from spellings(inner, (*path, index))


def are_same(first: object, second: object) -> bool:
    """Whether JSON values are equal, also in how their numbers are written."""
    return first == second and list(spellings(first)) == list(spellings(second))


def respelled(value: Any, spelled: Iterable[tuple[list[str | int], str]]) -> Any:
    """The inverse: JSON values with the numbers at some places as they were written; it changes lists and mappings.

    What does not fit, as a damaged record may say it, is passed over.
    """
    for path, text in spelled:
        *above, last = path
        inner = value
        try:
            for step in above:
                inner = inner[step]
            number = inner[last]
            if isinstance(number, (int, float)) and not isinstance(number, bool) and _is(text, number):
                inner[last] = as_written(number, text)
        except (LookupError, TypeError, ValueError):
            continue
    return value


def _is(text: str, number: float) -> bool:
    return (int(text, 0) if _BASED.match(text) else number_from(text)) == number
