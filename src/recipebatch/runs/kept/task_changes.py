"""What became of the tasks of two runs of a recipe: which fail now and did not before, and what got slower. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.runs.kept.task_history import TaskHistory, TaskRecord

MOST_NAMED = 100
"""Of the tasks of one kind so many are named."""

_FACTOR = 1.2
"""A template got slower or faster if its median changed by this factor, and by a second."""

_SECOND = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTask:
    """A task that fails in one run and not in the other: as it failed."""

    task_id: str
    template: str
    item: str
    cause: str
    exit_code: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTemplate:
    """How long the tasks of a template ran in both runs, in seconds; those that succeeded in both.

    Attributes:
        tasks: how many that are.
        medians: of the first run and of the second.
        longest: the same.
        longest_task: of the second run.
    """

    template: str
    tasks: int
    medians: tuple[float, float]
    longest: tuple[float, float]
    longest_task: str

    @property
    def is_slower(self) -> bool:
        """It takes longer in the second run."""
        return self.medians[1] > self.medians[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChanges:
    """What became of the tasks of two runs.

    Attributes:
        why_unknown: why they are not compared; empty if they are.
        failed: fail in the second run, and did not in the first; tasks that only the second has among them.
        mended: the other way round.
        still_failed: how many fail in both.
        added: how many only the second run has.
        removed: how many only the first has.
        templates: those that got slower or faster.
        seconds: from the begin of the first task to the end of the last, in both runs; None where that is not known.
        counts: succeeded and all tasks, in both runs.
    """

    why_unknown: str = ""
    failed: tuple[ChangedTask, ...] = ()
    failed_total: int = 0
    mended: tuple[ChangedTask, ...] = ()
    mended_total: int = 0
    still_failed: int = 0
    added: int = 0
    removed: int = 0
    templates: tuple[ChangedTemplate, ...] = ()
    seconds: tuple[float | None, float | None] = (None, None)
    counts: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))

    @property
    def is_none(self) -> bool:
        """Nothing is known to be different."""
        return not (self.failed or self.mended or self.added or self.removed or self.templates)


def task_changes(before: TaskHistory, after: TaskHistory) -> TaskChanges:
    """Compare the tasks of two runs: the same template of the same item, or the same id without one, is one task."""
    for name, history in (("first", before), ("second", after)):
        if history.seen_at is None:
            return TaskChanges(why_unknown=f"the tasks of the {name} run were not watched")
    old, new = _by_task(before.records), _by_task(after.records)
    failed = [task for key, task in new.items() if _failed(task) and not (key in old and _failed(old[key]))]
    mended = [task for key, task in old.items() if _failed(task) and key in new and not _failed(new[key])]
    return TaskChanges(
        failed=tuple(map(_changed, failed[:MOST_NAMED])),
        failed_total=len(failed),
        mended=tuple(map(_changed, mended[:MOST_NAMED])),
        mended_total=len(mended),
        still_failed=sum(_failed(task) and key in old and _failed(old[key]) for key, task in new.items()),
        added=len(new.keys() - old.keys()),
        removed=len(old.keys() - new.keys()),
        templates=tuple(_templates(old, new)),
        seconds=(_span(old.values()), _span(new.values())),
        counts=(_counts(old.values()), _counts(new.values())),
    )


_Key = tuple[str, str, str]


def _by_task(records: Iterable[TaskRecord]) -> dict[_Key, TaskRecord]:
    """The tasks that count, by what they are of; an id may be another item's in another run."""
    return {
        (task.job, task.template, task.item or f"id {task.task_id}"): task for task in records if not task.tried_again
    }


def _failed(task: TaskRecord) -> bool:
    return bool(task.cause) or (task.state == TaskState.COMPLETED and bool(task.exit_code))


def _succeeded(task: TaskRecord) -> bool:
    return task.state == TaskState.COMPLETED and not _failed(task)


def _changed(task: TaskRecord) -> ChangedTask:
    return ChangedTask(
        task_id=task.task_id, template=task.template, item=task.item, cause=task.cause, exit_code=task.exit_code
    )


def _seconds(task: TaskRecord) -> float | None:
    if task.began is None or task.ended is None or not _succeeded(task):
        return None
    return (task.ended - task.began).total_seconds()


def _templates(old: dict[_Key, TaskRecord], new: dict[_Key, TaskRecord]) -> Iterable[ChangedTemplate]:
    """The templates that got slower or faster; those that changed most first."""
    times: dict[str, list[tuple[float, float, str]]] = {}
    for key, task in new.items():
        was, now = (_seconds(old[key]) if key in old else None), _seconds(task)
        if was is not None and now is not None:
            times.setdefault(task.template, []).append((was, now, task.task_id))
    found = []
    for template, pairs in times.items():
        medians = median(was for was, _, _ in pairs), median(now for _, now, _ in pairs)
        low, high = sorted(medians)
        if high - low < _SECOND or high < _FACTOR * low:
            continue
        longest = max(pairs, key=lambda pair: pair[1])
        found.append(
            ChangedTemplate(
                template=template,
                tasks=len(pairs),
                medians=medians,
                longest=(max(was for was, _, _ in pairs), longest[1]),
                longest_task=longest[2],
            )
        )
    return sorted(found, key=lambda each: abs(each.medians[1] - each.medians[0]) * each.tasks, reverse=True)


def _span(records: Iterable[TaskRecord]) -> float | None:
    tasks = list(records)
    began = [task.began for task in tasks if task.began is not None]
    ended = [task.ended for task in tasks if task.ended is not None]
    return (max(ended) - min(began)).total_seconds() if began and ended else None


def _counts(records: Iterable[TaskRecord]) -> tuple[int, int]:
    tasks = list(records)
    return sum(map(_succeeded, tasks)), len(tasks)
