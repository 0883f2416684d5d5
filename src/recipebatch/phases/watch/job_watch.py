"""JobWatch: one job while it is watched, and what has been told of it already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError
from recipebatch.phases.watch.blocked_tasks import blocked_text, find_blocked_tasks
from recipebatch.phases.watch.causes import no_node_got_ready
from recipebatch.phases.watch.diagnosis import why_waiting
from recipebatch.phases.watch.failed_tasks import BEFORE_ALL, ended_with_job, failed_tasks
from recipebatch.phases.watch.start_tasks import StartTaskWatch
from recipebatch.phases.watch.task_records import task_record
from recipebatch.phases.watch.template_counts import TemplateWatch
from recipebatch.phases.watch.totals import totals_of
from recipebatch.report import FailedTask, TaskCounts, TaskFailed
from recipebatch.runs import MAX_KEPT
from recipebatch.vocabulary.causes import STOPPED, Cause
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob
    from recipebatch.report import TaskTotals
    from recipebatch.runs import TaskRecord
    from recipebatch.service import JobSnapshot, TaskSnapshot

# Without a running task for so long, the wait says why.
_STUCK_AFTER = timedelta(seconds=15)
# Node and service clocks differ; a task that was seen is not reported twice.
_OVERLAP = timedelta(seconds=30)


def ignore(_failures: Sequence[FailedTask]) -> None:
    """What is done with failures as they are seen, where no caller asks for them."""


class JobWatch:
    """One job while it is watched; remembers what it has reported already."""

    def __init__(
        self, job: PlannedJob, context: PhaseContext, on_failures: Callable[[Sequence[FailedTask]], None] = ignore
    ) -> None:
        self.job = job
        self._on_failures = on_failures
        self._start_tasks = StartTaskWatch(job, context, on_failures)
        self.failed: dict[str, FailedTask] = {}
        self._context = context
        self._since = BEFORE_ALL
        self._idle_since = context.clock.monotonic()
        self._said_stuck = ""
        self._planned = {str(task.id): task for task in job.tasks or ()}
        self._templates = TemplateWatch(job, context, _OVERLAP)
        self.blocked = ""
        self._ended_by: str | None = None
        self._pool_id: str | None = None
        self.succeeded: frozenset[str] = frozenset()
        self.records: list[TaskRecord] = []

    @property
    def stopped(self) -> bool:
        """`recipebatch stop` ended the job."""
        return self._ended_by == STOPPED

    def all_blocked(self) -> bool:
        """Every remaining task depends on one that failed: none of them can start."""
        if not self.job.uses_task_dependencies:
            return False
        tasks = list(self._context.batch.list_tasks(self.job.id))
        found = find_blocked_tasks(self.job.tasks or (), tasks)
        left = {task.id for task in tasks if task.state != TaskState.COMPLETED}
        if not left or left - set(found):
            return False
        self.blocked = f"job {self.job.id}: {blocked_text(found)}"
        self._context.progress.say(self.blocked)
        return True

    def look(self) -> tuple[JobSnapshot, TaskTotals]:
        """Ask once: the job, its counts, and the tasks that failed since the last time."""
        seen = self._context.batch.get_job(self.job.id)
        if seen is None:
            raise ServiceError(
                f"job {self.job.id} does not exist",
                hint=f"submit it: recipebatch submit {self._context.run_option}",
            )
        self._ended_by, self._pool_id = seen.termination_reason, seen.pool_id
        totals = self._context.batch.task_totals(self.job.id)
        if totals.failed > len(self.failed) + len(self.job.superseded):
            self._report_failures()
        self._start_tasks.look(seen.pool_id, running=bool(totals.running))
        self._context.progress.tell(
            TaskCounts(
                job_id=str(self.job.id),
                job=self.job.logical,
                planned=len(self.job.tasks or ()),
                totals=totals,
                templates=self._templates.look(totals),
            )
        )
        self._say_if_stuck(totals, seen.pool_id)
        return seen, totals

    def conclude(self) -> tuple[TaskTotals, list[FailedTask]]:
        """The basis of the verdict: each task's own result, not the service's counts."""
        everything = list(self._context.batch.list_tasks(self.job.id))
        self.records = [task_record(self.job, task, self._planned, self._pool_id) for task in everything]
        tasks = [task for task in everything if task.id not in self.job.superseded]
        if self.job.uses_task_dependencies:
            for name, cause in find_blocked_tasks(self.job.tasks or (), everything).items():
                if name not in self.job.superseded:
                    self.failed[name] = self._waits(name, cause)
        self.succeeded = frozenset(task.id for task in tasks if task.succeeded)
        self._add(task for task in tasks if not task.succeeded)
        self._explain_never_started()
        # A task that was never added has not succeeded either.
        missing = {str(task.id) for task in self.job.tasks or ()} - {task.id for task in everything}
        totals = totals_of(tasks)
        return (
            replace(totals, active=totals.active + len(missing)),
            [self.failed[name] for name in sorted(self.failed)],
        )

    def _waits(self, name: str, cause: str) -> FailedTask:
        return FailedTask(
            job_id=self.job.id,
            task_id=name,
            exit_code=None,
            code="Blocked",
            message=f"it cannot start: it depends on {cause}, which failed",
            cause=Cause.BLOCKED.value,
            item=self.item_of(name),
        )

    def item_of(self, task: str) -> str:
        """What a task is of in `for_each`; empty without a loop."""
        return self._planned[task].item if task in self._planned else ""

    def _explain_never_started(self) -> None:
        never = [task for task in self.failed.values() if task.cause == Cause.NEVER_STARTED]
        if not never:
            return
        seen = self._context.batch.get_job(self.job.id)
        if self._start_tasks.none_ready or no_node_got_ready(self.job, seen, self._context):
            message = "it never started: the start task failed on all nodes of its pool"
            for task in never:
                self.failed[task.task_id] = replace(task, message=message, cause=Cause.START_TASK.value)

    def template_of(self, task: str) -> str:
        """The task template that a task comes from; empty of one that the plan does not have."""
        return self._planned[task].template if task in self._planned else ""

    def _report_failures(self) -> None:
        latest = self._since
        seen = list(self._context.batch.list_tasks(self.job.id, failed_since=self._since))
        for failure in self._add(seen):
            self._context.progress.tell(TaskFailed(failure=failure, template=self.template_of(failure.task_id)))
        for task in seen:
            if task.state_transition_time is not None:
                latest = max(latest, task.state_transition_time - _OVERLAP)
        self._since = latest

    def _add(self, tasks: Iterable[TaskSnapshot]) -> list[FailedTask]:
        """Keep the failed tasks that were not known before, and tell of them."""
        new = [task for task in tasks if task.id not in self.failed and task.id not in self.job.superseded]
        room = MAX_KEPT - len(self.failed)
        seen = failed_tasks(self.job, new, self._planned, self._context.batch, room)
        found = [ended_with_job(task, self._ended_by) for task in seen]
        self.failed |= {task.task_id: task for task in found}
        if found:
            self._on_failures(found)
        return found

    def _say_if_stuck(self, totals: TaskTotals, pool_id: str | None) -> None:
        now = self._context.clock.monotonic()
        planned = len(self.job.tasks or ())
        if totals.running or not (totals.active or totals.total < planned):
            self._idle_since = now
            self._said_stuck = ""
        elif not totals.active and now - self._idle_since >= _STUCK_AFTER.total_seconds():
            if not self._said_stuck:
                self._said_stuck = f"{totals.total} of {planned} tasks are submitted; submit again to add the others"
                self._context.progress.say(self._said_stuck)
        elif now - self._idle_since >= _STUCK_AFTER.total_seconds():
            reason = self.why_stuck(pool_id)
            if reason and reason != self._said_stuck:
                self._context.progress.say(f"no task is running: {reason}")
                self._said_stuck = reason

    def why_stuck(self, pool_id: str | None) -> str:
        """Why none of the job's tasks runs, in the words of `recipebatch why`."""
        return why_waiting(self.job, pool_id or "", self._context)
