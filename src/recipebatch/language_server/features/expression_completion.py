"""What can be written inside of `${{ }}`: names, their members, filters, tests, methods, permissions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipebatch.language_server.features.suggestion import Kind, Suggestion
from recipebatch.language_server.knowledge import SPACES
from recipebatch.language_server.source.positions import Span
from recipebatch.recipe import FILTERS, METHODS, PERMISSIONS, TESTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from recipebatch.language_server.knowledge import Knowledge
    from recipebatch.language_server.source.positions import Text
    from recipebatch.recipe import Scope

_PERMISSION = re.compile(r"sas_token\([^)]*?['\"]?(?P<word>\w*)\Z")
_CONTAINER = re.compile(r"(?<![\w.])storage\.[\w-]+\.(?P<word>\w*)\Z")
_MEMBER = re.compile(r"(?<![\w.])(?P<space>[A-Za-z_]\w*)\.(?P<word>\w*)\Z")
_METHOD = re.compile(r"[\w)\]'\"]\.(?P<word>\w*)\Z")
_FILTER = re.compile(r"\|\s*(?P<word>\w*)\Z")
_TEST = re.compile(r"\bis\s+(?:not\s+)?(?P<word>\w*)\Z")
_NAME = re.compile(r"(?<![\w.'\"])(?P<word>[A-Za-z_]\w*)?\Z")
_CONTAINER_MEMBERS = {"name": "its name in the account", "url": "its URL", "sas_token": "a SAS for it"}


def in_expression(
    text: Text, start: int, offset: int, scope: Scope | None, knowledge: Knowledge | None
) -> tuple[Suggestion, ...]:
    """What can be written at an offset in the expression that begins at another.

    Args:
        scope: the names that it may use; None if they are not known.
        knowledge: of the recipe, for what the names are.
    """
    before = text.text[start:offset]
    member = _MEMBER.search(before)
    tables: tuple[tuple[re.Match[str] | None, Iterable[tuple[str, str, Kind]]], ...] = (
        (_PERMISSION.search(before), ((word, "permission", Kind.VALUE) for word in PERMISSIONS)),
        (_CONTAINER.search(before), ((name, what, Kind.VARIABLE) for name, what in _CONTAINER_MEMBERS.items())),
        (member, () if member is None else _members(member["space"], scope, knowledge)),
        (_METHOD.search(before), ((name, "method", Kind.FUNCTION) for name in sorted(METHODS))),
        (_FILTER.search(before), ((name, "filter", Kind.FUNCTION) for name in sorted(FILTERS))),
        (_TEST.search(before), ((name, "test", Kind.FUNCTION) for name in sorted(TESTS))),
        (_NAME.search(before), _names(scope)),
    )
    for found, words in tables:
        pairs = tuple(words) if found is not None else ()
        if found is not None and pairs:
            span = Span(offset - len(found["word"] or ""), offset)
            return tuple(
                Suggestion(label=label, kind=kind, insert=label, span=span, detail=detail)
                for label, detail, kind in pairs
            )
    return ()


def _names(scope: Scope | None) -> Iterator[tuple[str, str, Kind]]:
    """The names that an expression may begin with."""
    known = scope.names if scope is not None else {}
    for name, members in known.items():
        if members is None or members:
            some = ", ".join(sorted(members)[:4]) if members else ""
            yield name, some, Kind.VARIABLE
    yield "range", "numbers: range(start, stop, step)", Kind.FUNCTION


def _members(name: str, scope: Scope | None, knowledge: Knowledge | None) -> tuple[tuple[str, str, Kind], ...]:
    """The members of a name, each with what it is."""
    members = scope.names.get(name) if scope is not None else None
    if members is None:
        return ()
    return tuple((member, _detail(name, member, knowledge), Kind.VARIABLE) for member in sorted(members))


def _detail(name: str, member: str, knowledge: Knowledge | None) -> str:
    if name in {"params", "secrets"} and knowledge is not None and knowledge.recipe is not None:
        for parameter in knowledge.recipe.parameters:
            if parameter.name == member:
                return f"{parameter.type}{f': {parameter.description}' if parameter.description else ''}"
    return SPACES.get(name, "")
