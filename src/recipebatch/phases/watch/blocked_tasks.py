"""Tasks that can never start, because a task that they depend on failed: the service leaves them active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.vocabulary.causes import FILE_UPLOAD
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from recipebatch.plan.model import PlannedDependencies, PlannedTask
    from recipebatch.service import TaskSnapshot


def find_blocked_tasks(planned: Iterable[PlannedTask], seen: Iterable[TaskSnapshot]) -> dict[str, str]:
    """The active tasks that wait for a task that ended without satisfying them, each with that task's id. Pure."""
    tasks = {str(task.id): task for task in planned}
    states = {task.id: task for task in seen}
    blocking = {
        name: name
        for name, task in states.items()
        if task.state == TaskState.COMPLETED and not satisfies(tasks.get(name), task)
    }
    if not blocking:
        return {}
    found: dict[str, str] = {}
    of_list: dict[int, list[str]] = {}
    grown = True
    while grown:
        grown = False
        for name, task in tasks.items():
            state = states.get(name)
            if name in found or task.depends_on is None or state is None or state.state != TaskState.ACTIVE:
                continue
            # Tasks that wait for the same list share it: it is written out once.
            ids = of_list.setdefault(id(task.depends_on), list(ids_of(task.depends_on)))
            cause = next((blocking[identity] for identity in ids if identity in blocking), None)
            if cause is not None:
                found[name] = blocking[name] = cause
                grown = True
    return found


def satisfies(planned: PlannedTask | None, task: TaskSnapshot) -> bool:
    """Whether tasks that depend on a completed one may run. Source: Batch REST API, `ExitConditions`."""
    conditions = planned.exit_conditions if planned is not None else None
    if conditions is None:
        return task.succeeded
    options = None
    if task.exit_code is not None:
        codes = {code: found for code, found in conditions.exit_codes}  # noqa: C416 - pairs of a tuple, not of a mapping
        ranges = (found for start, end, found in conditions.exit_code_ranges if start <= (task.exit_code or 0) <= end)
        options = codes.get(task.exit_code) or next(ranges, None)
    failure = task.failure[0] if task.failure is not None else ""
    if options is None and failure.startswith(FILE_UPLOAD):
        options = conditions.file_upload_error
    elif options is None and task.exit_code is None:
        options = conditions.pre_processing_error
    if options is None and not task.succeeded:
        options = conditions.default
    if options is None or options.dependency_action is None:
        return task.succeeded
    return options.dependency_action == "satisfy"


def blocked_text(found: Mapping[str, str]) -> str:
    """How many, and why."""
    first = next(iter(found.values()))
    tasks = "1 task cannot start: it depends" if len(found) == 1 else f"{len(found):,} tasks cannot start: they depend"
    others = len(set(found.values())) - 1
    more = f" and {others} more" if others else ""
    return f"{tasks} on {first}{more}, which failed"


def ids_of(dependencies: PlannedDependencies) -> Iterator[str]:
    """The ids of all tasks that a task depends on, ranges written out. Pure."""
    yield from dependencies.task_ids
    for start, end in dependencies.task_id_ranges:
        yield from map(str, range(start, end + 1))
