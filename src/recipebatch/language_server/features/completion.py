"""What can be written at the cursor: keys with their usual lines, values, names of the recipe, parts of expressions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from recipebatch import bundled_files
from recipebatch.language_server.features import snippets
from recipebatch.language_server.features.expression_completion import in_expression
from recipebatch.language_server.features.machines import image_facts, size_facts
from recipebatch.language_server.features.names import BUNDLED
from recipebatch.language_server.features.suggestion import Kind, Suggestion
from recipebatch.language_server.knowledge import general, owner_of
from recipebatch.language_server.schema import describe
from recipebatch.language_server.source.cursor import place_at
from recipebatch.language_server.source.expressions import open_expression
from recipebatch.language_server.source.positions import Span
from recipebatch.recipe import value_in_yaml
from recipebatch.vocabulary.machines.images import ALIASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.language_server.knowledge import Knowledge
    from recipebatch.language_server.schema import Schema
    from recipebatch.language_server.source.cursor import Place
    from recipebatch.language_server.source.positions import Text
    from recipebatch.language_server.source.tree import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where completion is asked for: the text, the offset, and what is known of the recipe.

    Attributes:
        knowledge: of the last version of the text that could be read; None if there was none.
    """

    text: Text
    offset: int
    file: str
    rules: Schema
    knowledge: Knowledge | None


def complete(cursor: Cursor) -> tuple[Suggestion, ...]:
    """What can be written at an offset, the best first."""
    place = place_at(cursor.text, cursor.offset)
    if place is None:
        return ()
    start = open_expression(cursor.text.text, cursor.offset)
    if start is not None:
        scope = None if cursor.knowledge is None else cursor.knowledge.scope(cursor.file, place.path)
        return in_expression(cursor.text, start, cursor.offset, scope, cursor.knowledge)
    before = cursor.text.text[max(0, cursor.offset - 2) : cursor.offset]
    if before.endswith(("$", "${")) and not before.endswith("$$"):
        begin = cursor.offset - (2 if before.endswith("${") else 1)
        return (_expression(Span(begin, cursor.offset)),)
    if place.is_block:
        return ()
    if place.is_key:
        found = tuple(_keys(cursor, place))
        return found or tuple(_values(cursor, place))
    return tuple(_values(cursor, place))


def _expression(span: Span) -> Suggestion:
    return Suggestion(
        label="${{ … }}",
        kind=Kind.SNIPPET,
        insert="\\${{ $1 \\}\\}",
        span=span,
        is_snippet=True,
        detail="an expression",
    )


def _keys(cursor: Cursor, place: Place) -> Iterator[Suggestion]:
    """The keys that the mapping does not have yet, with the lines that usually follow."""
    rules, path = cursor.rules, general(place.path)
    excluded = rules.excluded(path, place.siblings)
    required = rules.required(path)
    span = place.word
    indentation = _indentation(cursor, place)
    yield from _named_keys(cursor, place, rules, path)
    for number, (key, rule) in enumerate(rules.keys(path).items()):
        if key in excluded or (key in place.siblings and key != place.key):
            continue
        suggestion = Suggestion(
            label=key,
            kind=Kind.KEY,
            insert=key,
            span=span,
            detail=rules.takes(rule),
            documentation=describe(rules, key, rule),
            sort=f"{0 if key in required else 1}{number:03}",
        )
        if place.key is not None:
            yield suggestion
            continue
        yield _with_value(suggestion, rules, (*path, key), indentation, in_flow=place.in_flow)
        if not place.in_flow:
            yield from _key_snippets(suggestion, rules, (*path, key), indentation)
    if not place.in_flow and place.key is None:
        for found in rules.snippets(path):
            if isinstance(found.body, dict) and not place.siblings & found.body.keys():
                insert = snippets.mapping(found.body, indentation)
                yield Suggestion(
                    label=found.label, kind=Kind.SNIPPET, insert=insert, span=span, is_snippet=True, sort="2"
                )


def _named_keys(cursor: Cursor, place: Place, rules: Schema, path: Path) -> Iterator[Suggestion]:
    """The keys of a mapping that are names of things of the recipe."""
    kind = rules.keys_refer(path)
    if kind is None or cursor.knowledge is None:
        return
    for name in cursor.knowledge.names(kind):
        if name not in place.siblings or name == place.key:
            insert = name if place.key is not None else f"{name}: "
            yield Suggestion(label=name, kind=Kind.REFERENCE, insert=insert, span=place.word, detail=kind, sort="0")


def _with_value(suggestion: Suggestion, rules: Schema, path: Path, indentation: str, *, in_flow: bool) -> Suggestion:
    """The key with what begins its value: a blank, a line of a mapping, or one of a list."""
    written = rules.rules(path)
    kinds = {kind for rule in written for kind in _kinds(rule)}
    key = snippets.escaped(suggestion.label)
    constant = next((rule["const"] for rule in written if "const" in rule), None)
    if constant is not None:
        insert = f"{key}: {snippets.escaped(value_in_yaml(constant))}"
    elif in_flow or not kinds or kinds - {"object", "array"}:
        insert = f"{key}: $0"
    elif kinds == {"array"}:
        insert = f"{key}:\n{indentation}  - $0"
    else:
        insert = f"{key}:\n{indentation}  $0"
    return replace(suggestion, insert=insert, is_snippet=True)


