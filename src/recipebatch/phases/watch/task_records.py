"""Tasks as they are recorded with a run: where and when each ran, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from recipebatch.phases.watch.causes import cause_of_task
from recipebatch.phases.watch.schedules import MAX_JOBS, MAX_TASKS
from recipebatch.runs import TaskRecord, kept_time
from recipebatch.vocabulary.causes import Cause
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob, PlannedTask
    from recipebatch.report import FailedTask
    from recipebatch.service import JobSnapshot, TaskSnapshot

_CODES = {Cause.BLOCKED.value, Cause.OUTPUT_MISSING.value, Cause.START_TASK.value}


def ignore_tasks(_records: Sequence[TaskRecord]) -> None:
    """What is done with the tasks of a watch where no caller asks for them."""


def task_record(
    job: PlannedJob,
    task: TaskSnapshot,
    planned: Mapping[str, PlannedTask],
    pool_id: str | None,
    job_id: str | None = None,
) -> TaskRecord:
    """A task as the service has it now. Pure.

    Args:
        job: of the plan.
        task: of it.
        planned: the tasks of the job that the plan knows, by id.
        pool_id: that the job runs on; None if that is not known.
        job_id: of the job that a schedule made; None is that of the plan.
    """
    known = planned.get(task.id)
    record = TaskRecord(
        job=job.retry_of or job.logical,
        job_id=str(job.id) if job_id is None else job_id,
        task_id=task.id,
        template=known.template if known is not None else "",
        item=known.item if known is not None else "",
        state=task.state,
        tried_again=task.id in job.superseded,
    )
    return seen_task(record, task, pool_id, known)


def seen_task(
    record: TaskRecord, task: TaskSnapshot, pool_id: str | None, planned: PlannedTask | None = None
) -> TaskRecord:
    """What is known of a task, with what the service says of it now. Pure.

    Args:
        record: says which task it is.
        task: as the service has it.
        pool_id: that its job runs on; None if that is not known.
        planned: the task of the plan, whose time limit tells what the service's word does not; None goes by the
            snapshot's.
    """
    ended = task.state == TaskState.COMPLETED
    return replace(
        record,
        state=task.state,
        cause=cause_of_task(task, planned).value if ended and not task.succeeded else "",
        code=task.failure[0] if task.failure is not None else "",
        exit_code=task.exit_code,
        tries=task.retry_count + 1 if task.started else task.retry_count,
        node_id=task.node_id,
        pool_id=pool_id,
        created=kept_time(task.created),
        began=kept_time(task.began),
        ended=kept_time(task.ended),
    )


def added_task(job: PlannedJob, task: PlannedTask) -> TaskRecord:
    """A task that was added to its job, and that nobody has looked at yet. Pure."""
    return TaskRecord(
        job=job.retry_of or job.logical,
        job_id=str(job.id),
        task_id=str(task.id),
        template=task.template,
        item=task.item,
        state=TaskState.ACTIVE,
        tried_again=task.id in job.superseded,
    )


def with_causes(records: Iterable[TaskRecord], failed: Iterable[FailedTask]) -> list[TaskRecord]:
    """Records with what was found to be wrong beside the service's own word: blocked, no node, a missing output. Pure.

    Args:
        records: of the tasks of jobs.
        failed: those of them that failed, as a watch has seen them.
    """
    found = {(task.job_id, task.task_id): task for task in failed if task.cause in _CODES}
    if not found:
        return list(records)
    return [
        replace(record, cause=found[record.key].cause, code=found[record.key].code) if record.key in found else record
        for record in records
    ]


def tasks_now(jobs: Iterable[PlannedJob], context: PhaseContext) -> Iterator[TaskRecord]:
    """The tasks of jobs as the service has them now; of a schedule those of its newest jobs.

    Args:
        jobs: of the plan.
        context: the run at work.
    """
    batch = context.batch
    for job in jobs:
        if job.schedule is not None:
            for made in batch.jobs_of_schedule(job.id)[-MAX_JOBS:]:
                for task in islice(batch.list_tasks(made.id), MAX_TASKS):
                    yield task_record(job, task, {}, made.pool_id, made.id)
        elif (seen := batch.get_job(job.id)) is not None:
            planned = {str(task.id): task for task in job.tasks or ()}
            pool_id = pool_of(job, seen, context)
            for task in batch.list_tasks(job.id):
                yield task_record(job, task, planned, pool_id)


def pool_of(job: PlannedJob, seen: JobSnapshot, context: PhaseContext) -> str | None:
    """The pool that a job runs on; None of one that is made with the job and is not there yet."""
    pool = context.plan.pool(job.pool)
    return seen.pool_id or (None if pool.auto else str(pool.id))
