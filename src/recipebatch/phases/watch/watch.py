"""watch: follow task counts and the tasks that failed until the job completes or a deadline passes; reads only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.errors import RunPausedError, ServiceError, WaitTimeoutError
from recipebatch.phases.outputs import OutputBlobs, outputs_text, promised
from recipebatch.phases.poller import Poller
from recipebatch.phases.provision import formula_failure
from recipebatch.phases.table import UNPAUSE, WATCH
from recipebatch.phases.watch.blocked_tasks import blocked_text, find_blocked_tasks
from recipebatch.phases.watch.causes import no_node_got_ready
from recipebatch.phases.watch.diagnosis import why_waiting
from recipebatch.phases.watch.failed_tasks import BEFORE_ALL, ended_with_job, failed_tasks, failure_text, with_outputs
from recipebatch.phases.watch.schedules import look_at_schedule
from recipebatch.phases.watch.start_tasks import StartTaskWatch
from recipebatch.phases.watch.task_records import ignore_tasks, task_record, with_causes
from recipebatch.phases.watch.totals import sum_of, summary_of, totals_of
from recipebatch.report import FailedTask, PhaseReport, StepReport, TaskTotals
from recipebatch.runs import MAX_KEPT
from recipebatch.vocabulary.causes import STOPPED, Cause
from recipebatch.vocabulary.durations import limit_text
from recipebatch.vocabulary.states import ENDED, HELD, JobState, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.phases.outputs import PromisedOutput
    from recipebatch.plan.model import PlannedJob
    from recipebatch.report import ProgressBar
    from recipebatch.runs import TaskRecord
    from recipebatch.service import BatchService, JobSnapshot, TaskSnapshot

# The stderr of a few failed tasks helps; that of a thousand does not.
MAX_STDERR = 5
# Without a running task for so long, the wait says why.
_STUCK_AFTER = timedelta(seconds=15)
_RUNNING_ON = "the tasks continue to run: watch again, or purge to stop them"
_WAITING_ON = "the tasks stay in their job: watch again, or purge to end them"
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

    def look(self, bar: ProgressBar) -> tuple[JobSnapshot, TaskTotals]:
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
        failures = f", {totals.failed} failed" if totals.failed else ""
        bar.update(
            totals.succeeded + totals.failed,
            total=totals.total,
            text=f"{totals.active} active, {totals.running} running, {totals.succeeded} succeeded{failures}",
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

    def _report_failures(self) -> None:
        latest = self._since
        seen = list(self._context.batch.list_tasks(self.job.id, failed_since=self._since))
        known = len(self.failed)
        for number, failure in enumerate(self._add(seen), start=known):
            self._context.progress.say(failure_text(failure, output=number < MAX_STDERR))
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


def watch_jobs(
    context: PhaseContext,
    *,
    limit: timedelta | None,
    jobs: Sequence[PlannedJob] | None = None,
    outputs: OutputBlobs | None = None,
    on_failures: Callable[[Sequence[FailedTask]], None] = ignore,
    on_end: Callable[[Sequence[TaskRecord]], None] = ignore_tasks,
) -> PhaseReport:
    """Watch jobs until all their tasks have completed, or none of the remaining ones can start.

    Args:
        context: the run at work.
        limit: how long at most; None is no limit.
        jobs: those to follow; None is all of the plan.
        outputs: what is there of their outputs, looked at when all have ended; None looks itself.
        on_failures: is given failed tasks when they are first seen.
        on_end: is given all tasks of the jobs when they have ended.

    Raises:
        WaitTimeoutError: the limit was reached; the tasks continue.
        RunPausedError: a job is disabled.
        ServiceError: a job does not exist.
    """
    poller = Poller(context, limit=limit)
    chosen = context.plan.jobs if jobs is None else jobs
    looks = [look_at_schedule(job, context, on_failures) for job in chosen if job.schedule is not None]
    scheduled = tuple(look.text for look in looks)
    of_schedules = tuple(task for look in looks for task in look.failed)
    watches = [JobWatch(job, context, on_failures) for job in chosen if job.schedule is None]
    if not watches:
        return PhaseReport(phase=WATCH.name, summary="; ".join(scheduled), failed_tasks=of_schedules)
    for followed in watches:
        _follow(followed, poller, context, limit)
    concluded = [followed.conclude() for followed in watches]
    outputs = outputs or OutputBlobs(context)
    missing = outputs.missing([each for followed in watches for each in promised(followed.job, followed.succeeded)])
    lost = _without_outputs(missing, watches, context.batch)
    for number, task in enumerate(lost):
        context.progress.say(failure_text(task, output=number < MAX_STDERR))
    if lost:
        on_failures(lost)
    # A task whose output is gone has not done its work, whatever its exit code says.
    totals = sum_of(total for total, _ in concluded)
    totals = replace(totals, succeeded=totals.succeeded - len(lost), failed=totals.failed + len(lost))
    failed = (*(task for _, tasks in concluded for task in tasks), *lost)
    on_end(with_causes([record for followed in watches for record in followed.records], failed))
    steps = tuple(
        StepReport(action="watched", kind="job", name=followed.job.id, count=total.total)
        for followed, (total, _) in zip(watches, concluded, strict=True)
    )
    return PhaseReport(
        phase=WATCH.name,
        summary=summary_of(totals, failed) + (f"; {outputs_text(missing)}" if missing else ""),
        steps=steps,
        failed_tasks=(*failed, *of_schedules),
        totals=totals,
        notes=(
            *scheduled,
            *(followed.blocked for followed in watches if followed.blocked),
            *_failing_formulas(watches, context),
        ),
        stopped=any(followed.stopped for followed in watches),
    )


def _failing_formulas(watches: Sequence[JobWatch], context: PhaseContext) -> Iterator[str]:
    """The pools whose formula fails when the tasks have ended: nothing but a command removes their nodes."""
    for name in dict.fromkeys(followed.job.pool for followed in watches):
        pool = context.plan.pool(name)
        seen = None if pool.auto or pool.existing else context.batch.get_pool(pool.id)
        if seen is not None and (failing := formula_failure(seen)):
            yield f"warning: {failing}"


def _without_outputs(
    missing: Iterable[PromisedOutput], watches: Sequence[JobWatch], batch: BatchService
) -> list[FailedTask]:
    """The tasks that succeeded, and whose promised outputs are not in their containers."""
    lost: dict[tuple[str, str], list[PromisedOutput]] = {}
    for output in missing:
        lost.setdefault((output.job, output.task), []).append(output)
    items = {str(followed.job.id): followed.item_of for followed in watches}
    found = [
        FailedTask(
            job_id=job,
            task_id=task,
            item=items[job](task),
            exit_code=0,
            code="OutputMissing",
            message="; ".join(map(str, outputs)),
            cause=Cause.OUTPUT_MISSING.value,
        )
        for (job, task), outputs in lost.items()
    ]
    return with_outputs(found, batch, MAX_KEPT)


def _follow(followed: JobWatch, poller: Poller, context: PhaseContext, limit: timedelta | None) -> None:
    bar = context.progress.bar(f"tasks of {followed.job.id}", total=len(followed.job.tasks or ()), unit="tasks")
    before = TaskTotals()
    try:
        while True:
            seen, totals = followed.look(bar)
            context.node_watch.look(context)
            if seen.state in ENDED:
                return
            if seen.state in HELD:
                raise RunPausedError(
                    f"job {seen.id} is {seen.state}: none of its tasks starts",
                    hint=f"enable it: recipebatch {UNPAUSE} {context.run_option}",
                )
            # A job that does not end by itself (it was submitted only in part) has ended when all its tasks have.
            unfinished = totals.active + totals.running
            whole = totals.total >= len(followed.job.tasks or ())
            if totals.total and whole and not unfinished and seen.all_tasks_complete_mode != "terminatejob":
                return
            stands = totals == before and not totals.running and totals.failed
            if stands and totals.active and whole and seen.state == JobState.ACTIVE and followed.all_blocked():
                return
            if limit is not None and poller.timed_out:
                why = "" if totals.running else followed.why_stuck(seen.pool_id)
                raise WaitTimeoutError(
                    f"job {followed.job.id}: {unfinished} of {totals.total} tasks unfinished after "
                    f"{poller.elapsed:.0f} s (the limit is {limit_text(limit)})"
                    + (f"; no task is running: {why}" if why else ""),
                    hint=_RUNNING_ON if totals.running else _WAITING_ON,
                )
            poller.wait(changed=totals != before)
            before = totals
    finally:
        bar.close()
