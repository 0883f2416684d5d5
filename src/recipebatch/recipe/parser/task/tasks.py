"""One entry of `tasks:` → TaskSpec, with the names that its loop makes known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.properties import value_types
from recipebatch.properties.table import shape_of
from recipebatch.properties.task import TASK, RetryRule
from recipebatch.recipe.model import TaskSpec
from recipebatch.recipe.parser.expectations import expectation
from recipebatch.recipe.parser.section_reader import keyword_at
from recipebatch.recipe.parser.sections import read_section
from recipebatch.recipe.parser.task.dependencies import REDUCE_NAMES, check_reduce, dependencies, reduction
from recipebatch.recipe.parser.task.loops import for_each, loop_names
from recipebatch.vocabulary import ids

if TYPE_CHECKING:
    from collections.abc import Collection

    from recipebatch.recipe.model import Section
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader

_RETRY = shape_of(RetryRule)
_NOT_IN_RAW = {"id": "id", "dependsOn": "depends_on"}
_BATCHED = "a loop with `batch` has items, or files, in its tasks"


def task(node: Node, reader: Reader, before_run: Reader, templates: Collection[str] = ()) -> TaskSpec:
    """One task template; `before_run` reads what must be the same for every run: the loop.

    `templates` are the names of all templates of the job.
    """
    written_loop = node.get("for_each")
    loop = for_each(written_loop, before_run) if written_loop is not None else None
    known = loop_names(written_loop) if written_loop is not None else {}
    if node.get("reduce") is not None:
        known = REDUCE_NAMES
        check_reduce(node, reader)
    batched = written_loop is not None and written_loop.get("batch") is not None
    with_item = reader.with_names(known, dict.fromkeys(("item", "file", "group"), _BATCHED) if batched else None)
    in_task = with_item.with_names({"task": frozenset(("id", "template"))})
    in_id = reader.with_names({"level": None, "index": None}) if node.get("reduce") is not None else with_item
    task_id = in_id.setting(node, "id", value_types.batch_id(ids.task_id), None)
    if task_id.node is not None and keyword_at(node, "ids") == "numeric":
        message = "id cannot be used with ids: numeric, which generates the ids"
        reader.problem(task_id.node.at, message, "exclusive-keys", "remove one of them")
    settings = read_section(node, TASK, in_task, raw_names=_NOT_IN_RAW)
    return TaskSpec(
        name=keyword_at(node, "name", "task"),
        at=node.at,
        for_each=loop,
        id=task_id,
        settings=_with_retries(node, settings, in_task),
        when=before_run.setting(node, "when", value_types.boolean, True),  # noqa: FBT003 - a default, not a switch
        ids=keyword_at(node, "ids", "auto"),
        depends_on=dependencies(node, with_item, templates),
        reduce=reduction(node, with_item, templates),
        keep_logs=reader.reference(node.get("keep_logs"), reader.containers, "container"),
        retry=_tool_retry(node, reader),
        expect=expectation(node, in_task),
    )


def _with_retries(node: Node, settings: Section, reader: Reader) -> Section:
    """How often a task is tried again may be called `retry.exit_code`, for `constraints.max_task_retry_count`."""
    slots = node.get("required_slots")
    if settings["multi_instance_settings"] is not None and slots is not None and slots.value != 1:
        message = "required_slots must be 1 in a multi-instance task"
        reader.problem(slots.at, message, "multi-instance", "remove required_slots")
    retry, constraints = node.get("retry"), settings["constraints"]
    entries = retry.entries() if retry is not None else {}
    if "exit_code" not in entries:
        return settings
    if constraints["max_task_retry_count"].node is not None:
        message = "retry.exit_code and constraints.max_task_retry_count are two names for the same setting"
        reader.problem(entries["exit_code"].key_at, message, "exclusive-keys", "keep one of them")
    count = reader.setting(retry, "exit_code", value_types.integer(-1), 0)
    return settings.replaced(constraints=constraints.replaced(max_task_retry_count=count))


def _tool_retry(parent: Node, reader: Reader) -> Section | None:
    """What of `retry:` the service does not do: it is done while the run is followed."""
    node = parent.get("retry")
    if node is None:
        return None
    if node.get("causes") is not None or node.get("exit_codes") is not None:
        return read_section(node, _RETRY, reader)
    limit = node.get("limit")
    if limit is not None:
        message, hint = "limit needs causes or exit_codes", "the service's own retries are `exit_code: N`"
        reader.problem(limit.at, message, "missing-key", hint)
    return None
