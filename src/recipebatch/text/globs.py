"""Patterns on paths with `/`: `*` and `?` stay inside one folder, `**` crosses folders, `[abc]` is one of them.

A pattern is matched as an expression of `text/patterns.py`: in linear time, however many stars it has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from recipebatch.text.patterns import MAX_CHARACTERS, InvalidPatternError, Pattern

if TYPE_CHECKING:
    from collections.abc import Callable

_WILDCARD = re.compile(r"[*?\[]")
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
# In a part of a path: the first character may be a closing bracket, as in the shell.
_PART_TOKEN = re.compile(r"\*+|\?|\[!?[^/][^\]/]*\]|.", re.DOTALL)
_RANGE_OR_ONE = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_NEVER_TOO_LARGE = 150
"""Characters of a pattern that cannot be too large, whatever they are."""
_IN_FOLDER, _ACROSS_FOLDERS = "[^/]*", "(?s:.*)"
_NOT_HIDDEN = "[^/.]"
_FAST = frozenset({"", "* ", "** ", "**/ ", "**/ * "})
"""Stars with which Python's own engine, which is faster for a simple pattern, takes linear time too."""


def has_wildcard(pattern: str) -> bool:
    """Whether a text is a pattern rather than one path."""
    return _WILDCARD.search(pattern) is not None


def check(pattern: str) -> None:
    """Whether a text can be used as a pattern.

    Raises:
        InvalidPatternError: it is too large.
    """
    if len(pattern) > _NEVER_TOO_LARGE:
        _matcher(pattern)


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path fits one of the patterns; a pattern without `/` is also tried on the last part alone.

    Raises:
        InvalidPatternError: a pattern is too large.
    """
    return any(fits(path) for fits in _matchers(patterns))


def matcher(pattern: str) -> Callable[[str], bool]:
    """What says whether a path fits one pattern, as `matches` does."""
    fits = _matcher(pattern)
    if "/" in pattern:
        return lambda path: bool(fits(path))
    if "**" in pattern:
        return lambda path: bool(fits(path.rpartition("/")[2]) or fits(path))
    return lambda path: bool(fits(path.rpartition("/")[2]))


def path_matcher(pattern: str) -> Callable[[str], object]:
    """What says whether a path fits a pattern of which only a dot matches the dot at the beginning of a name.

    A part `**` is any number of folders; as the last part, of folders and a file. A reversed range is no character.

    Raises:
        InvalidPatternError: it is too large.
    """
    parts = pattern.split("/")
    expression = ""
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            expression += f"(?:{_NOT_HIDDEN}[^/]*/)*" + (f"{_NOT_HIDDEN}[^/]*" if last else "")
        else:
            expression += _part(part) + ("" if last else "/")
    return _compiled(pattern, expression)


@lru_cache(maxsize=64)
def _matchers(patterns: tuple[str, ...]) -> tuple[Callable[[str], bool], ...]:
    return tuple(map(matcher, patterns))


@lru_cache(maxsize=64)
def _matcher(pattern: str) -> Callable[[str], object]:
    if not has_wildcard(pattern):
        return pattern.__eq__
    expression = stars = ""
    for token in _TOKEN.findall(pattern[: MAX_CHARACTERS + 1]):
        if token == "**/":  # noqa: S105  # no password
            expression += "(?:[^/]+/)*"
        elif len(token) > 2:  # noqa: PLR2004  # `[]` is no class
            one = _one_of(token[1:-1], marks="!^")
            if one.is_reversed:
                return pattern.__eq__
            expression += one.expression()
        else:
            expression += _wildcard_or_literal(token)
        stars += f"{token} " if token[0] == "*" else ""
    return _compiled(pattern, expression, is_simple=stars in _FAST)


def _compiled(pattern: str, expression: str, *, is_simple: bool = False) -> Callable[[str], object]:
    if len(pattern) > MAX_CHARACTERS:
        message = f"it has {len(pattern):,} characters; at most {MAX_CHARACTERS:,} are allowed"
        raise InvalidPatternError(message)
    if is_simple:
        return re.compile(expression).fullmatch
    try:
        return Pattern(expression).fits
    except InvalidPatternError:
        raise InvalidPatternError("it is too large", hint="use fewer wildcards") from None


def _part(part: str) -> str:
    """One part of a path."""
    tokens = _PART_TOKEN.findall(part)
    expression = ""
    if tokens and tokens[0][0] in "*?[":
        first = tokens.pop(0)
        if first[0] == "*":
            star = _wildcard_or_literal(first[:2])
            after = tokens.pop(0) if tokens else ""
            rest = _one(after, hidden=True) if after else ""
            # What the star matches begins with no dot; where it matches nothing, what follows begins the name.
            expression = f"(?:{_NOT_HIDDEN}{star}{rest}|{_one(after, hidden=False) if after else ''})"
        else:
            expression = _one(first, hidden=False)
    return expression + "".join(
        _wildcard_or_literal(token[:2]) if token[0] == "*" else _one(token, hidden=True) for token in tokens
    )


def _one(token: str, *, hidden: bool) -> str:
    """One character; not hidden: it begins a name, so a wildcard is no dot there, and nor is what follows a star."""
    if token == "?":  # noqa: S105  # no password
        return "[^/]" if hidden else _NOT_HIDDEN
    if len(token) > 2:  # noqa: PLR2004
        return _one_of(token[1:-1]).expression(without="/" if hidden else "/.")
    return _NOTHING if token == "." and not hidden else _literal(token)  # noqa: S105  # no password


def _wildcard_or_literal(token: str) -> str:
    match token:
        case "**":
            return _ACROSS_FOLDERS
        case "*":
            return _IN_FOLDER
        case "?":
            return "[^/]"
    return _literal(token)


@dataclass(frozen=True, slots=True)
class _OneOf:
    """`[abc]`: ranges of characters, both ends included; negated: none of them."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool

    @property
    def is_reversed(self) -> bool:
        return any(first > last for first, last in self.ranges)

    def expression(self, without: str = "/") -> str:
        """The expression of one character; never one of `without`."""
        ranges = [one for one in self.ranges if one[0] <= one[1]]
        if self.negated:
            return f"[^{_class([*ranges, *((ord(each), ord(each)) for each in without)])}]"
        for each in map(ord, without):
            ranges = [
                piece
                for first, last in ranges
                for piece in ([(first, each - 1), (each + 1, last)] if first <= each <= last else [(first, last)])
                if piece[0] <= piece[1]
            ]
        return f"[{_class(ranges)}]" if ranges else _NOTHING


_NOTHING = "[^\x00-\U0010ffff]"


def _one_of(inner: str, marks: str = "!") -> _OneOf:
    """What stands between the brackets; a mark of negation alone is that character."""
    negated = inner[0] in marks and len(inner) > 1
    members = _RANGE_OR_ONE.findall(inner[1:] if negated else inner)
    return _OneOf(tuple((ord(first or one), ord(last or one)) for first, last, one in members), negated)


def _class(ranges: list[tuple[int, int]]) -> str:
    return "".join(f"{_literal(chr(first))}-{_literal(chr(last))}" for first, last in ranges)


def _literal(text: str) -> str:
    return "".join(each if each.isalnum() or not each.isascii() else rf"\x{ord(each):02x}" for each in text)
