"""The dependencies between the tasks of one job.

A task may depend on ids and on ranges of whole numbers, which stand for ids in plain decimal form (no padding). A range
is not expanded: its unsatisfied tasks are counted. A task may depend on ids of tasks that do not exist yet.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.emulator.state.records.task import TaskRecord


class _Waiting:
    """A task and the number of its unsatisfied dependencies."""

    __slots__ = ("missing", "task")

    def __init__(self, task: TaskRecord) -> None:
        self.task = task
        self.missing = 0


class Dependencies:
    """The dependencies of one job."""

    def __init__(self) -> None:
        self._satisfied: set[str] = set()
        self._numbers: list[int] = []
        self._by_id: dict[str, list[_Waiting]] = {}
        self._ranges: list[tuple[int, int, _Waiting]] = []

    def wait(self, task: TaskRecord, depends_on: Mapping[str, Any]) -> bool:
        """Add a task's dependencies; True if it has to wait, until `satisfy` returns it.

        Args:
            task: the dependent task.
            depends_on: its `dependsOn`.
        """
        waiting = _Waiting(task)
        for key in {str(task_id).lower() for task_id in depends_on.get("taskIds") or ()} - self._satisfied:
            waiting.missing += 1
            self._by_id.setdefault(key, []).append(waiting)
        for span in depends_on.get("taskIdRanges") or ():
            first, last = span["start"], span["end"]
            there = bisect_right(self._numbers, last) - bisect_left(self._numbers, first)
            lacking = max(0, last - first + 1) - there
            if lacking > 0:
                waiting.missing += lacking
                self._ranges.append((first, last, waiting))
        return waiting.missing > 0

    def satisfy(self, key: str) -> list[TaskRecord]:
        """Mark a task as satisfied; returns the dependents that are ready now."""
        if key in self._satisfied:
            return []
        self._satisfied.add(key)
        served = self._by_id.pop(key, [])
        number = _number(key)
        if number is not None:
            insort(self._numbers, number)
            served += [waiting for first, last, waiting in self._ranges if first <= number <= last]
        freed = []
        for waiting in served:
            waiting.missing -= 1
            if waiting.missing == 0:
                freed.append(waiting.task)
        if freed:
            self._ranges = [entry for entry in self._ranges if entry[2].missing > 0]
        return freed


def _number(key: str) -> int | None:
    """The number whose plain decimal form is the id, or None."""
    try:
        number = int(key)
    except ValueError:
        return None
    return number if str(number) == key else None
