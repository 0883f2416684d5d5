"""Document x schemas/recipe.schema.json → problems with positions, in words."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from recipebatch import bundled_files
from recipebatch.errors import Problem, ProblemList, SourcePosition
from recipebatch.properties.value_types import format_value
from recipebatch.recipe.nodes import Entry, Node
from recipebatch.recipe.source.hints import (
    NO_POOL,
    hint_for_duration,
    hint_for_key,
    hint_for_kind,
    hint_for_missing_key,
)
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_Path: TypeAlias = tuple[str | int, ...]
_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
_EXPRESSION = "#/$defs/expression"
_RECIPE = "recipe.schema.json"


def check(document: Node, schema: str = _RECIPE) -> tuple[tuple[Problem, ...], Node]:
    """Everything in a document that a schema refuses, and the document without those values.

    The second part lets the checks that follow go on with what is right.
    """
    problems = ProblemList()
    seen: set[tuple[SourcePosition, str]] = set()
    wrong: set[tuple[str | int, ...]] = set()
    for error in _validator(schema).iter_errors(document.plain()):
        for path, problem in _explain(error, document):
            if (problem.at, problem.message) not in seen:
                seen.add((problem.at, problem.message))
                problems.append(problem)
            wrong.add(path)
    above = frozenset(path[:length] for path in wrong for length in range(len(path) + 1))
    return tuple(problems), _without(document, frozenset(wrong), above, ())


@cache
def _validator(schema: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # here, not above: a seventh of a second that only recipes pay
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend

    def pattern(_validator: object, rule: str, value: object, schema: dict[str, Any]) -> Iterator[ValidationError]:
        if "patternErrorMessage" in schema:
            return  # it is for editors: the parser says it in better words, and where the value is known
        # `$` is the end of the text, as JSON Schema means it, not also before a last line end.
        ends = rule.removesuffix("$") + r"\Z" if rule.endswith("$") else rule
        if isinstance(value, str) and not re.search(ends, value):
            yield ValidationError(f"{value!r} does not match {rule!r}")

    validator: type[Draft202012Validator] = extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]
    return validator(_schema(schema))


@cache
def _schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = _with_choices(json.loads(bundled_files.schema(name).read_text(encoding="utf-8")))
    return found


def _with_choices(part: Any) -> Any:
    """A schema in which "exactly one of these keys" is one rule, for one message.

    The file says it as `anyOf`, for at least one, and `dependentSchemas`, for no two: so an editor shows the error at
    the key that is too many.
    """
    if isinstance(part, list):
        return [_with_choices(item) for item in part]
    if not isinstance(part, dict):
        return part
    found = {key: _with_choices(value) for key, value in part.items()}
    branches = found.get("anyOf", ())
    if "dependentSchemas" in found and all(set(branch) == {"required"} for branch in branches):
        del found["dependentSchemas"]
        found["oneOf"] = found.pop("anyOf")
    return found


def _explain(error: ValidationError, document: Node) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    """One error of the validator as the problems a person would name, each with the path of what is wrong."""
    path = tuple(error.absolute_path)
    keyword, rule = str(error.validator), error.validator_value
    if keyword in {"anyOf", "oneOf"}:
        yield from _explain_choice(error, document)
        return
    if keyword == "additionalProperties" and rule is False:
        yield from _unknown_keys(error, document, path)
        return
    if "propertyNames" in list(error.absolute_schema_path)[-2:]:
        yield from _wrong_names(error, document, path)
        return
    if keyword == "required":
        yield from _missing_keys(error, document, path)
        return
    subject = _subject(path)
    message, at_key = _in_words(keyword, rule, error.instance)
    at = _key_position(document, path) if at_key else _position(document, path)
    hint = None
    if keyword in {"type", "const"}:
        kinds = _kinds({keyword: rule}) if keyword == "type" else []
        hint = hint_for_kind(subject, kinds, error.instance)
        if error.schema == _schema(_RECIPE)["$defs"]["duration"]:
            hint = hint_for_duration(error.instance) or hint
    if keyword == "enum" and isinstance(error.instance, str):
        hint = did_you_mean(error.instance, [str(value) for value in _list(rule)])
        hint = hint if hint and hint.startswith("did you mean") else None
    yield path, Problem(at, f"{subject} {message}", hint=hint)


def _in_words(keyword: str, rule: Any, value: Any) -> tuple[str, bool]:  # noqa: PLR0911 - a table of keywords
    """What must be, and whether the key (rather than the value) shows where."""
    match keyword:
        case "type":
            kinds = [rule] if isinstance(rule, str) else list(rule)
            return f"must be {_one_of([_TYPES[kind] for kind in kinds])}, not {format_value(value)}", True
        case "enum":
            return f"must be {_one_of([str(choice) for choice in rule])}, not {format_value(value)}", False
        case "const":
            return f"must be {rule}, not {format_value(value)}", False
        case "minimum":
            return f"must be at least {rule}, not {format_value(value)}", False
        case "maximum":
            return f"must be at most {rule}, not {format_value(value)}", False
        case "minLength" | "minItems" | "minProperties":
            return "must not be empty", True
        case "pattern" if "u0000" in rule:
            return "must be a single line without control characters", False
        case "pattern":
            return f"cannot be {format_value(value)}: {_pattern_in_words(rule)}", False
        case _:
            return f"breaks the rule {keyword}: {rule}", False


def _pattern_in_words(pattern: str) -> str:
    if "0-7" in pattern:
        return "three or four octal digits, in quotes"
    if "${{" in pattern or "\\$\\{" in pattern:
        return "one expression, ${{ … }}, and nothing around it"
    return "letters, digits, hyphens and underscores, beginning and ending with a letter or digit"


def _explain_choice(error: ValidationError, document: Node) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    """The problems of the branch that was most likely meant."""
    path = tuple(error.absolute_path)
    branches = _list(error.validator_value)
    keys = [branch["required"][0] for branch in branches if set(branch) == {"required"}]
    if len(keys) == len(branches):
        if not isinstance(error.instance, dict):
            return  # what is not a mapping is reported as a separate problem
        given = [key for key in keys if key in _list(error.instance)]
        at = _key_position(document, (*path, given[1]) if given else path)
        if given:
            message = f"{given[1]} and {given[0]} cannot be used together"
            yield (*path, ""), Problem(at, message, "exclusive-keys", f"keep one of {', '.join(given)}")
        else:
            message = f"{_subject(path)} needs {_one_of(keys)}"
            hint = _hint_for_missing(error.instance, keys) or (NO_POOL if "pool" in keys else None)
            yield (*path, ""), Problem(at, message, "missing-key", hint)
        return
    failures: dict[int, list[ValidationError]] = defaultdict(list)
    for below in error.context or ():
        failures[int(below.relative_schema_path[0])].append(below)
    fitting = {index: found for index, found in failures.items() if not any(_mismatch(below, path) for below in found)}
    if fitting:
        # An expression is the least likely thing to be meant by a text that is none.
        best = min(fitting, key=lambda index: (_is_expression(branches[index]), -_depth(fitting[index]), index))
        if not _is_expression(branches[best]) or len(failures) == 1:
            for below in fitting[best]:
                yield from _explain(below, document)
            return
    kinds = [kind for branch in branches if not _is_expression(branch) for kind in _kinds(branch)]
    hint = hint_for_kind(_subject(path), kinds, error.instance)
    if hint is None and any(_is_expression(branch) for branch in branches):
        hint = "or one expression, ${{ … }}"
    words = _one_of(list(dict.fromkeys(_TYPES[kind] for kind in kinds))) if kinds else "an expression"
    message = f"{_subject(path)} must be {words}, not {format_value(error.instance)}"
    yield path, Problem(_key_position(document, path), message, hint=hint if kinds else "write ${{ … }}")


def _list(value: Any) -> list[Any]:
    """The elements of a list or the keys of a mapping."""
    return list(value)


def _kinds(branch: dict[str, Any]) -> list[str]:
    kinds = branch.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _is_expression(branch: dict[str, Any]) -> bool:
    return bool(branch.get("$ref") == _EXPRESSION)


def _mismatch(error: ValidationError, path: tuple[str | int, ...]) -> bool:
    return error.validator == "type" and tuple(error.absolute_path) == path


def _depth(errors: list[ValidationError]) -> int:
    return max(len(error.absolute_path) for error in errors)


def _unknown_keys(
    error: ValidationError, document: Node, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    properties = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    known = list(properties)
    for key in _list(error.instance):
        if key in known or key.startswith("x-"):
            continue
        holders = [name for name in known if key in _keys_of(properties[name])]
        hint = hint_for_key(key, known, holders, path)
        where = f" in {_subject(path)}" if path else ""
        yield (
            (*path, key),
            Problem(_key_position(document, (*path, key)), f"unknown key {key}{where}", "unknown-key", hint),
        )


def _keys_of(schema: dict[str, Any]) -> list[str]:
    """The keys of a mapping by its schema; none of what is no mapping."""
    reference = str(schema.get("$ref", "")).rpartition("/")[2]
    found = _schema(_RECIPE)["$defs"].get(reference, {}) if reference else schema
    return _list(found.get("properties", {}))


def _wrong_names(
    error: ValidationError, document: Node, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    name = str(error.instance)
    message = f"{name} cannot be a name in {_subject(path)}"
    lower = "lower-case " if "A-Z" not in str(error.validator_value) else ""
    pattern = str(error.validator_value)
    if "_.()-" in pattern:
        hint = "letters, digits and _ . - ( ); it begins with a letter or _"
        yield (*path, name), Problem(_key_position(document, (*path, name)), message, "invalid-name", hint)
        return
    hyphens = ", hyphens" if "-]" in pattern else ""
    hint = f"{lower}letters, digits{hyphens} and underscores; it begins with a letter" + (
        " or digit" if hyphens else ""
    )
    at = _key_position(document, (*path, name))
    yield (*path, name), Problem(at, message, "invalid-name", hint)


def _missing_keys(
    error: ValidationError, document: Node, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    if not path and not known:
        # What a whole recipe needs stands below an `if`, away from the properties.
        known = _schema(_RECIPE).get("properties", {})
    for key in _list(error.validator_value):
        if key not in _list(error.instance):
            where = f"{_subject(path)} needs" if path else "the recipe needs"
            hint = hint_for_missing_key(key, str(known.get(key, {}).get("description", "")))
            yield (*path, ""), Problem(_key_position(document, path), f"{where} {key}", "missing-key", hint)


def _hint_for_missing(instance: Any, keys: Iterable[str]) -> str | None:
    for key in instance:
        hint = did_you_mean(key, keys)
        if hint and hint.startswith("did you mean"):
            return hint.replace("did you mean", f"{key}: did you mean")
    return None


def _subject(path: tuple[str | int, ...]) -> str:
    """How a value is called: by its key, an element of a list by the list's key and its number from 1."""
    if not path:
        return "the recipe"
    if isinstance(path[-1], int):
        return f"{_subject(path[:-1])}[{path[-1] + 1}]" if len(path) > 1 else f"[{path[-1] + 1}]"
    return str(path[-1])


