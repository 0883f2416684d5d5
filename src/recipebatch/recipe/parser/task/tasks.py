"""One entry of `tasks:` → TaskSpec, with the names that its loop makes known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.recipe.model import TaskSpec, value_types
from recipebatch.recipe.parser.common_properties import batch_id, display_name, user_identity
from recipebatch.recipe.parser.raw_properties import TASK, raw_block
from recipebatch.recipe.parser.task.dependencies import REDUCE_NAMES, check_reduce, dependencies, reduction
from recipebatch.recipe.parser.task.loops import for_each, loop_names
from recipebatch.recipe.parser.task_files import output_files, resource_files
from recipebatch.recipe.parser.task_settings import (
    container_settings,
    exit_conditions,
    multi_instance,
    packages,
    retries,
    tool_retry,
    word,
)
from recipebatch.vocabulary import ids, limits

if TYPE_CHECKING:
    from collections.abc import Collection

    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader

_BATCHED = "a loop with `batch` has items, or files, in its tasks"


def task(
    node: Node, reader: Reader, before_run: Reader, containers: frozenset[str], templates: Collection[str] = ()
) -> TaskSpec:
    """One task template; `before_run` reads what must be the same for every run: the loop.

    `templates` are the names of all templates of the job.
    """
    name = node.get("name")
    written_loop = node.get("for_each")
    loop = for_each(written_loop, before_run, containers) if written_loop is not None else None
    known = loop_names(written_loop) if written_loop is not None else {}
    if node.get("reduce") is not None:
        known = REDUCE_NAMES
        check_reduce(node, reader)
    batched = written_loop is not None and written_loop.get("batch") is not None
    with_item = reader.knowing(known, dict.fromkeys(("item", "file", "group"), _BATCHED) if batched else None)
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
        max_wall_clock_time=in_task.setting(constraints, "max_wall_clock_time", value_types.duration(), None),
        max_task_retry_count=retries(node, in_task),
        retention_time=in_task.setting(constraints, "retention_time", value_types.duration(), None),
        required_slots=in_task.setting(
            node, "required_slots", value_types.integer(1, limits.MAX_TASK_SLOTS_PER_NODE), 1
        ),
        user_identity=user_identity(node.get("user_identity"), in_task),
        when=before_run.setting(node, "when", value_types.boolean, True),  # noqa: FBT003 - a default, not a switch
        ids=str(word(node, "ids") or "auto"),
        depends_on=dependencies(node, with_item, templates),
        exit_conditions=exit_conditions(node, in_task),
        reduce=reduction(node, with_item, templates, containers),
        multi_instance_settings=multi_instance(node, in_task, containers),
        container_settings=container_settings(node, in_task),
        keep_logs=reader.reference(node.get("keep_logs"), containers, "container"),
        application_package_references=packages(node, in_task),
        retry=tool_retry(node, reader),
        raw=raw_block(node, in_task, TASK),
    )
