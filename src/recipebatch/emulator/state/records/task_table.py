"""The tasks of one job with their indexes, so that no operation scans all of them.

Counts are maintained incrementally. Tasks are indexed by id, by state, and by the time of their last change of state;
tasks that are ready to run are in queues by the number of slots they need.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from itertools import filterfalse, islice, takewhile
from typing import TYPE_CHECKING

from recipebatch.vocabulary.states import TaskResult, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.emulator.state.records.task import TaskRecord


class TaskTable:
    """The tasks of one job."""

    def __init__(self) -> None:
        self._tasks: dict[str, TaskRecord] = {}
        self._by_state: dict[TaskState, dict[str, TaskRecord]] = {state: {} for state in TaskState}
        self._slots: dict[TaskState, int] = dict.fromkeys(TaskState, 0)
        self._results: dict[TaskResult, tuple[int, int]] = dict.fromkeys(TaskResult, (0, 0))
        # Insertion order is the order of the last change of state: a changed task is moved to the end.
        self._changes: dict[str, TaskRecord] = {}
        self._ready: dict[int, deque[TaskRecord]] = {}
        self._keys: list[str] = []
        self._keys_sorted = True

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[TaskRecord]:
        return iter(self._tasks.values())

    def get(self, key: str) -> TaskRecord | None:
        """The task with that id in lower case."""
        return self._tasks.get(key)

    def add(self, task: TaskRecord) -> None:
        """Add a task with a new id."""
        key = task.key
        self._tasks[key] = task
        self._keys_sorted = self._keys_sorted and (not self._keys or self._keys[-1] < key)
        self._keys.append(key)
        self._enter(key, task)
        if task.state is TaskState.ACTIVE and not task.blocked:
            self.make_ready(task)

    def remove(self, task: TaskRecord) -> None:
        """Remove a task."""
        key = task.key
        self._leave(key, task)
        del self._tasks[key]
        self._sort()
        index = bisect_right(self._keys, key) - 1
        del self._keys[index]
        task.queued = False

    def leave(self, task: TaskRecord) -> None:
        """Remove the task from counts and indexes; call before its state or result changes, and `enter` after."""
        self._leave(task.key, task)

    def enter(self, task: TaskRecord) -> None:
        """Add the task to counts and indexes again."""
        self._enter(task.key, task)

    def make_ready(self, task: TaskRecord, *, first: bool = False) -> None:
        """Queue the task; with `first` before the others, as for a task that has already run."""
        if task.queued:
            return
        task.queued = True
        queue = self._ready.setdefault(task.slots, deque())
        if first:
            queue.appendleft(task)
        else:
            queue.append(task)

    def take(self, task: TaskRecord) -> None:
        """Remove the task from its queue, because it got its slots; it is nearly always the first one."""
        queue = self._ready[task.slots]
        if queue[0] is task:
            queue.popleft()
        else:
            queue.remove(task)
        task.queued = False

    def ready(self, limit: int, cannot_run: Callable[[TaskRecord], bool] | None = None) -> list[TaskRecord]:
        """The queued tasks in order of addition, at most `limit` for each number of required slots.

        Args:
            limit: maximum number of tasks for each number of slots.
            cannot_run: predicate for tasks to skip; they stay queued.
        """
        found: list[TaskRecord] = []
        for slots in list(self._ready):
            queue = self._ready[slots]
            while queue and not _waits(queue[0]):
                queue.popleft().queued = False
            if not queue:
                del self._ready[slots]
                continue
            waiting = filter(_waits, queue)
            found.extend(islice(waiting if cannot_run is None else filterfalse(cannot_run, waiting), limit))
        if len(self._ready) > 1:
            found.sort(key=lambda task: task.seq)
        return found

    def in_state(self, state: TaskState) -> list[TaskRecord]:
        """The tasks in one state, in no particular order."""
        return list(self._by_state[state].values())

    def count(self, state: TaskState) -> int:
        """The number of tasks in one state."""
        return len(self._by_state[state])

    def slots(self, state: TaskState) -> int:
        """The total number of slots required by the tasks in one state."""
        return self._slots[state]

    def results(self, result: TaskResult) -> tuple[int, int]:
        """The number of completed tasks with that result, and the total of their required slots."""
        return self._results[result]

    @property
    def all_completed(self) -> bool:
        """Whether all tasks are completed; true if there are none."""
        return len(self._by_state[TaskState.COMPLETED]) == len(self._tasks)

    def changed_since(self, moment: int) -> list[TaskRecord]:
        """The tasks whose state changed at that moment or later; takes time proportional to their number."""
        found = []
        for task in reversed(self._changes.values()):
            if task.state_time < moment:
                break
            found.append(task)
        return found

    def unchanged_since(self, moment: int) -> Iterator[TaskRecord]:
        """The tasks whose state changed at that moment or earlier, the oldest change first."""
        return takewhile(lambda task: task.state_time <= moment, self._changes.values())

    def after(self, key: str) -> Iterator[TaskRecord]:
        """All tasks whose id in lower case is greater than `key`, in that order."""
        self._sort()
        for other in islice(self._keys, bisect_right(self._keys, key), None):
            yield self._tasks[other]

    def _sort(self) -> None:
        if not self._keys_sorted:
            self._keys.sort()
            self._keys_sorted = True

    def _enter(self, key: str, task: TaskRecord) -> None:
        self._by_state[task.state][key] = task
        self._slots[task.state] += task.slots
        self._changes[key] = task
        if task.result is not None:
            tasks, slots = self._results[task.result]
            self._results[task.result] = (tasks + 1, slots + task.slots)

    def _leave(self, key: str, task: TaskRecord) -> None:
        del self._by_state[task.state][key]
        self._slots[task.state] -= task.slots
        del self._changes[key]
        if task.result is not None:
            tasks, slots = self._results[task.result]
            self._results[task.result] = (tasks - 1, slots - task.slots)


def _waits(task: TaskRecord) -> bool:
    return task.queued and task.state is TaskState.ACTIVE and not task.blocked
