"""The `$filter` language: text → a predicate on one resource.

Comparisons `eq ne gt ge lt le`, `startswith(name,'…')`, `and`, `or`, `not`, parentheses. A name is a path such as
`executionInfo/exitCode`; literals are `'text'` (a quote inside is doubled), `DateTime'…'` with ISO 8601 or RFC 1123
inside, whole numbers, true and false. Text is compared case-insensitively, names case-sensitively. The blank
before a literal may be missing (recorded requests).
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

from recipebatch.emulator.state import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lark import Lark, Token, UnexpectedToken

    Getter = Callable[[str], Any]

_GRAMMAR = r"""
?start: either
?either: both ("or"i both)*
?both: single ("and"i single)*
?single: "not"i single -> negation
       | "(" either ")"
       | NAME OPERATOR literal -> comparison
       | "startswith"i "(" NAME "," literal ")" -> prefix
literal: TEXT | NUMBER | MOMENT | WORD

// The parser knows which of the three words it expects.
NAME: /[A-Za-z][A-Za-z0-9_\/]*/
OPERATOR: /[A-Za-z][A-Za-z0-9_\/]*/
WORD: /[A-Za-z][A-Za-z0-9_\/]*/
TEXT: /'(?:[^']|'')*'/
NUMBER: /-?[0-9]+/
MOMENT.2: /datetime'[^']*'/i
%ignore /\s+/
"""
_EXPECTED = {
    "NAME": "the name of a property",
    "OPERATOR": "an operator",
    "WORD": "a value",
    "LPAR": "'('",
    "COMMA": "','",
    "RPAR": "')'",
}
"""The names of expected tokens in error messages; the first one that applies is used."""
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


MAX_LENGTH = 16_384
MAX_COMPARISONS = 200
MAX_DEPTH = 50
"""Limits of one filter: characters, comparisons, and nesting of `and`, `or` and `not`. Azure's are unknown."""
_LONGEST_NUMBER = 20
_CACHED_LENGTH = 1000
"""Characters of the longest filter that is kept parsed."""


class FilterError(ValueError):
    """The text is not a valid filter for this list; the message has the reason."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`name operator literal`; text literals are in lower case, times are ticks."""

    name: str
    op: str
    literal: str | int | bool

    def __call__(self, get: Getter) -> bool:
        """Test one resource, whose properties `get` returns."""
        value = get(self.name)
        if isinstance(value, str):
            value = value.lower()
        if value is None or isinstance(value, str) is not isinstance(self.literal, str):
            return self.op == "ne"
        return _COMPARE[self.op](value, self.literal)


@dataclass(frozen=True, slots=True)
class Filter:
    """A test of one resource, given a function that returns the resource's properties.

    Attributes:
        uses: the names in it, each with its operator.
        conditions: comparisons that all results must satisfy; a list can use an index for them.
        depth: nesting of filters, this one included.
    """

    test: Callable[[Getter], bool]
    uses: tuple[tuple[str, str], ...]
    conditions: tuple[Comparison, ...] = ()
    depth: int = 1

    def __post_init__(self) -> None:
        """Raises: FilterError: it is too deep or too long."""
        if self.depth > MAX_DEPTH:
            raise FilterError(f"The filter is nested more than {MAX_DEPTH} levels deep")
        if len(self.uses) > MAX_COMPARISONS:
            raise FilterError(f"The filter has more than {MAX_COMPARISONS} comparisons")

    def __call__(self, get: Getter) -> bool:
        """Test one resource, whose properties `get` returns."""
        return self.test(get)


def parse_filter(text: str, names: Mapping[str, frozenset[str]]) -> Filter:
    """Parse a filter.

    Args:
        text: the value of `$filter`.
        names: the names that may be used, each with its operators.

    Raises:
        FilterError: it cannot be parsed, or uses a name or operator that is not in `names`.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(f"The filter has more than {MAX_LENGTH} characters")
    parsed = _cached(text) if len(text) <= _CACHED_LENGTH else _parsed(text)
    for name, op in parsed.uses:
        if name not in names:
            raise FilterError(f"Property {name!r} cannot be used in a filter of this list")
        if op not in names[name]:
            raise FilterError(f"Operator {op!r} cannot be used with property {name!r}")
    return parsed


@lru_cache(maxsize=256)
def _cached(text: str) -> Filter:
    """Parse a short filter; cached, because polling clients repeat their filters."""
    return _parsed(text)


def _parsed(text: str) -> Filter:
    """Parse without checking names."""
    from lark import UnexpectedCharacters, UnexpectedToken

    try:
        # With a transformer the parser returns the result of `start`.
        return cast("Filter", _parser().parse(text))
    except UnexpectedCharacters as error:
        raise FilterError(f"Unexpected character at position {error.column}") from None
    except UnexpectedToken as error:
        raise FilterError(_unexpected(error)) from None


@cache
def _parser() -> Lark:
    from lark import Lark, Transformer, v_args

    rules: dict[str, Callable[..., object]] = {
        "either": lambda *parts: Filter(
            lambda get: any(part(get) for part in parts), _uses(parts), depth=_deeper(*parts)
        ),
        "both": lambda *parts: Filter(
            lambda get: all(part(get) for part in parts),
            _uses(parts),
            tuple(c for part in parts for c in part.conditions),
            _deeper(*parts),
        ),
        "negation": lambda part: Filter(lambda get: not part(get), part.uses, depth=_deeper(part)),
        "comparison": _comparison,
        "prefix": _prefix,
        "literal": _literal,
    }
    methods = {name: staticmethod(rule) for name, rule in rules.items()}
    transformer = v_args(inline=True)(type("_Builder", (Transformer,), methods))()
    return Lark(_GRAMMAR, parser="lalr", transformer=transformer, propagate_positions=False)


def _unexpected(error: UnexpectedToken) -> str:
    accepted = error.accepts or error.expected
    expected = next((label for terminal, label in _EXPECTED.items() if terminal in accepted), None)
    if expected is None:
        return f"Unexpected {str(error.token)!r}"
    return f"Expected {expected} {'at the end' if error.token.type == '$END' else f'instead of {str(error.token)!r}'}"


def _uses(parts: tuple[Filter, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(use for part in parts for use in part.uses)


def _deeper(*parts: Filter) -> int:
    return 1 + max(part.depth for part in parts)


def _comparison(name: Token, op: Token, literal: str | int | bool) -> Filter:  # noqa: FBT001
    if op.lower() not in _COMPARE:
        raise FilterError(f"Unknown operator {op.lower()!r}")
    comparison = Comparison(str(name), op.lower(), literal)
    return Filter(comparison, ((comparison.name, comparison.op),), (comparison,))


def _prefix(name: Token, prefix: str | int | bool) -> Filter:  # noqa: FBT001
    if not isinstance(prefix, str):
        raise FilterError("startswith needs a text")
    key = str(name)
    return Filter(lambda get: str(get(key) or "").lower().startswith(prefix), ((key, "startswith"),))


def _literal(token: Token) -> str | int | bool:
    if token.type == "TEXT":
        return token[1:-1].replace("''", "'").lower()
    if token.type == "NUMBER":
        if len(token) > _LONGEST_NUMBER:
            raise FilterError("A number has too many digits")
        return int(token)
    if token.type == "MOMENT":
        try:
            return parse_instant(token.partition("'")[2].removesuffix("'"))
        except ValueError as error:
            raise FilterError(str(error)) from None
    if token.lower() not in {"true", "false"}:
        raise FilterError(f"{str(token)!r} is not a value")
    return token.lower() == "true"
