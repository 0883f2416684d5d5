"""submit: create the job, add its tasks in parallel chunks, count them, then let the job end with its last task."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError
from recipebatch.phases.job_control.job_quota import create_when_there_is_room
from recipebatch.phases.parallel import map_concurrently
from recipebatch.phases.poller import Poller
from recipebatch.phases.provision import extend_pool_expiry, node_agent_sku
from recipebatch.phases.table import SUBMIT
from recipebatch.report import Amount, PhaseReport, StepReport
from recipebatch.runs import labels, run_option
from recipebatch.vocabulary.limits import MAX_TASKS_PER_COLLECTION
from recipebatch.vocabulary.states import CLOSED, ENDED, JobState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob, PlannedTask
    from recipebatch.service import JobSnapshot, TaskAddResult

WORKERS = 4
ROOM_LIMIT = timedelta(minutes=30)
"""How long `submit` waits for room for another job in the account."""

# Items that failed because of the service, not of the recipe, are retried for this long.
_RETRY_LIMIT = timedelta(minutes=2)


def decide(
    job: PlannedJob, seen: JobSnapshot | None, present: Collection[str], account: str | None = None
) -> tuple[PlannedTask, ...]:
    """The tasks that are still to be added; `account`: what a hint must name. Pure.

    Raises:
        ServiceError: a job with that id exists that this run did not create, or it accepts no more tasks.
    """
    tasks = job.tasks or ()
    if seen is None:
        return tasks
    check_owner("job", job, seen.metadata, account)
    if seen.state == JobState.DELETING:
        raise ServiceError(f"job {job.id} is being deleted", hint="try again when it is deleted")
    missing = tuple(task for task in tasks if task.id not in present)
    if missing and seen.state in CLOSED:
        reason = f" ({seen.termination_reason})" if seen.termination_reason else ""
        raise ServiceError(
            f"job {job.id} is {seen.state}{reason} and lacks {len(missing)} of its {len(tasks)} tasks",
            hint="purge this run and start another one",
        )
    return missing


def ends_with_its_tasks(job: PlannedJob, seen: JobSnapshot | None) -> bool:
    """Whether the service is yet to be told that a job ends with its last task. Pure."""
    mode = "terminatejob"
    return job.on_all_tasks_complete == mode and (seen is None or seen.all_tasks_complete_mode != mode)


def check_job_ids(context: PhaseContext) -> None:
    """Look, before pools are made, whether jobs with ids of the recipe's own exist that belong to others.

    Raises:
        ServiceError: one exists that this run did not create.
    """
    for job in context.plan.jobs:
        if str(context.plan.run_id) in job.id:
            continue
        kind = "job" if job.schedule is None else "job schedule"
        seen = context.batch.get_job(job.id) if job.schedule is None else context.batch.get_job_schedule(job.id)
        if seen is not None:
            check_owner(kind, job, seen.metadata, context.account)


def submit_jobs(
    context: PhaseContext, *, jobs: Sequence[PlannedJob] | None = None, room_limit: timedelta = ROOM_LIMIT
) -> PhaseReport:
    """Create the plan's jobs with all their tasks; safe to run again: existing tasks are skipped.

    Args:
        context: the run at work.
        jobs: those that may be submitted now; None is all of the plan.
        room_limit: how long to wait for room for another job in the account, at most.

    Raises:
        ServiceError: the service refused a task, or the number of tasks is not right in the end.
    """
    steps: list[StepReport] = []
    total = 0
    for job in context.plan.jobs if jobs is None else jobs:
        if job.schedule is not None:
            steps.append(_submit_schedule(job, context, room_limit))
            continue
        steps += _submit_job(job, context, room_limit)
        total += len(job.tasks or ())
    added = sum(step.count for step in steps if step.kind == "task" and step.action == "added")
    schedules = sum(step.kind == "job schedule" and step.action == "created" for step in steps)
    summary = f"{_tasks(added)} added" if added else "nothing to add"
    if schedules:
        summary = f"{schedules} job schedule{'s' if schedules > 1 else ''} created"
    if total > added:
        summary += f", {_tasks(total - added)} already there"
    return PhaseReport(phase=SUBMIT.name, summary=summary, steps=tuple(steps))


def check_owner(kind: str, job: PlannedJob, metadata: Mapping[str, str], account: str | None) -> None:
    """Refuse a job or job schedule that another run or client made."""
    if metadata.get(labels.RUN) != dict(job.metadata).get(labels.RUN):
        raise ServiceError(
            f"{kind} {job.id} exists and does not belong to this run", hint=_whose(kind, metadata, account)
        )


def _whose(kind: str, metadata: Mapping[str, str], account: str | None) -> str:
    """What to do about a job that another run made, or another client."""
    owner = metadata.get(labels.RUN)
    if owner is None:
        return f"delete that {kind}, or give this recipe's job another id"
    purge = f"recipebatch purge {run_option(owner, account)}"
    return f"it belongs to run {owner}, and {purge} deletes it; or give this recipe's job another id, or none"


def _tasks(count: int) -> str:
    return f"{count} task" if count == 1 else f"{count} tasks"


def _submit_job(job: PlannedJob, context: PhaseContext, room_limit: timedelta) -> list[StepReport]:
    pool = context.plan.pool(job.pool)
    seen = context.batch.get_job(job.id)
    present = context.batch.list_task_ids(job.id) if seen is not None else frozenset[str]()
    missing = decide(job, seen, present, context.account)
    steps: list[StepReport] = []
    if seen is None:
        create = partial(context.batch.create_job, job, pool=pool, agent=_agent(job, context), access=context.access)
        created = create_when_there_is_room(create, context, room_limit)
        steps.append(StepReport(action="created" if created else "kept", kind="job", name=job.id))
    else:
        steps.append(StepReport(action="kept", kind="job", name=job.id))
    if seen is None or seen.state not in ENDED:
        # After the job is made: a pool that lost its nodes while there was no room for the job gets them back.
        extend_pool_expiry(context, [pool])
    if missing:
        _add(job, missing, context)
        _verify(job, context)
    if ends_with_its_tasks(job, seen):
        context.batch.end_job_when_tasks_complete(job.id)
    if missing:
        steps.append(StepReport(action="added", kind="task", name=job.id, count=len(missing)))
    return steps


def _submit_schedule(job: PlannedJob, context: PhaseContext, room_limit: timedelta) -> StepReport:
    seen = context.batch.get_job_schedule(job.id)
    if seen is not None:
        check_owner("job schedule", job, seen.metadata, context.account)
    create = partial(
        context.batch.create_job_schedule,
        job,
        pool=context.plan.pool(job.pool),
        agent=_agent(job, context),
        access=context.access,
    )
    created = seen is None and create_when_there_is_room(create, context, room_limit)
    extend_pool_expiry(context, [context.plan.pool(job.pool)])
    return StepReport(action="created" if created else "kept", kind="job schedule", name=job.id)


def _agent(job: PlannedJob, context: PhaseContext) -> str | None:
    """The node agent of a pool that is made with the job."""
    if job.auto_pool is None:
        return None
    return node_agent_sku(context.plan.pool(job.pool), context.batch.supported_images())


def _add(job: PlannedJob, tasks: Sequence[PlannedTask], context: PhaseContext) -> None:
    done = 0

    def tell(*, ended: bool = False) -> None:
        what = f"tasks added to {job.logical}"
        context.progress.tell(Amount(what=what, done=done, total=len(tasks), unit="tasks", ended=ended))

    try:
        starts = range(0, len(tasks), MAX_TASKS_PER_COLLECTION)
        chunks = [tasks[start : start + MAX_TASKS_PER_COLLECTION] for start in starts]
        for count in map_concurrently(chunks, lambda chunk: _add_chunk(job, chunk, context), workers=WORKERS):
            done += count
            tell()
    finally:
        tell(ended=True)


def _add_chunk(job: PlannedJob, chunk: Sequence[PlannedTask], context: PhaseContext) -> int:
    """Add up to 100 tasks; every item's own result counts, not the request's status."""
    poller = Poller(context, limit=_RETRY_LIMIT)
    waiting = list(chunk)
    while True:
        results = {result.task_id: result for result in context.batch.add_tasks(job.id, waiting, access=context.access)}
        refused = [
            result for result in results.values() if not (result.added or result.already_there or result.retryable)
        ]
        if refused:
            raise _refusal(job, refused)
        waiting = [task for task in waiting if task.id not in results or results[task.id].retryable]
        if not waiting:
            return len(chunk)
        if poller.timed_out:
            raise ServiceError(
                f"job {job.id}: the service did not add {len(waiting)} tasks, {waiting[0].id} first",
                hint="submit again: it adds the missing tasks",
            )
        poller.wait(changed=False)


def _refusal(job: PlannedJob, refused: Sequence[TaskAddResult]) -> ServiceError:
    first = refused[0]
    code, message = first.error or ("Unknown", "")
    more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
    return ServiceError(
        f"job {job.id}: the service refused task {first.task_id}: {message} ({code}){more}",
        hint="the job stays active with the tasks added so far: fix the recipe, then purge this run",
    )


def _verify(job: PlannedJob, context: PhaseContext) -> None:
    """Check that all tasks exist: a successful response is not enough."""
    wanted = {str(task.id) for task in job.tasks or ()}
    lost = wanted - context.batch.list_task_ids(job.id)
    if lost:
        raise ServiceError(
            f"job {job.id} lacks {len(lost)} of its {len(wanted)} tasks, {min(lost)} first",
            hint="submit again: it adds the missing tasks",
        )
