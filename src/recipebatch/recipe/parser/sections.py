"""A mapping of the document → Section, by the rows of its shape.

The schema says which keys there are; the table in `recipebatch.properties` says the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.properties.table import (
    SAME,
    Command,
    OutputFiles,
    Pairs,
    Raw,
    Reference,
    ResourceFiles,
    Row,
    Shape,
    Unwritten,
    Value,
)
from recipebatch.properties.task import ContainerRegistry, MultiInstanceSettings
from recipebatch.recipe.model import Section, Setting
from recipebatch.recipe.nodes import Node
from recipebatch.recipe.parser.raw_properties import raw_block
from recipebatch.recipe.parser.task_files import output_files, resource_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.recipe.parser.raw_properties import Modelled
    from recipebatch.recipe.parser.section_reader import Reader


def read_section(
    node: Node,
    shape: Shape,
    reader: Reader,
    *,
    readers: Mapping[str, Reader] | None = None,
    raw_names: Modelled | None = None,
    outer: Shape | None = None,
) -> Section:
    """Read one mapping.

    Args:
        node: the mapping.
        shape: its rows.
        reader: knows which names are known in it.
        readers: by field, those of the fields in which other names are known.
        raw_names: REST name → key of what `raw:` cannot hold either, beside what the rows say.
        outer: the shape whose mapping this is, where it is not `shape`.
    """
    if shape.make in _CHECKS:
        _CHECKS[shape.make](node, reader)
    if "container_settings" in shape.rows:
        reader = reader.with_commands(node)
    values: dict[str, Any] = {}
    raw = None
    for name, row in shape.rows.items():
        key, below = _find(node, row.key or name)
        within = (readers or {}).get(name, reader)
        if isinstance(row, Raw):
            raw = raw_block(node, within, outer or shape, raw_names or {})
        elif isinstance(row, Shape) and row.key == SAME:
            values[name] = read_section(node, row, within, outer=outer or shape)
        elif shape.make is not None or below is not None:
            values[name] = _READ[type(row)](key, below, row, within, node)
    return Section(node.at, shape, values, raw)


def _find(node: Node, path: str) -> tuple[str, Node | None]:
    """The last key of a path and what is written there."""
    key, found = path, None
    for alternative in path.split("|"):
        *parents, last = alternative.split(".")
        within: Node | None = node
        for parent in parents:
            within = within.get(parent) if within is not None else None
        written = within.get(last) if within is not None else None
        if found is None:
            key, found = last, written
    return key, found


def _values(key: str, node: Node | None, row: Value, reader: Reader, _parent: Node) -> Any:
    if not row.many:
        return _value(key, node, row, reader)
    items = () if node is None else node.items() if isinstance(node.value, tuple) else (node,)
    return tuple(_value(key, item, row, reader) for item in items)


def _sections(_key: str, node: Node | None, row: Shape, reader: Reader, parent: Node) -> Any:
    if row.many:
        return tuple(read_section(item, row, reader) for item in (node.items() if node is not None else ()))
    if node is None and not row.always:
        return None
    return read_section(node or Node(parent.at, {}), row, reader)


def _reference(_key: str, node: Node | None, _row: Row, reader: Reader, _parent: Node) -> str | None:
    return None if node is None else reader.reference(node, reader.containers, "container") or ""


_READ: Mapping[type[Row], Callable[[str, Node | None, Any, Reader, Node], Any]] = {
    Value: _values,
    Shape: _sections,
    Pairs: lambda _key, node, row, reader, _parent: reader.environment(node, row.convert, deferred=row.deferred),
    Command: lambda key, _node, row, reader, parent: reader.command(parent, key, row.shell_key),
    ResourceFiles: lambda _key, node, _row, reader, _parent: resource_files(node, reader),
    OutputFiles: lambda _key, node, _row, reader, _parent: output_files(node, reader),
    Reference: _reference,
    Unwritten: lambda _key, _node, row, _reader, _parent: row.default,
}
"""How each kind of row is read, from its key, what is written there, and the mapping that holds it."""


def _value(key: str, node: Node | None, row: Value, reader: Reader) -> Setting[Any, Any]:
    if row.secret and node is not None and "secrets." not in str(node.value):
        what = "a password" if key == "password" else "a key"
        hint = "use ${{ secrets.NAME }}, a parameter of type secret"
        reader.problem(node.at, f"the recipe contains {what}", "secret-in-recipe", hint)
    return reader.value(key, node, row.convert, row.default, deferred=row.deferred)


def _check_registry(node: Node, reader: Reader) -> None:
    user, password, identity = (node.get(key) for key in ("user_name", "password", "identity"))
    if (user is None) != (password is None):
        message = "a registry needs user_name and password together"
        reader.problem(node.at, message, "missing-key", "write both, or `identity`, or neither")
    elif user is not None and identity is not None:
        message = "a registry takes either identity or user_name"
        reader.problem(identity.at, message, "exclusive-keys", "keep one of them")


def _check_multi_instance(node: Node, reader: Reader) -> None:
    commands, line = node.get("coordination_commands"), node.get("coordination_command_line")
    if commands is not None and line is not None:
        message = "coordination_commands and coordination_command_line cannot be used together"
        reader.problem(line.at, message, "exclusive-keys", "keep one of them")


_CHECKS: Mapping[object, Callable[[Node, Reader], None]] = {
    ContainerRegistry: _check_registry,
    MultiInstanceSettings: _check_multi_instance,
}
"""What the keys of a section say only together."""
