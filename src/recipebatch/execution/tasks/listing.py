"""Lists the tasks of a run: asked of the service as far as they may still change, else read from the run's record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError
from recipebatch.execution.recorded_plan import plan_of_record
from recipebatch.execution.resources.labelled_plan import labelled_plan
from recipebatch.execution.tasks.rows import BLOCKED, FAILED, SUCCEEDED, TaskQuery, TaskRow, in_order
from recipebatch.phases import PURGE, SUBMIT, added_task, seen_task
from recipebatch.runs import DONE, TaskHistory, TaskRecord
from recipebatch.vocabulary.limits import MAX_PAGE_SIZE
from recipebatch.vocabulary.states import JobState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from recipebatch.execution.open_account import Services
    from recipebatch.execution.recorded_plan import RecordedRun
    from recipebatch.service import BatchService, JobSnapshot

_SCHEDULED_JOBS = 10
"""The newest jobs of a schedule whose tasks are listed."""

_SCHEDULED_TASKS = 1000
"""The tasks of each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskList:
    """The tasks of a run that were asked for.

    Attributes:
        rows: in the order that was asked for, up to the limit.
        matching: how many fit what was asked for; None where not all were looked at, as the list was full before.
        counts: all tasks of the run by their state.
        longest: of those that fit, the one whose last try ran longest; None where not all were looked at.
        from_record: those of jobs that are gone or have ended come from the run's record.
        from_service: those of other jobs were asked of the service.
        recorded_at: when the oldest of the record's were looked at; None if none are from it, or nobody looked yet.
        unknown: jobs of which nothing is known: neither the service nor the record has them.
    """

    rows: tuple[TaskRow, ...]
    matching: int | None
    counts: Mapping[str, int]
    longest: TaskRow | None = None
    from_record: bool = False
    from_service: bool = False
    recorded_at: datetime | None = None
    unknown: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """All tasks of the run."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A job of the run.

    Attributes:
        name: in the recipe.
        known: what is known of its tasks without asking, by id.
        is_schedule: it is a job schedule.
    """

    name: str
    id: str
    known: Mapping[str, TaskRecord]
    is_schedule: bool = False


@dataclass(slots=True)
class _Look:
    """What was found while tasks were listed."""

    counts: Counter[str] = field(default_factory=Counter)
    from_record: bool = False
    from_service: bool = False
    recorded: list[datetime | None] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def list_run_tasks(
    services: Services,
    recorded: RecordedRun,
    query: TaskQuery,
    *,
    now: datetime,
    sort: str | None = None,
    reverse: bool = False,
    limit: int | None = None,
) -> TaskList:
    """The tasks of a run that fit a query.

    Without `sort` they come by job and id, and the service is asked for no more than the limit needs.

    Args:
        services: the account of the run.
        recorded: the run.
        query: which tasks.
        now: for how long those that have not ended wait and run.
        sort: a key of `SORT_KEYS`.
        reverse: the other way round.
        limit: at most so many; None is all.
    """
    record = recorded.record
    history = services.store.task_history(record.run_id)
    batch = None if record.state_of(PURGE.name) == DONE else services.batch
    jobs = _jobs(services, recorded, history, asks=batch is not None)
    again = [task for task in history.records if task.tried_again]
    earlier = Counter[tuple[str, str]]()
    for task in again:
        earlier[task.job, task.task_id] += task.tries
    look = _Look()
    paged = sort is None and not reverse and limit is not None
    listed = _rows(jobs, history, batch, query, now, look, page=limit if paged else None)
    rows = (
        replace(row, earlier=earlier[row.record.job, row.record.task_id]) if earlier else row
        for row in listed
        if not row.record.tried_again
    )
    fitting = (row for row in rows if query.fits(row))
    found = list(islice(fitting, limit + 1)) if paged and limit is not None else list(fitting)
    is_whole = not paged or len(found) <= (limit or 0)
    if not is_whole or (batch is not None and (query.states or query.since is not None)):
        look.counts = _counts(jobs, history, batch, now)
    ran = [row for row in found if row.ran is not None] if is_whole else []
    shown = found if sort is None else in_order(found, sort, reverse=reverse)
    shown = shown[::-1] if sort is None and reverse else shown
    times = [time for time in look.recorded if time is not None]
    return TaskList(
        rows=tuple(shown if limit is None else shown[:limit]),
        matching=len(found) if is_whole else None,
        counts=dict(look.counts),
        longest=max(ran, key=lambda row: row.ran or now - now, default=None),
        from_record=look.from_record,
        from_service=look.from_service,
        recorded_at=min(times, default=None),
        unknown=tuple(look.unknown),
    )


def _jobs(services: Services, recorded: RecordedRun, history: TaskHistory, *, asks: bool) -> list[_Job]:
    """The jobs of a run with what is known of their tasks: of the record if it knows all, else of the plan."""
    known: dict[tuple[str, str], dict[str, TaskRecord]] = {}
    for task in history.records:
        known.setdefault((task.job, task.job_id), {})[task.task_id] = task
    of_record = [_Job(name=name, id=job_id, known=tasks) for (name, job_id), tasks in known.items()]
    if not asks or _knows_all(recorded, {name for name, _ in known}):
        return of_record
    record = recorded.record
    plan = labelled_plan(record, services.batch, services.blobs) if recorded.why_no_plan() else plan_of_record(record)
    jobs = []
    for job in plan.jobs:
        name = job.retry_of or job.logical
        planned = {str(task.id): added_task(job, task) for task in job.tasks or ()}
        tasks = planned | known.get((name, str(job.id)), {})
        jobs.append(_Job(name=name, id=str(job.id), known=tasks, is_schedule=job.schedule is not None))
    there = {job.id for job in jobs}
    # Of a schedule the record has the jobs that it made.
    return jobs + [job for job in of_record if job.id not in there]


