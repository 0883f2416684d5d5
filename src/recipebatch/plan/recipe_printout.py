"""A recipe as one document again: base, fragments and anchors written out, known values filled in, origins beside."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipebatch.errors import InvalidRecipeError, SourcePosition
from recipebatch.plan.expressions import evaluate_node, holds_unknown
from recipebatch.plan.input_requirements import before_run
from recipebatch.properties.written_scalars import WrittenBoolean, WrittenFloat, WrittenInteger, all_plain
from recipebatch.recipe import Expression, ExpressionError, Node, template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from recipebatch.recipe.model import Recipe

    Scope = Mapping[str, object]

_KNOWN = frozenset(("params", "vars", "recipe"))
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Control characters, line ends and no characters: JSON writes them as they are."""
_NOT_TEXTS = re.compile(r"(?i)(true|false|null|yes|no|on|off|~)\Z")
_COMMANDS = frozenset(("command_line", "commands", "coordination_command_line", "coordination_commands"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterValue:
    """One parameter of a recipe.

    Attributes:
        value: `***` for a secret.
        origin: what gave it its value: an option, a file with line, a variable, or its default.
    """

    name: str
    value: object
    origin: str


def document_text(document: Node, recipe: Recipe, parameters: Mapping[str, object] | None, *, origin: bool) -> str:
    """The document as YAML.

    Args:
        document: the recipe with all it is made from.
        recipe: the same, checked.
        parameters: bound values fill in what is known before a run; None leaves every expression as it is.
        origin: whether each value says where it is written.
    """
    scope = before_run(recipe, parameters) if parameters is not None else None
    return "".join(f"{line}\n" for line in _mapping(document, scope, 0, origin=origin))


def document_data(document: Node, recipe: Recipe, parameters: Mapping[str, object] | None) -> Any:
    """The same as JSON values."""
    scope = before_run(recipe, parameters) if parameters is not None else None
    return _data(document, scope)


def _mapping(node: Node, scope: Scope | None, depth: int, *, origin: bool) -> Iterator[str]:
    for key, entry in node.entries().items():
        yield from _entry(f"{'  ' * depth}{_text(key)}:", key, entry.value, scope, depth + 1, origin=origin)


def _entry(begin: str, key: str, node: Node, scope: Scope | None, depth: int, *, origin: bool) -> Iterator[str]:
    """One key or list item with what is below it."""
    if isinstance(node.value, dict) and node.entries():
        yield begin
        yield from _mapping(node, scope, depth, origin=origin)
    elif isinstance(node.value, tuple) and node.value:
        yield begin
        for item in node.items():
            yield from _item(key, item, scope, depth, origin=origin)
    else:
        beside = f"  # {node.at}" if origin else ""
        yield f"{begin} {_scalar(key, node, scope)}{beside}"


def _item(key: str, node: Node, scope: Scope | None, depth: int, *, origin: bool) -> Iterator[str]:
    dash = f"{'  ' * depth}-"
    if not isinstance(node.value, dict) or not node.entries():
        yield from _entry(dash, key, node, scope, depth + 1, origin=origin)
        return
    for number, line in enumerate(_mapping(node, scope, depth + 1, origin=origin)):
        yield line if number else f"{dash} {line.lstrip()}"


def _scalar(key: str, node: Node, scope: Scope | None) -> str:
    if isinstance(node.value, dict):
        return "{}"
    if isinstance(node.value, tuple):
        return "[]"
    value = _value(node, scope) if scope is not None and key not in _COMMANDS else node.value
    if value is node.value:
        value = node.scalar
    if isinstance(value, (WrittenInteger, WrittenFloat, WrittenBoolean)):
        return value.written
    if isinstance(value, (list, dict)):
        return _json(value)
    return _text(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _json(value: object) -> str:
    """A value as JSON, its numbers and booleans as they are written."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_json(inner)}" for key, inner in value.items())
            + "}"
        )
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, WrittenBoolean):
        return value.written
    return str(value) if isinstance(value, (WrittenInteger, WrittenFloat)) else json.dumps(value, ensure_ascii=False)


def _text(text: str) -> str:
    """A text as YAML reads it back as one: plain, or as JSON with what YAML and terminals do not take escaped."""
    if _PLAIN.match(text) and not _NOT_TEXTS.match(text):
        return text
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def expression_value(source: str, recipe: Recipe, parameters: Mapping[str, object]) -> str | None:
    """The value of an expression as JSON; None where it is not known before a run, or fails.

    Args:
        source: as between the braces.
        recipe: where it stands.
        parameters: bound values, of which some may be UNKNOWN.
    """
    try:
        pieces = template(f"${{{{ {source} }}}}")
        expression = pieces[0] if len(pieces) == 1 else None
        if not isinstance(expression, Expression) or not expression.names <= _KNOWN:
            return None
        node = Node(SourcePosition(recipe.file, 1, 1), f"${{{{ {source} }}}}")
        value = evaluate_node(node, before_run(recipe, parameters))
    except (ExpressionError, InvalidRecipeError):
        return None
    return None if holds_unknown(value) else _json(all_plain(value))


def _value(node: Node, scope: Scope) -> object:
    """A scalar with the expressions that are known before a run filled in; the others stay."""
    if not isinstance(node.value, str):
        return node.value
    try:
        pieces = template(node.value)
    except ExpressionError:
        return node.value
    expressions = [piece for piece in pieces if isinstance(piece, Expression)]
    if not expressions or not all(piece.names <= _KNOWN for piece in expressions):
        return node.value
    return evaluate_node(node, scope)


def _data(node: Node, scope: Scope | None, key: str = "") -> Any:
    if isinstance(node.value, dict):
        return {name: _data(entry.value, scope, name) for name, entry in node.entries().items()}
    if isinstance(node.value, tuple):
        return [_data(item, scope, key) for item in node.items()]
    return all_plain(_value(node, scope)) if scope is not None and key not in _COMMANDS else node.value