def _key_snippets(suggestion: Suggestion, rules: Schema, path: Path, indentation: str) -> Iterator[Suggestion]:
    """The key with a value to start with."""
    of_entries = tuple(rules.snippets((*path, 0))) if any("items" in rule for rule in rules.rules(path)) else ()
    for number, found in enumerate((*rules.snippets(path), *of_entries)):
        body = [found.body] if found in of_entries and not isinstance(found.body, list) else found.body
        yield replace(
            suggestion,
            label=f"{suggestion.label}: {found.label}",
            kind=Kind.SNIPPET,
            insert=snippets.snippet(suggestion.label, body, indentation),
            is_snippet=True,
            detail="snippet",
            sort=f"{suggestion.sort}{number + 1}",
        )


def _kinds(rule: dict[str, Any]) -> list[str]:
    kinds = rule.get("type", [])
    if not kinds and ("enum" in rule or "const" in rule):
        return ["string"]
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _indentation(cursor: Cursor, place: Place) -> str:
    """What lines below the key need beyond the indentation of the line that it is in, which an editor adds."""
    line = cursor.text.lines[cursor.text.line_of(cursor.offset)]
    own = len(line) - len(line.lstrip(" ")) if line.strip() else place.column
    return " " * max(0, place.column - own)


def _values(cursor: Cursor, place: Place) -> Iterator[Suggestion]:
    """The values that a key can have."""
    rules, path = cursor.rules, general(place.path)
    seen: set[str] = set()
    for found in _all_values(cursor, place, rules, path):
        if found.label not in seen:
            seen.add(found.label)
            yield replace(found, sort=f"{len(seen):04}")


def _all_values(cursor: Cursor, place: Place, rules: Schema, path: Path) -> Iterator[Suggestion]:
    kind = rules.refers(path)
    if kind is not None:
        yield from _references(cursor, place, kind)
    yield from _choices(place, rules, path)
    if kind in {None, "vm_size"}:
        yield from _examples(place, rules, path)
    for snippet in rules.snippets(path):
        if place.in_flow or not isinstance(snippet.body, dict):
            insert = snippets.in_flow(snippet.body)
            yield Suggestion(
                label=snippet.label,
                kind=Kind.SNIPPET,
                insert=insert,
                span=place.word,
                is_snippet=True,
                detail="snippet",
            )


def _choices(place: Place, rules: Schema, path: Path) -> Iterator[Suggestion]:
    """The values that a schema lists."""
    rule = rules.rule(path) or {}
    for each in rules.rules(path):
        constant = (each["const"],) if "const" in each else ()
        of_kind = (True, False) if "boolean" in _kinds(each) else ()
        for value in (*each.get("enum", ()), *constant, *of_kind):
            is_default = "default" in rule and value == rule["default"] and type(value) is type(rule["default"])
            yield _value(place, value, "default" if is_default else "")


def _examples(place: Place, rules: Schema, path: Path) -> Iterator[Suggestion]:
    """What holds without the key, and the examples of the schema."""
    rule = rules.rule(path) or {}
    if "default" in rule and not isinstance(rule["default"], (dict, list)):
        yield _value(place, rule["default"], "default")
    for each in (rule, *rules.rules(path)):
        for value in each.get("examples", ()):
            if isinstance(value, (str, int, float)) and "\n" not in str(value):
                yield _value(place, value, size_facts(str(value)) or "example")


def _value(place: Place, value: Any, detail: str) -> Suggestion:
    text = value_in_yaml(value)
    return Suggestion(label=text, kind=Kind.VALUE, insert=text, span=place.word, detail=detail)


def _references(cursor: Cursor, place: Place, kind: str) -> Iterator[Suggestion]:
    """The names that a value can be."""
    if kind == "image":
        for alias in ALIASES:
            yield Suggestion(label=alias, kind=Kind.VALUE, insert=alias, span=place.word, detail=image_facts(alias))
        return
    if kind == "file" and place.path[:1] in {("extends",), ("include",)}:
        for name in bundled_files.recipes():
            text = f"{BUNDLED}{name}"
            yield Suggestion(label=text, kind=Kind.REFERENCE, insert=text, span=place.word, detail="bundled recipe")
        return
    known = cursor.knowledge
    owner = owner_of(place.path, kind)
    names = known.names(kind, owner) if known is not None else ()
    own = _own_name(cursor, place, kind)
    for name in names:
        if name != own:
            yield Suggestion(label=name, kind=Kind.REFERENCE, insert=name, span=place.word, detail=kind)


def _own_name(cursor: Cursor, place: Place, kind: str) -> str | None:
    """The template or job that the cursor is in, which cannot wait for itself."""
    path = place.path
    if kind == "job" and path[:1] == ("jobs",):
        return str(path[1])
    if kind == "template" and cursor.knowledge is not None and "tasks" in path:
        number = path.index("tasks")
        file = cursor.knowledge.files.get(cursor.file)
        return file.tree.scalar((*path[: number + 2], "name")) if file is not None else None
    return None