def _one_of(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _position(document: Node, path: tuple[str | int, ...]) -> SourcePosition:
    return _follow(document, path)[1].at


def _key_position(document: Node, path: tuple[str | int, ...]) -> SourcePosition:
    entry, node = _follow(document, path)
    return entry.key_at if entry is not None else node.at


def _follow(document: Node, path: tuple[str | int, ...]) -> tuple[Entry | None, Node]:
    entry: Entry | None = None
    node = document
    for step in path:
        if isinstance(node.value, dict) and step in node.value:
            entry = node.value[str(step)]
            node = entry.value
        elif isinstance(node.value, tuple) and isinstance(step, int):
            entry, node = None, node.value[step]
    return entry, node


def _without(node: Node, wrong: frozenset[_Path], above: frozenset[_Path], path: _Path) -> Node:
    """The document without the values at the wrong paths; the same object where nothing is wrong.

    Args:
        node: the part of the document at the path.
        wrong: paths.
        above: the beginnings of all of them.
        path: of the part.
    """
    if path not in above:
        return node
    if isinstance(node.value, dict):
        kept = {
            key: Entry(entry.key_at, _without(entry.value, wrong, above, (*path, key)))
            for key, entry in node.value.items()
            if (*path, key) not in wrong
        }
        return Node(node.at, kept, node.size, node.height)
    if isinstance(node.value, tuple):
        items = enumerate(node.value)
        return Node(
            node.at,
            tuple(_without(item, wrong, above, (*path, index)) for index, item in items if (*path, index) not in wrong),
            node.size,
            node.height,
        )
    return node
