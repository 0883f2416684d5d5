"""retry: which failed tasks are retried, and where: in their own job while it accepts them, else in a new one."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from recipebatch.errors import UsageError
from recipebatch.phases import RETRY, OutputBlobs, cause_of_task, find_blocked_tasks, no_node_got_ready, promised
from recipebatch.plan import Retry, next_number
from recipebatch.report import PhaseReport, StepReport
from recipebatch.text.name_lists import first_names
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.causes import Cause
from recipebatch.vocabulary.states import CLOSED, TaskState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from recipebatch.phases import PhaseContext
    from recipebatch.plan.model import Plan, PlannedJob, PlannedTask
    from recipebatch.service import TaskSnapshot

_WAITING = (Cause.BLOCKED, Cause.NEVER_STARTED, Cause.START_TASK)
_SHOWN = 5
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A task that failed or never ran.

    Attributes:
        job: the newest one it is in.
        job_ended: that job accepts no more tasks.
        state: of the task: `completed`, or `active` when it never ran.
        since: when it entered that state, by the service's clock.
    """

    job: PlannedJob
    job_ended: bool
    task: PlannedTask
    state: str
    since: datetime | None
    exit_code: int | None
    cause: Cause

    @property
    def origin(self) -> str:
        """The name in the recipe of the job it belongs to."""
        return self.job.retry_of or self.job.logical

    @property
    def needs_new_job(self) -> bool:
        """It cannot run again in its own job: that has ended, or the service has the task as succeeded."""
        return self.job_ended or self.cause is Cause.OUTPUT_MISSING


def failures_of(
    job: PlannedJob, *, job_ended: bool, seen: Iterable[TaskSnapshot], lost: Collection[str] = ()
) -> list[Failure]:
    """The tasks of one job that did not do their work, in the order of the plan. Pure.

    A task that waits in a job that goes on may still run; one that can never start because of a failure is `blocked`.

    Args:
        job: of the plan.
        job_ended: it accepts no more tasks.
        seen: its tasks.
        lost: those of them that succeeded, and whose output is missing.
    """
    by_id = {task.id: task for task in seen}
    stopped = find_blocked_tasks(job.tasks or (), by_id.values()) if job.uses_task_dependencies else {}
    found = []
    for task in job.tasks or ():
        there = by_id.get(task.id)
        if task.id in job.superseded or there is None or (there.succeeded and task.id not in lost):
            continue
        if there.succeeded:
            cause = Cause.OUTPUT_MISSING
        elif there.state != TaskState.COMPLETED and str(task.id) in stopped:
            cause = Cause.BLOCKED
        elif there.state == TaskState.COMPLETED or job_ended:
            cause = cause_of_task(there, task)
        else:
            continue
        found.append(
            Failure(
                job=job,
                job_ended=job_ended,
                task=task,
                state=there.state,
                since=there.state_transition_time,
                exit_code=there.exit_code,
                cause=cause,
            )
        )
    return found


class Found(NamedTuple):
    """What a look at the jobs of a run showed.

    Attributes:
        failures: tasks that did not do their work.
        at_work: tasks that are being retried now: the job's name in the recipe, and the id.
    """

    failures: list[Failure]
    at_work: frozenset[tuple[str, str]] = frozenset()


def find(plan: Plan, context: PhaseContext, seen_outputs: Mapping[str, Mapping[str, Any]]) -> Found:
    """Look at all jobs of the run for tasks that did not do their work.

    Args:
        plan: of the run.
        context: the run at work.
        seen_outputs: the blobs that were there when the tasks had ended, as the run's record has them.
    """
    found: list[Failure] = []
    at_work: set[tuple[str, str]] = set()
    outputs = OutputBlobs(context)
    gone = {(blob.job, blob.task) for blob in outputs.gone(seen_outputs)[0]}
    for job in plan.jobs:
        seen = context.batch.get_job(job.id) if job.schedule is None and job.tasks else None
        tasks = list(context.batch.list_tasks(job.id)) if seen is not None else []
        ended = seen is not None and seen.state in CLOSED
        done = frozenset(task.id for task in tasks if task.succeeded)
        lost = {blob.task for blob in outputs.missing(promised(job, done))}
        lost |= {task for of, task in gone if of == job.id and task in done}
        failures = failures_of(job, job_ended=ended, seen=tasks, lost=lost)
        if any(failure.cause is Cause.NEVER_STARTED for failure in failures) and no_node_got_ready(job, seen, context):
            failures = [
                replace(failure, cause=Cause.START_TASK) if failure.cause is Cause.NEVER_STARTED else failure
                for failure in failures
            ]
        found += failures
        if job.retry_of is not None and not ended:
            over = {task.id for task in tasks if task.state == TaskState.COMPLETED}
            at_work |= {
                (job.retry_of, str(task.id)) for task in job.tasks or () if task.id not in over | job.superseded
            }
    return Found(found, frozenset(at_work))


def chosen(found: Found, plan: Plan, *, causes: Collection[str] = (), tasks: Collection[str] = ()) -> list[Failure]:
    """Those that the user asks for; without causes and ids all but those that wait for one that is at work. Pure.

    Raises:
        UsageError: an id is of no task of the run, or of one that has not failed; a task would run without what it
            waits for.
    """
    failures = found.failures
    failed = {str(failure.task.id) for failure in failures}
    known = {str(task.id) for job in plan.jobs for task in job.tasks or ()}
    for name in tasks:
        if name not in known:
            raise UsageError(f"the run has no task {name}", hint=did_you_mean(name, known))
        # Of one that is being retried already, the retry may have been recorded and not begun.
        if name not in failed and name not in {task for _, task in found.at_work}:
            raise UsageError(f"task {name} has not failed: it cannot be retried")
    taken = [
        failure
        for failure in failures
        if (not causes or failure.cause in causes) and (not tasks or str(failure.task.id) in tasks)
    ]
    going = {task for _, task in found.at_work}
    while held := _held_back(taken, found):
        for failure, missing in held:
            if missing not in going:
                message = f"task {failure.task.id} waits for {missing}, which has not succeeded"
                raise UsageError(message, hint=f"retry {missing} with it")
            if failure.task.id in tasks:
                message = f"task {failure.task.id} waits for {missing}, which is being retried"
                raise UsageError(message, hint=f"retry it when {missing} has succeeded")
            going.add(str(failure.task.id))
        taken = _without(taken, held)
    return taken


