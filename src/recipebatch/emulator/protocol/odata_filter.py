"""The `$filter` language: text → a test of one entity.

Comparisons `eq ne gt ge lt le`, `startswith(name,'…')`, `and`, `or`, `not`, parentheses. A name is a path such as
`executionInfo/exitCode`; literals are `'text'` (a quote inside is doubled), `DateTime'…'` with ISO 8601 or RFC 1123
inside, whole numbers, true and false. Text is compared without regard to case, names with it. The blank before a
literal may be missing (recorded requests).
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from recipebatch.emulator.state import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Getter = Callable[[str], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<date>datetime'(?P<moment>[^']*)')|(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)"
    r"|(?P<word>[A-Za-z][\w/]*)|(?P<mark>[(),]))",
    re.IGNORECASE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
ALL = frozenset(_COMPARE)
EQUALITY = frozenset({"eq", "ne"})
ID = ALL | {"startswith"}


class FilterError(ValueError):
    """The text is no filter of this list; the message says why."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`name operator literal`; text literals are in lower case, moments are ticks."""

    name: str
    op: str
    literal: str | int | bool

    def __call__(self, get: Getter) -> bool:
        """Test one entity, whose properties `get` tells."""
        value = get(self.name)
        if value is None:
            return self.op == "ne"
        if isinstance(value, str):
            value = value.lower()
        if isinstance(value, str) is not isinstance(self.literal, str):
            return self.op == "ne"
        return _COMPARE[self.op](value, self.literal)


@dataclass(frozen=True, slots=True)
class StartsWith:
    """`startswith(name,'prefix')`."""

    name: str
    prefix: str

    def __call__(self, get: Getter) -> bool:
        """Test one entity, whose properties `get` tells."""
        return str(get(self.name) or "").lower().startswith(self.prefix)


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Filter, ...]

    def __call__(self, get: Getter) -> bool:
        """Test one entity, whose properties `get` tells."""
        return all(part(get) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Some part holds."""

    parts: tuple[Filter, ...]

    def __call__(self, get: Getter) -> bool:
        """Test one entity, whose properties `get` tells."""
        return any(part(get) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Filter

    def __call__(self, get: Getter) -> bool:
        """Test one entity, whose properties `get` tells."""
        return not self.part(get)


Filter = Comparison | StartsWith | And | Or | Not


def parse_filter(text: str, names: Mapping[str, frozenset[str]]) -> Filter:
    """Read a filter.

    Args:
        text: the value of `$filter`.
        names: the names that may be used, each with its operators.

    Raises:
        FilterError: it cannot be read, or uses a name or an operator this list does not have.
    """
    parser = _Parser(text, names)
    parsed = parser.either()
    parser.end()
    return parsed


def conditions(parsed: Filter) -> Iterator[Comparison]:
    """The comparisons that every entity found must pass: a list that has an index for one looks there first."""
    if isinstance(parsed, Comparison):
        yield parsed
    elif isinstance(parsed, And):
        for part in parsed.parts:
            yield from conditions(part)


class _Parser:
    def __init__(self, text: str, names: Mapping[str, frozenset[str]]) -> None:
        self._names = names
        self._tokens: list[tuple[str, str]] = []
        self._next = 0
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None:
                self._fail(f"Unexpected character at position {position + 1}")
            kind = str(match.lastgroup)
            if match["date"] is not None:
                kind = "date"
            self._tokens.append((kind, match["moment"] if kind == "date" else match[kind]))
            position = match.end()

    def either(self) -> Filter:
        parts = [self._both()]
        while self._takes("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def end(self) -> None:
        if self._next < len(self._tokens):
            self._fail(f"Unexpected {self._tokens[self._next][1]!r}")

    def _both(self) -> Filter:
        parts = [self._single()]
        while self._takes("and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _single(self) -> Filter:
        if self._takes("not"):
            return Not(self._single())
        if self._takes_mark("("):
            inner = self.either()
            self._wants(")")
            return inner
        name = self._word("the name of a property")
        if name.lower() == "startswith":
            return self._startswith()
        op = self._word("an operator").lower()
        if op not in _COMPARE:
            self._fail(f"Unknown operator {op!r}")
        self._check(name, op)
        return Comparison(name, op, self._literal())

    def _startswith(self) -> StartsWith:
        self._wants("(")
        name = self._word("the name of a property")
        self._check(name, "startswith")
        self._wants(",")
        prefix = self._literal()
        if not isinstance(prefix, str):
            self._fail("startswith needs a text")
        self._wants(")")
        return StartsWith(name, prefix)

    def _check(self, name: str, op: str) -> None:
        if name not in self._names:
            self._fail(f"Property {name!r} cannot be used in a filter of this list")
        if op not in self._names[name]:
            self._fail(f"Operator {op!r} cannot be used with property {name!r}")

    def _literal(self) -> str | int | bool:
        kind, value = self._take("a value")
        if kind == "text":
            return value[1:-1].replace("''", "'").lower()
        if kind == "number":
            return int(value)
        if kind == "date":
            try:
                return parse_instant(value)
            except ValueError as error:
                self._fail(str(error))
        if kind == "word" and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        return self._fail(f"{value!r} is not a value")

    def _take(self, wanted: str) -> tuple[str, str]:
        if self._next == len(self._tokens):
            self._fail(f"Expected {wanted} at the end")
        self._next += 1
        return self._tokens[self._next - 1]

    def _word(self, wanted: str) -> str:
        kind, value = self._take(wanted)
        if kind != "word":
            self._fail(f"Expected {wanted} instead of {value!r}")
        return value

    def _takes(self, word: str) -> bool:
        found = self._next < len(self._tokens) and self._tokens[self._next][0] == "word"
        if found and self._tokens[self._next][1].lower() == word:
            self._next += 1
            return True
        return False

    def _takes_mark(self, mark: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next] == ("mark", mark):
            self._next += 1
            return True
        return False

    def _wants(self, mark: str) -> None:
        if not self._takes_mark(mark):
            self._fail(f"Expected {mark!r}")

    @staticmethod
    def _fail(reason: str) -> NoReturn:
        raise FilterError(reason)