def _knows_all(recorded: RecordedRun, known: set[str]) -> bool:
    """Whether the record names all tasks of all jobs of the recipe: then the plan need not be made."""
    if not known or recorded.record.state_of(SUBMIT.name) != DONE:
        return False
    try:
        jobs = recorded.recipe.jobs
    except RecipeBatchError:
        return False  # it is refused by now
    return all(job.logical in known and job.schedule is None and job.job_manager_task is None for job in jobs)


def _rows(
    jobs: Sequence[_Job],
    history: TaskHistory,
    batch: BatchService | None,
    query: TaskQuery,
    now: datetime,
    look: _Look,
    *,
    page: int | None,
) -> Iterator[TaskRow]:
    """The tasks of all jobs, job by job, as far as they are asked for; what the service can filter it filters."""
    listed = set[str]()
    for job in jobs:
        if job.id in listed:
            continue
        made = batch.jobs_of_schedule(job.id)[-_SCHEDULED_JOBS:] if job.is_schedule and batch is not None else ()
        for each in made:
            listed.add(each.id)
            yield from _of_service(replace(job, id=each.id), each, batch, query, now, look, most=_SCHEDULED_TASKS)
        if job.is_schedule:
            continue
        seen = None if batch is None else batch.get_job(job.id)
        if seen is None or batch is None or _is_final(job, seen, history):
            yield from _of_record(job, history, now, look, is_gone=seen is None)
        else:
            yield from _of_service(job, seen, batch, query, now, look, page=page)


def _of_record(job: _Job, history: TaskHistory, now: datetime, look: _Look, *, is_gone: bool) -> Iterator[TaskRow]:
    at = history.jobs_seen.get(job.id)
    recorded = [task for task in job.known.values() if at is not None or not is_gone]
    if not recorded:
        look.unknown.append(job.id)
        return
    look.from_record = True
    look.recorded.append(at)
    for task in sorted(recorded, key=lambda task: task.task_id.casefold()):
        row = TaskRow(record=task, seen=at or now)
        look.counts[row.state] += not task.tried_again
        yield row


def _of_service(
    job: _Job,
    seen: JobSnapshot,
    batch: BatchService | None,
    query: TaskQuery,
    now: datetime,
    look: _Look,
    *,
    page: int | None = None,
    most: int | None = None,
) -> Iterator[TaskRow]:
    if batch is None:
        return
    look.from_service = True
    # By the rest of the query the service finds no tasks.
    is_all_asked = not (query.templates or query.items or query.nodes or query.causes)
    size = page + 1 if page is not None and is_all_asked else MAX_PAGE_SIZE
    listed = batch.find_tasks(job.id, states=_states(query), changed_since=query.since, page=size)
    for task in islice(listed, most):
        known = job.known.get(task.id) or TaskRecord(job=job.name, job_id=job.id, task_id=task.id, state=task.state)
        record = known.then(seen_task(known, task, seen.pool_id or known.pool_id))
        if known.cause and known.began == record.began and known.ended == record.ended and not record.cause:
            # What a watch found beside the word of the service: it waits in vain, or its output is missing.
            record = replace(record, cause=known.cause, code=known.code)
        row = TaskRow(record=record, seen=now)
        look.counts[row.state] += not record.tried_again
        yield row


def _states(query: TaskQuery) -> tuple[str, ...]:
    """The states to ask the service for; empty is all. It does not know who waits in vain."""
    by_service = {*TaskState, SUCCEEDED, FAILED}
    return tuple(sorted(query.states)) if query.states and query.states <= by_service else ()


def _is_final(job: _Job, seen: JobSnapshot, history: TaskHistory) -> bool:
    """Whether the record was made after the job had completed: none of its tasks changes any more."""
    at = history.jobs_seen.get(job.id)
    return seen.state == JobState.COMPLETED and seen.ended is not None and at is not None and at >= seen.ended


def _counts(jobs: Sequence[_Job], history: TaskHistory, batch: BatchService | None, now: datetime) -> Counter[str]:
    """All tasks by their state, without listing them."""
    counts = Counter[str]()
    for job in jobs:
        seen = None if job.is_schedule or batch is None else batch.get_job(job.id)
        if seen is None and job.id not in history.jobs_seen:
            continue  # it is gone, and nobody looked at it: its tasks are unknown
        if seen is None or batch is None or _is_final(job, seen, history):
            counts.update(TaskRow(record=task, seen=now).state for task in job.known.values() if not task.tried_again)
            continue
        totals = batch.task_totals(job.id)
        again = sum(task.tried_again for task in job.known.values())
        # Who waits in vain only the record knows.
        in_vain = sum(TaskRow(record=task, seen=now).state == BLOCKED for task in job.known.values())
        blocked = min(in_vain, totals.active)
        counts.update(
            {
                TaskState.ACTIVE.value: totals.active - blocked,
                BLOCKED: blocked,
                TaskState.RUNNING.value: totals.running,
                SUCCEEDED: totals.succeeded,
                FAILED: max(0, totals.failed - again),
            }
        )
    return +counts
