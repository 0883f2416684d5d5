"""`raw:` blocks: properties of a request that the language does not know, under the names of the REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from recipebatch.properties.table import Shape, raw_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader

Modelled: TypeAlias = "Mapping[str, str | Modelled]"
"""REST name → the recipe's key for it, or the REST names below it that have one."""


def raw_block(parent: Node, reader: Reader, shape: Shape, others: Modelled) -> Node | None:
    """The `raw:` of a mapping, once it is known to hold nothing that the language has a key for.

    `others` are names that code sends, beside the rows of the shape.
    """
    node = parent.get("raw")
    if node is None:
        return None
    names = raw_names(shape)
    for name, key in others.items():
        names[name] = key if isinstance(key, str) else {**names.get(name, {}), **key}
    _check(node, reader, names, "raw")
    reader.tree(node)
    return node


def _check(node: Node, reader: Reader, modelled: Modelled, path: str) -> None:
    by_key = {key: rest for rest, key in modelled.items() if isinstance(key, str)}
    for name, entry in node.entries().items():
        known = modelled.get(name)
        if isinstance(known, str):
            message = f"{path} cannot contain {name}: use the recipe key {known}"
            reader.problem(entry.key_at, message, "raw-modelled", f"move it out of raw, to {known}")
        elif known is not None:
            _check(entry.value, reader, known, f"{path}.{name}")
        elif "_" in name:
            hint = "write it as the REST API does, such as affinityInfo"
            if name in by_key:
                hint = "remove it from raw: it is a key of the recipe"
            reader.problem(entry.key_at, f"{path} uses the names of the REST API, not {name}", "raw-name", hint)
