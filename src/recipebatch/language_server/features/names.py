"""The name under the cursor: where it is defined, where it is used, and what to change to give it another one."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from recipebatch.language_server.knowledge import SPACES, Name, general, owner_of
from recipebatch.language_server.source.cursor import place_at
from recipebatch.language_server.source.expressions import uses
from recipebatch.language_server.source.positions import Span
from recipebatch.recipe import value_in_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.language_server.knowledge import Knowledge
    from recipebatch.language_server.schema import Schema
    from recipebatch.language_server.source.positions import Text

RENAMED = frozenset(("parameter", "container", "variable", "template", "job", "pool"))
"""The kinds of names that a recipe defines itself."""

BUNDLED = "builtin:"
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class RenameError(Exception):
    """A name cannot be changed; the text says why."""


def name_at(text: Text, offset: int, file: str, rules: Schema) -> Name | None:
    """The name at an offset, be it where it is defined or where it is used; the text need not be YAML."""
    place = place_at(text, offset)
    if place is None:
        return None
    for use in uses(text.text, _window(text, offset)):
        if offset in use.span and use.space in SPACES:
            return Name(SPACES[use.space], use.member, file, use.span, place.path)
    if place.is_block:
        return None
    path = general(place.path)
    written = text.slice(place.word)
    word = _unquoted(written)
    span = Span(place.word.start + 1, place.word.end - 1) if word != written else place.word
    if place.is_key and place.key is not None:
        kind = rules.defines(path) or rules.keys_refer(path)
        return None if kind is None else Name(kind, place.key, file, span, (*place.path, place.key))
    kind = rules.refers(path) or rules.defines(path)
    if kind is None or not word or "${{" in word:
        return None
    return Name(kind, word, file, span, place.path, owner_of(place.path, kind))


def definitions(name: Name, knowledge: Knowledge) -> tuple[Name, ...]:
    """Where a name is defined; the file itself where it is the name of one."""
    if name.kind == "file":
        target = name.name
        if not target.startswith(BUNDLED):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name.file), target))
        return (Name("file", target, target, Span(0, 0), ()),)
    return tuple(each for each in knowledge.definitions if each.is_same(name))


def occurrences(name: Name, known: Iterable[Knowledge], *, definition: bool = True) -> dict[str, tuple[Span, ...]]:
    """Where a name stands in all files of some recipes: where it is used, and where it is defined if that is wanted."""
    found: dict[str, set[Span]] = {}
    for knowledge in known:
        names = (*knowledge.definitions, *knowledge.references) if definition else knowledge.references
        for each in names:
            if each.is_same(name):
                found.setdefault(each.file, set()).add(each.span)
    return {file: tuple(sorted(spans)) for file, spans in found.items()}


def renamed(name: Name, new: str, known: Iterable[Knowledge], rules: Schema) -> dict[str, tuple[tuple[Span, str], ...]]:
    """By file, the places that get another name, each with what is written there.

    Raises:
        RenameError: it is no name that the recipe defines, or the new one does not fit or is taken.
    """
    recipes = tuple(known)
    check_renamable(name, recipes)
    problem = rules.name_problem(name.kind, new)
    if problem is not None:
        raise RenameError(f"{new} cannot be the name of a {name.kind}: {problem}")
    taken = (each for knowledge in recipes for each in knowledge.definitions if each.name == new)
    if new != name.name and any((each.kind, each.owner) == (name.kind, name.owner) for each in taken):
        raise RenameError(f"there is another {name.kind} {new}")
    texts = {file: each.text.text for knowledge in recipes for file, each in knowledge.files.items()}
    found = occurrences(name, recipes)
    return {file: tuple((span, _written(new, texts[file], span)) for span in spans) for file, spans in found.items()}


def _written(new: str, text: str, span: Span) -> str:
    """A name as it is written at a place: plain in quotes and behind the dot of an expression, else as YAML."""
    before = text[span.start - 1 : span.start]
    if before == "." and _IDENTIFIER.match(new) is None:
        raise RenameError(f"{new} cannot stand in an expression: use letters, digits and _")
    return new if before in {".", "'", '"'} else value_in_yaml(new)


def check_renamable(name: Name, known: Iterable[Knowledge]) -> None:
    """Refuse what is no name of the recipe's own.

    Raises:
        RenameError: it is none.
    """
    if name.kind not in RENAMED:
        raise RenameError(f"{name.name} is no name that the recipe defines")
    defined = [each for knowledge in known for each in knowledge.definitions if each.is_same(name)]
    if not defined:
        raise RenameError(f"the recipe defines no {name.kind} {name.name}")
    if any(each.file.startswith(BUNDLED) for each in defined):
        raise RenameError(f"{name.name} is defined in {defined[0].file}, which cannot be changed")


def _window(text: Text, offset: int) -> Span:
    """The line of an offset with those beside it: an expression seldom has more."""
    line = text.line_of(offset)
    last = min(line + 1, len(text.lines) - 1)
    return Span(text.line_starts[max(0, line - 1)], text.line_starts[last] + len(text.lines[last]))


def _unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] in {"'", '"'} and word[-1] == word[0] else word
