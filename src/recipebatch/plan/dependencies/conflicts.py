"""Conflicts among all tasks of a job: two that write one blob, dependency cycles, dependencies on missing ids."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from recipebatch.errors import Problem, ProblemList, UnknownValueError
from recipebatch.plan.expressions import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from recipebatch.plan.dependencies.dependencies import Expanded
    from recipebatch.plan.model import PlannedTask
    from recipebatch.recipe.model import TaskSpec

_MOST = 10
_WILDCARDS = frozenset("*?[")
_EXCLUDE_EACH_OTHER = frozenset({"tasksuccess", "taskfailure"})


def same_blobs(specs: Sequence[TaskSpec], tasks: Sequence[PlannedTask]) -> list[Problem]:
    """Output files of two tasks that are the same blob: the one that ends last would win. Pure."""
    by_name = {spec.name: spec for spec in specs}
    taken: dict[tuple[str, str], tuple[PlannedTask, int]] = {}
    found = ProblemList()
    for task in tasks:
        for number in range(len(task.output_files)):
            with suppress(UnknownValueError):
                found += _same_blob(by_name[task.template], task, number, taken)
            if len(found) == _MOST:
                return found
    return found


def _same_blob(
    spec: TaskSpec, task: PlannedTask, number: int, taken: dict[tuple[str, str], tuple[PlannedTask, int]]
) -> Iterator[Problem]:
    """What is wrong with one output file of a task; `taken` gets its blob."""
    file = task.output_files[number]
    if _WILDCARDS & set(file.file_pattern):
        return
    blob = file.path or file.file_pattern
    other, other_number = taken.setdefault((file.container, blob), (task, number))
    if other is task and (
        other_number == number
        or {file.upload_condition, task.output_files[other_number].upload_condition} == _EXCLUDE_EACH_OTHER
    ):
        return
    at = spec.output_files[number].at if number < len(spec.output_files) else spec.at
    names = [each.template if each.id is UNKNOWN else each.id for each in (other, task)]
    who = f"the tasks {names[0]} and {names[1]} both write" if other is not task else f"{names[1]} writes twice"
    hint = "add ${{ task.id }} to `path`"
    yield Problem(at, f"{who} the blob {blob} of {file.container}", "same-blob", hint)


def task_cycles(
    specs: Sequence[TaskSpec], tasks: Sequence[PlannedTask], expanded: Mapping[str, Expanded], *, complete: bool
) -> list[Problem]:
    """Dependencies by id on tasks that do not exist, or that wait for each other. Pure.

    Args:
        specs: the templates; dependencies between them by name were checked when the recipe was read.
        tasks: all tasks.
        expanded: the templates' tasks.
        complete: `tasks` are all there will be.
    """
    by_id = [spec for spec in specs if any(entry.template is None for entry in spec.depends_on)]
    if not by_id or not complete:
        return []
    ids = {str(task.id).casefold(): str(task.id) for task in tasks}
    missing = list(_missing(by_id, tasks, ids))
    return missing or _waiting_for_each_other(by_id, tasks, expanded)


def _missing(specs: Sequence[TaskSpec], tasks: Sequence[PlannedTask], ids: Mapping[str, str]) -> Iterator[Problem]:
    names = {spec.name: spec for spec in specs}
    for task in tasks:
        spec = names.get(task.template)
        if spec is None or task.depends_on is None:
            continue
        at = next(entry.at for entry in spec.depends_on if entry.template is None)
        for identity in _ids_of(task):
            if identity.casefold() not in ids:
                message = f"the task {task.id} depends on {identity}, but no task of the job has this id"
                yield Problem(
                    at, message, "unknown-task", "the task would wait indefinitely; depend on a template by its name"
                )
                return


def _waiting_for_each_other(
    by_id: Sequence[TaskSpec], tasks: Sequence[PlannedTask], expanded: Mapping[str, Expanded]
) -> list[Problem]:
    """Remove what waits for nothing until only dependency cycles are left."""
    # One node stands for all tasks of a template, so that 100,000 x 100,000 dependencies are 200,000 edges.
    names = {spec.name for spec in by_id}
    waiting: dict[str, int] = {}
    followers: dict[str, list[str]] = {}

    def edge(before: str, after: str) -> None:
        followers.setdefault(before, []).append(after)
        waiting[after] = waiting.get(after, 0) + 1

    for task in tasks:
        key = str(task.id).casefold()
        waiting.setdefault(key, 0)
        edge(key, f"/{task.template}")
        if task.template in names:
            for identity in _ids_of(task):
                edge(identity.casefold(), key)
        else:
            for entry in expanded[task.template].spec.depends_on:
                if entry.template is not None:
                    edge(f"/{entry.template}", key)
    _take_away(waiting, followers)
    stuck = next((task for task in tasks if waiting[str(task.id).casefold()]), None)
    if stuck is None:
        return []
    spec = next((spec for spec in by_id if spec.name == stuck.template), by_id[0])
    message = f"the task {stuck.id} depends on itself through task ids"
    return [Problem(spec.depends_on[0].at, message, "dependency-cycle", "remove one of these dependencies")]


def _take_away(waiting: dict[str, int], followers: Mapping[str, Sequence[str]]) -> None:
    """Count down what waits for what has nothing to wait for; what cannot end keeps a count above 0."""
    ready = deque(key for key, count in waiting.items() if count == 0)
    while ready:
        for following in followers.get(ready.popleft(), ()):
            waiting[following] -= 1
            if waiting[following] == 0:
                ready.append(following)


def _ids_of(task: PlannedTask) -> Iterator[str]:
    if task.depends_on is not None:
        yield from task.depends_on.task_ids
        for start, end in task.depends_on.task_id_ranges:
            yield from map(str, range(start, end + 1))
