"""What submit would do with each job and its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError
from recipebatch.phases.submit import check_owner, decide, ends_with_its_tasks
from recipebatch.report import Action, Change, Difference
from recipebatch.report.changes import JOB, SCHEDULE, TASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob


def job_changes(context: PhaseContext, seen: dict[str, str], *, is_new: Callable[[str], bool]) -> list[Change]:
    """What submit does now, and later with jobs that wait for others.

    Args:
        context: of the run.
        seen: gets what each job was.
        is_new: as of `container_changes`.
    """
    found: list[Change] = []
    for job in context.plan.jobs:
        if job.schedule is not None:
            found.append(_schedule(job, context, seen, is_new=is_new(str(job.id))))
            continue
        found += _job(job, context, seen, is_new=is_new(str(job.id)))
    return found


def kept_jobs(context: PhaseContext, seen: dict[str, str]) -> list[Change]:
    """The jobs of a run that are submitted: nothing is added to them, though one of them may be gone."""
    found: list[Change] = []
    for job in context.plan.jobs:
        if job.schedule is not None:
            there: object = context.batch.get_job_schedule(job.id)
            found.append(_kept(SCHEDULE, job, is_there=there is not None))
            continue
        there = context.batch.get_job(job.id)
        present = context.batch.list_task_ids(job.id) if there is not None else frozenset[str]()
        seen[f"{JOB} {job.id}"] = f"{len(present)} tasks" if there is not None else ""
        found.append(_kept(JOB, job, is_there=there is not None))
        names = tuple(str(task.id) for task in job.tasks or () if str(task.id) in present)
        if names:
            found.append(Change(action=Action.KEEP, kind=TASK, name=str(job.id), names=names))
    return found


def _kept(kind: str, job: PlannedJob, *, is_there: bool) -> Change:
    reason = "submitted before" if is_there else "it is not there any more"
    return Change(action=Action.KEEP, kind=kind, name=str(job.id), reason=reason)


def _schedule(job: PlannedJob, context: PhaseContext, seen: dict[str, str], *, is_new: bool) -> Change:
    there = None if is_new else context.batch.get_job_schedule(job.id)
    seen[f"{SCHEDULE} {job.id}"] = "" if there is None else there.state
    if there is None:
        return Change(action=Action.CREATE, kind=SCHEDULE, name=str(job.id))
    try:
        check_owner(SCHEDULE, job, there.metadata, context.account)
    except ServiceError as error:
        return _conflict(SCHEDULE, job, error)
    return Change(action=Action.KEEP, kind=SCHEDULE, name=str(job.id))


def _job(job: PlannedJob, context: PhaseContext, seen: dict[str, str], *, is_new: bool) -> list[Change]:
    there = None if is_new else context.batch.get_job(job.id)
    present = context.batch.list_task_ids(job.id) if there is not None else frozenset[str]()
    seen[f"{JOB} {job.id}"] = "" if there is None else f"{there.state}, {len(present)} tasks"
    try:
        missing = decide(job, there, present, context.account)
    except ServiceError as error:
        return [_conflict(JOB, job, error)]
    name = str(job.id)
    if there is None:
        found = [Change(action=Action.CREATE, kind=JOB, name=name)]
    elif missing and ends_with_its_tasks(job, there):
        ends = Difference(property="on_all_tasks_complete", old=there.all_tasks_complete_mode, new="terminatejob")
        found = [Change(action=Action.CHANGE, kind=JOB, name=name, differences=(ends,))]
    else:
        found = [Change(action=Action.KEEP, kind=JOB, name=name)]
    new = {str(task.id) for task in missing}
    kept = tuple(str(task.id) for task in job.tasks or () if str(task.id) not in new)
    for action, names in ((Action.CREATE, tuple(str(task.id) for task in missing)), (Action.KEEP, kept)):
        if names:
            found.append(Change(action=action, kind=TASK, name=name, names=names))
    return found


def _conflict(kind: str, job: PlannedJob, error: ServiceError) -> Change:
    reason = f"{error.message}: {error.hint}" if error.hint else error.message
    return Change(action=Action.CONFLICT, kind=kind, name=str(job.id), reason=reason)
