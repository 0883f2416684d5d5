"""One entry of `tasks:` → TaskSpec, with the names that its loop makes known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.recipe import kinds
from recipebatch.recipe.build_dependencies import REDUCE_NAMES, check_reduce, dependencies, reduction
from recipebatch.recipe.build_files import output_files, resource_files
from recipebatch.recipe.build_pool import batch_id, display_name, user_identity
from recipebatch.recipe.build_task_settings import (
    container_settings,
    exit_conditions,
    multi_instance,
    packages,
    retries,
    word,
)
from recipebatch.recipe.model import (
    Dimension,
    ForEach,
    ForFiles,
    ForGrid,
    ForRows,
    ListDimension,
    RangeDimension,
    TaskSpec,
)
from recipebatch.recipe.raw import TASK, raw_block
from recipebatch.vocabulary import ids, limits

if TYPE_CHECKING:
    from collections.abc import Collection

    from recipebatch.recipe.reader import Reader
    from recipebatch.recipe.yaml_file import Node

FILE_MEMBERS = frozenset(("name", "stem", "suffix", "folder", "path", "container"))


def task(
    node: Node, reader: Reader, before_run: Reader, containers: frozenset[str], templates: Collection[str] = ()
) -> TaskSpec:
    """One task template; `before_run` reads what must be the same for every run: the loop.

    `templates` are the names of all templates of the job.
    """
    name = node.get("name")
    written_loop = node.get("for_each")
    loop = _for_each(written_loop, before_run, containers) if written_loop is not None else None
    known = _loop_names(written_loop) if written_loop is not None else {}
    if node.get("reduce") is not None:
        known = REDUCE_NAMES
        check_reduce(node, reader)
    with_item = reader.knowing(known)
    in_task = with_item.knowing({"task": frozenset(("id", "template"))})
    constraints = node.get("constraints")
    in_id = reader.knowing({"level": None, "index": None}) if node.get("reduce") is not None else with_item
    task_id = in_id.setting(node, "id", batch_id(ids.task_id), None)
    if task_id.node is not None and word(node, "ids") == "numeric":
        message = "id has no place beside ids: numeric, which makes the ids"
        reader.problem(task_id.node.at, message, "exclusive-keys", "remove one of them")
    return TaskSpec(
        name=str(name.value) if name is not None else "task",
        at=node.at,
        for_each=loop,
        id=task_id,
        display_name=in_task.setting(node, "display_name", display_name, None),
        command=in_task.command(node),
        resource_files=resource_files(node, in_task, containers),
        output_files=output_files(node, in_task, containers),
        environment_settings=in_task.environment(node, "environment_settings"),
        max_wall_clock_time=in_task.setting(constraints, "max_wall_clock_time", kinds.duration(), None),
        max_task_retry_count=retries(node, in_task),
        retention_time=in_task.setting(constraints, "retention_time", kinds.duration(), None),
        required_slots=in_task.setting(node, "required_slots", kinds.integer(1, limits.MAX_TASK_SLOTS_PER_NODE), 1),
        user_identity=user_identity(node.get("user_identity"), in_task),
        when=before_run.setting(node, "when", kinds.boolean, True),  # noqa: FBT003 - a default, not a switch
        ids=str(word(node, "ids") or "auto"),
        depends_on=dependencies(node, with_item, templates),
        exit_conditions=exit_conditions(node, in_task),
        reduce=reduction(node, with_item, templates, containers),
        multi_instance_settings=multi_instance(node, in_task, containers),
        container_settings=container_settings(node, in_task),
        keep_logs=reader.reference(node.get("keep_logs"), containers, "container"),
        application_package_references=packages(node, in_task),
        raw=raw_block(node, in_task, TASK),
    )


def _for_each(node: Node, reader: Reader, containers: frozenset[str]) -> ForEach | None:
    source = _source(node, reader, containers)
    if source is None:
        return None
    in_loop = reader.knowing({name: known for name, known in _loop_names(node).items() if name != "index"})
    exclude = node.get("exclude")
    conditions = () if exclude is None else exclude.items() if isinstance(exclude.value, tuple) else (exclude,)
    for condition in conditions:
        in_loop.template(condition)
    return ForEach(
        at=node.at,
        source=source,
        exclude=conditions,
        limit=reader.setting(node, "limit", kinds.integer(1), None),
    )


def _source(node: Node, reader: Reader, containers: frozenset[str]) -> ForFiles | ForGrid | ForRows | None:
    files, rows = node.get("files"), node.get("rows")
    if files is not None:
        return _files(files, reader, containers)
    return _rows(rows, reader) if rows is not None else _grid(node, reader)


def _grid(node: Node, reader: Reader) -> ForGrid | None:
    items, product, numbers = node.get("items"), node.get("product"), node.get("range")
    if items is not None:
        return ForGrid(kind="items", dimensions=((None, _dimension(items, reader)),))
    if product is not None:
        named = product.entries().items()
        return ForGrid(
            kind="product", dimensions=tuple((name, _dimension(entry.value, reader)) for name, entry in named)
        )
    if numbers is None:
        return None
    if not _is_named_range(numbers):
        return ForGrid(kind="range", dimensions=((None, _range(numbers, reader)),))
    ranges = tuple((name, _range(entry.value, reader)) for name, entry in numbers.entries().items())
    return ForGrid(kind="range", dimensions=ranges)


def _is_named_range(node: Node) -> bool:
    """`{x: {stop: 3}}` names dimensions; `{stop: 3}` is one range."""
    return all(isinstance(entry.value.value, dict) for entry in node.entries().values())


def _files(node: Node, reader: Reader, containers: frozenset[str]) -> ForFiles:
    is_text = not isinstance(node.value, dict)
    written = node if is_text else node.get("container")
    return ForFiles(
        container=reader.reference(written, containers, "container") or "",
        container_at=written.at if written is not None else node.at,
        prefix=reader.setting(node, "prefix", kinds.text, ""),
        include=reader.texts(node, "include"),
        exclude=reader.texts(node, "exclude"),
    )


def _rows(node: Node, reader: Reader) -> ForRows:
    if not isinstance(node.value, dict):
        return ForRows(file=reader.value("rows", node, kinds.some_text, None), format=None, types=())
    written_format, types = node.get("format"), node.get("types")
    return ForRows(
        file=reader.text(node, "file"),
        format=str(written_format.value) if written_format is not None else None,
        types=tuple((name, str(entry.value.value)) for name, entry in types.entries().items()) if types else (),
    )


def _dimension(node: Node, reader: Reader) -> Dimension:
    if isinstance(node.value, dict):
        return _range(node, reader)
    reader.tree(node)
    return ListDimension(node=node)


def _range(node: Node, reader: Reader) -> RangeDimension:
    return RangeDimension(
        at=node.at,
        start=reader.setting(node, "start", number, 0),
        stop=reader.setting(node, "stop", number, None),
        step=reader.setting(node, "step", _step, 1),
    )


def number(value: object) -> float:
    """An integer or a decimal."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"must be a number, not {kinds.shown(value)}")  # noqa: TRY004
    return value


def _step(value: object) -> float:
    result = number(value)
    if result == 0:
        raise ValueError("must not be 0")
    return result


def _loop_names(node: Node) -> dict[str, frozenset[str] | None]:
    """What a loop makes known: `file` or `item`, and `index`."""
    if node.get("files") is not None:
        return {"file": FILE_MEMBERS, "index": None}
    product, numbers = node.get("product"), node.get("range")
    if product is not None:
        return {"item": frozenset(product.entries()), "index": None}
    if numbers is not None and _is_named_range(numbers):
        return {"item": frozenset(numbers.entries()), "index": None}
    return {"item": None, "index": None}