def due(found: Found, retries: Sequence[Retry]) -> list[Failure]:
    """Those that the recipe says to retry, and what waits only for them in a job that has ended. Pure."""
    tried = Counter((retry.job, task) for retry in retries for task in retry.tasks)
    wanted = [failure for failure in found.failures if _asked_for(failure, tried)]
    jobs = {failure.origin for failure in wanted}
    taken = wanted + [failure for failure in found.failures if failure.cause in _WAITING and failure.origin in jobs]
    while held := _held_back(taken, found):
        taken = _without(taken, held)
    return taken


def _without(taken: Sequence[Failure], held: Sequence[tuple[Failure, str]]) -> list[Failure]:
    left_out = {id(failure) for failure, _ in held}
    return [failure for failure in taken if id(failure) not in left_out]


def _held_back(taken: Sequence[Failure], found: Found) -> list[tuple[Failure, str]]:
    """Tasks of `taken` that never ran and wait for one that has not succeeded and is not taken, each with that one."""
    kept = {(failure.origin, str(failure.task.id)) for failure in taken}
    missing: dict[str, set[str]] = defaultdict(set)
    for origin, task in found.at_work:
        missing[origin].add(task)
    for failure in found.failures:
        if (failure.origin, str(failure.task.id)) not in kept:
            missing[failure.origin].add(str(failure.task.id))
    held = []
    for failure in taken:
        others = missing[failure.origin]
        if others and failure.cause in _WAITING and (name := _waited_for(failure.task, others)) is not None:
            held.append((failure, name))
            others.add(str(failure.task.id))
    return held


def _waited_for(task: PlannedTask, ids: Collection[str]) -> str | None:
    """The first of the ids that the task depends on."""
    if task.depends_on is None:
        return None
    named, ranges = set(task.depends_on.task_ids), task.depends_on.task_id_ranges
    for name in sorted(ids):
        number = int(name) if name.isdecimal() else None
        if name in named or (number is not None and any(start <= number <= end for start, end in ranges)):
            return name
    return None


def _asked_for(failure: Failure, tried: Mapping[tuple[str, str], int]) -> bool:
    rule = failure.task.retry
    if rule is None or failure.cause not in rule.causes:
        return False
    if failure.cause is Cause.EXIT_CODE and rule.exit_codes and failure.exit_code not in rule.exit_codes:
        return False
    return tried.get((failure.origin, str(failure.task.id)), 0) < rule.limit


def decide(failures: Sequence[Failure], retries: Sequence[Retry], plan: Plan) -> list[Retry]:
    """How to retry them: one entry for each job of the recipe, and for each way. Pure."""
    numbers: dict[str, int] = {}
    for retry in retries:
        numbers[retry.job] = max(retry.number, numbers.get(retry.job, 0))
    groups: dict[tuple[str, bool], list[Failure]] = {}
    for failure in failures:
        # What waits in a job that goes on starts by itself once what it waits for has been tried again.
        if failure.job_ended or failure.state == TaskState.COMPLETED:
            groups.setdefault((failure.origin, failure.needs_new_job), []).append(failure)
    found = []
    for (job, needs_new_job), members in groups.items():
        numbers[job] = next_number(plan, job, numbers.get(job, 0))
        # One whose time the service does not tell failed long ago, as far as what comes after it is concerned.
        times = [member.since or _NEVER for member in members]
        found.append(
            Retry(
                job=job,
                number=numbers[job],
                tasks=tuple(str(member.task.id) for member in members),
                failed_by=None if needs_new_job else max(times),
            )
        )
    return found


def to_reactivate(failures: Sequence[Failure], retries: Sequence[Retry]) -> list[Failure]:
    """The failed tasks of jobs that go on whose recorded retry has not been asked for yet. Pure."""
    recorded: dict[tuple[str, str], datetime] = {}
    for retry in retries:
        if retry.failed_by is not None:
            recorded |= {(retry.job, task): retry.failed_by for task in retry.tasks}
    return [
        failure
        for failure in failures
        if not failure.needs_new_job
        and failure.state == TaskState.COMPLETED
        and (failure.origin, str(failure.task.id)) in recorded
        and (failure.since or _NEVER) <= recorded[failure.origin, str(failure.task.id)]
    ]


def retried(entries: Sequence[Retry], plan: Plan) -> PhaseReport:
    """What is retried, and where."""
    steps = []
    for entry in entries:
        wanted = entry.job if entry.failed_by is not None else f"{entry.job}-retry{entry.number}"
        job = next(job for job in plan.jobs if job.logical == wanted)
        steps.append(StepReport(action="retried", kind="task", name=str(job.id), count=len(entry.tasks)))
    total = sum(len(entry.tasks) for entry in entries)
    names = [task for entry in entries for task in entry.tasks]
    where = ", ".join(dict.fromkeys(step.name for step in steps))
    tasks = "1 task" if total == 1 else f"{total:,} tasks"
    return PhaseReport(
        phase=RETRY, summary=f"{tasks} retried ({first_names(names, _SHOWN)}) in {where}", steps=tuple(steps)
    )
