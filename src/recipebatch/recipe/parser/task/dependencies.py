"""`depends_on:` and `reduce:` of a task template → DependencySpec, ReduceSpec; no template depends on itself."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING

from recipebatch.properties import value_types
from recipebatch.recipe.model import DependencySpec, ReduceSpec
from recipebatch.recipe.parser.section_reader import keyword_at
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from recipebatch.recipe.model import TaskSpec
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader

REDUCE_NAMES: dict[str, frozenset[str] | None] = {"inputs": None, "level": None, "index": None}
"""What a template with `reduce` knows: the files to merge, the tree's level from 1, the task's number there from 0."""

DEFAULT_FAN_IN = 16
MAX_FAN_IN = 1000
"""So many ids of 64 characters fit into one task's dependencies."""


def dependencies(parent: Node, reader: Reader, templates: Collection[str]) -> tuple[DependencySpec, ...]:
    """All entries of `depends_on:`."""
    node = parent.get("depends_on")
    if node is None:
        return ()
    entries = node.items() if isinstance(node.value, tuple) else (node,)
    return tuple(_dependency(entry, reader, templates) for entry in entries)


def reduction(parent: Node, reader: Reader, templates: Collection[str]) -> ReduceSpec | None:
    """`reduce:`."""
    node = parent.get("reduce")
    if node is None:
        return None
    output = node.get("output")
    return ReduceSpec(
        at=node.at,
        over=_template(node.get("over"), reader, templates) or "",
        output=None if output is None else str(output.value),
        fan_in=reader.setting(node, "fan_in", value_types.integer(2, MAX_FAN_IN), DEFAULT_FAN_IN),
        on_failed=keyword_at(node, "on_failed", "block"),
        parts_container=reader.reference(node.get("parts_container"), reader.containers, "container")
        or own_parts_container(reader.containers),
    )


def own_parts_container(containers: Collection[str]) -> str:
    """The logical name of the container that a run makes for the parts of merges: one that the recipe does not use."""
    return next(name for name in chain(["parts"], (f"parts-{number}" for number in count(2))) if name not in containers)


def check_reduce(node: Node, reader: Reader) -> None:
    """Refuse what cannot be used with `reduce:`."""
    reasons = {
        "for_each": "its tasks are created from the template it reduces",
        "multi_instance_settings": "a merge task runs on one node",
    }
    for key, reason in reasons.items():
        entry = node.entries().get(key)
        if entry is not None:
            reader.problem(
                entry.key_at, f"{key} cannot be used with reduce: {reason}", "exclusive-keys", f"remove {key}"
            )


def check_cycles(tasks: Iterable[TaskSpec], reader: Reader) -> None:
    """Refuse templates that wait for themselves, over however many others."""
    specs = {spec.name: spec for spec in tasks}
    edges = {
        name: [
            *(entry.template for entry in spec.depends_on if entry.template in specs and entry.template is not None),
            *([spec.reduce.over] if spec.reduce is not None and spec.reduce.over in specs else []),
        ]
        for name, spec in specs.items()
    }
    done: set[str] = set()
    for name in specs:
        path = _cycle(name, edges, done)
        if path:
            spec = specs[path[0]]
            at = spec.depends_on[0].at if spec.depends_on else spec.reduce.at if spec.reduce is not None else spec.at
            around = " → ".join((*path, path[0]))
            message = f"the task template {path[0]} depends on itself: {around}"
            reader.problem(at, message, "dependency-cycle", "remove one of these dependencies")
            return


def _cycle(start: str, edges: dict[str, list[str]], done: set[str]) -> list[str]:
    """The first cycle that is found from a template on; templates without one are noted in `done`."""
    path: list[str] = []
    stack = [(start, iter(edges[start]))] if start not in done else []
    while stack:
        name, rest = stack[-1]
        if len(path) < len(stack):
            path.append(name)
        following = next(rest, None)
        if following is None:
            done.add(name)
            stack.pop()
            path.pop()
        elif following in path:
            return path[path.index(following) :]
        elif following not in done:
            stack.append((following, iter(edges[following])))
    return []


def _dependency(node: Node, reader: Reader, templates: Collection[str]) -> DependencySpec:
    if isinstance(node.value, str):
        return DependencySpec(at=node.at, template=_template(node, reader, templates))
    same, item = node.get("same_item"), node.get("item")
    template = node.get("template") if same is None else same
    if item is not None and node.get("template") is None:
        reader.problem(item.at, "item can only be used with template", "exclusive-keys", "remove item")
    ids, ranges = node.get("task_ids"), node.get("task_id_ranges")
    id_nodes = () if ids is None else ids.items() if isinstance(ids.value, tuple) else (ids,)
    return DependencySpec(
        at=node.at,
        template=_template(template, reader, templates),
        same_item=same is not None or (item is not None and item.value == "same"),
        task_ids=tuple(reader.value("task_ids", entry, value_types.some_text, None) for entry in id_nodes),
        ranges=tuple(
            (
                reader.setting(entry, "start", value_types.integer(0), 0),
                reader.setting(entry, "end", value_types.integer(0), 0),
            )
            for entry in (ranges.items() if ranges is not None else ())
        ),
    )


def _template(node: Node | None, reader: Reader, templates: Collection[str]) -> str | None:
    if node is None or not isinstance(node.value, str):
        return None
    if node.value not in templates:
        hint = did_you_mean(node.value, templates) or "use the `name` of a template of the same job"
        reader.problem(node.at, f"unknown task template {node.value}", "unknown-template", hint)
    return node.value
