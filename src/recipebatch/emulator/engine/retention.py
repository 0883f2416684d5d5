"""Removes the files of tasks that ended longer ago than their `retentionTime`.

Nearly all tasks have the service's default of seven days: an hourly sweep visits tasks in order of their last change
and stops at the first one that is too young. The few tasks with another `retentionTime` have a timer.
"""

from __future__ import annotations

import asyncio
import heapq
import json
from typing import TYPE_CHECKING

from recipebatch.vocabulary.durations import NO_LIMIT, TICKS_PER_SECOND, parse_ticks
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from recipebatch.emulator.engine.tasks import TaskAttempts
    from recipebatch.emulator.state import Account, AccountRegistry, JobRecord, TaskRecord

_DEFAULT = '"retentionTime":"P7D"'
_DEFAULT_TICKS = parse_ticks("P7D")
_SWEEP_SECONDS = 3600.0


class Retention:
    """The files of the completed tasks of all accounts."""

    def __init__(self, service: AccountRegistry, attempts: TaskAttempts) -> None:
        self._service = service
        self._attempts = attempts
        self._due: list[tuple[int, int, int, Account, JobRecord, TaskRecord]] = []
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Continue with the tasks of an earlier emulator, and schedule the first sweep."""
        for account in self._service.accounts.values():
            for job in account.jobs.values():
                for task in job.tasks.in_state(TaskState.COMPLETED):
                    self.task_completed(account, job, task)
        self._sweep()

    def stop(self) -> None:
        """Cancel the next sweep."""
        if self._timer is not None:
            self._timer.cancel()

    def task_completed(self, account: Account, job: JobRecord, task: TaskRecord) -> None:
        """Schedule the removal for a task whose `retentionTime` differs from the default."""
        if _DEFAULT in task.spec or task.node is None or task.end_time is None:
            return
        retention = parse_ticks(json.loads(task.spec)["constraints"]["retentionTime"])
        if retention < NO_LIMIT:
            due = self._service.clock.later(task.end_time, retention)
            heapq.heappush(self._due, (due, job.seq, task.seq, account, job, task))
            if self._due[0][5] is task:
                self._set_timer()

    def _sweep(self) -> None:
        now = self._service.clock.now()
        while self._due and self._due[0][0] <= now:
            due, _, _, account, job, task = heapq.heappop(self._due)
            # A reactivated task was scheduled again when it ended again; one of the same id may be another task.
            if account.jobs.get(job.key) is not job or job.tasks.get(task.key) is not task:
                continue
            if task.end_time is not None and task.state is TaskState.COMPLETED and task.end_time <= due:
                self._attempts.files.remove(account, job, task)
        for account in self._service.accounts.values():
            for job in account.jobs.values():
                for task in job.tasks.unchanged_since(self._service.clock.later(now, -_DEFAULT_TICKS)):
                    if task.state is TaskState.COMPLETED and _DEFAULT in task.spec:
                        self._attempts.files.remove(account, job, task)
        self._set_timer()

    def _set_timer(self) -> None:
        self.stop()
        seconds = self._service.clock.wait_seconds(_SWEEP_SECONDS * TICKS_PER_SECOND)
        if self._due:
            seconds = max(0.0, min(seconds, (self._due[0][0] - self._service.clock.now()) / TICKS_PER_SECOND))
        self._timer = asyncio.get_running_loop().call_later(seconds, self._sweep)
