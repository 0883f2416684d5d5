"""What is asked of the services to say why something does not run; reads only, and no more than it needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from recipebatch.phases.outputs import OutputBlobs, ends_text, promised, read_end
from recipebatch.phases.provision import scale_command
from recipebatch.phases.watch.blocked_tasks import find_blocked_tasks, ids_of
from recipebatch.phases.watch.diagnosis.findings import ranked
from recipebatch.phases.watch.diagnosis.jobs import JobLook, Rival, job_findings
from recipebatch.phases.watch.diagnosis.pools import PoolLook
from recipebatch.phases.watch.diagnosis.tasks import TaskLook, access_ends, is_denied
from recipebatch.phases.watch.failed_tasks import ended_with_job, failed_task, with_outputs
from recipebatch.phases.watch.totals import totals_of
from recipebatch.vocabulary.states import NodeState, TaskState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob, PlannedTask
    from recipebatch.report import FailedTask
    from recipebatch.service import JobSnapshot, PreparationSnapshot, ScheduleSnapshot, TaskSnapshot

MAX_TASKS = 1000
"""So many waiting, and so many failed tasks of a job are looked at."""

_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
_WITH_OUTPUT = 3
_RIVALS = 5


def why_waiting(job: PlannedJob, pool_id: str, context: PhaseContext) -> str:
    """Why none of a job's tasks runs, in one line with the command that helps; empty if nothing is found."""
    found = job_findings(look_at_job(job, context, outputs=False, pool_id=pool_id))
    if not found:
        return ""
    first = ranked(found)[0]
    return first.sentence + (f"; {first.command}" if first.command else "")


def look_at_pool(pool_id: str, context: PhaseContext, *, existing: bool = False, outputs: bool = True) -> PoolLook:
    """A pool with its nodes, and the ends of what failed start tasks wrote."""
    pool = context.batch.get_pool(pool_id)
    nodes = () if pool is None else context.batch.list_nodes(pool_id)
    read = {}
    if outputs:
        shown = {NodeState.START_TASK_FAILED, NodeState.WAITING_FOR_START_TASK}
        for node in [node for node in nodes if node.state in shown][:_WITH_OUTPUT]:
            read[node.id] = _output(context, pool_id, node.id, "startup")
    return PoolLook(
        pool_id=pool_id,
        pool=pool,
        nodes=nodes,
        run_option=context.run_option,
        scale_command="" if pool is None else scale_command(pool, context.plan, context.account),
        outputs=read,
        existing=existing,
    )


def look_at_job(
    job: PlannedJob,
    context: PhaseContext,
    *,
    submitted: bool = True,
    waits: tuple[str, bool] = ("", False),
    paused: str = "",
    purged: bool = False,
    outputs: bool = True,
    pool_id: str = "",
) -> JobLook:
    """A job, its pool, and what keeps its tasks from running.

    Args:
        job: of the plan.
        context: the run at work.
        submitted: the run has submitted its tasks.
        waits: why it is not submitted yet, and whether a failure keeps it from ever being so.
        paused: by whom the run was paused.
        purged: the purge of the run deletes its jobs, or has.
        outputs: also read what failed start and preparation tasks wrote.
        pool_id: of its pool, where that is known; else the job says it.
    """
    schedule, seen = _seen(job, context)
    look = JobLook(
        job=job,
        seen=seen,
        run_option=context.run_option,
        submitted=submitted,
        waits=waits[0],
        waits_in_vain=waits[1],
        paused=paused,
        purged=purged,
        schedule=schedule,
    )
    if seen is None:
        return look
    totals = context.batch.task_totals(seen.id)
    tasks: list[TaskSnapshot] = []
    if job.superseded and totals.active:
        tasks = [task for task in context.batch.list_tasks(seen.id) if task.id not in job.superseded]
        # What was tried again in another job is not planned here any more.
        rest = tuple(task for task in job.tasks or () if task.id not in job.superseded)
        totals, job = totals_of(tasks), replace(job, tasks=rest)
        look = replace(look, job=job)
    look = replace(look, totals=totals, pool=_pool(job, seen, context, pool_id, outputs=outputs))
    if totals.unfinished:
        look = _with_preparations(look, context, outputs=outputs)
    if not totals.active:
        return look
    if job.uses_task_dependencies and totals.failed and not totals.running:
        tasks = tasks or list(context.batch.list_tasks(seen.id))
        look = replace(look, blocked=find_blocked_tasks(job.tasks or (), tasks))
    if totals.running or look.pool is None or not look.pool.able:
        return look
    waiting = (task.id for task in tasks or context.batch.list_tasks(seen.id) if task.state == TaskState.ACTIVE)
    return replace(look, waiting=tuple(islice(waiting, MAX_TASKS)), rivals=_rivals(look.pool, seen.id, context))


def _seen(job: PlannedJob, context: PhaseContext) -> tuple[ScheduleSnapshot | None, JobSnapshot | None]:
    """The schedule of a job, where it has one, and the job, or the newest one of the schedule."""
    if job.schedule is None:
        return None, context.batch.get_job(job.id)
    schedule = context.batch.get_job_schedule(job.id)
    newest = None if schedule is None else schedule.recent_job
    return schedule, None if newest is None else context.batch.get_job(newest)


def _pool(job: PlannedJob, seen: JobSnapshot, context: PhaseContext, pool_id: str, *, outputs: bool) -> PoolLook | None:
    planned = next((pool for pool in context.plan.pools if pool.logical == job.pool), None)
    name = pool_id or seen.pool_id or ("" if planned is None or planned.auto else str(planned.id))
    if not name:
        return None
    return look_at_pool(name, context, existing=planned is not None and planned.existing, outputs=outputs)


def _with_preparations(look: JobLook, context: PhaseContext, *, outputs: bool) -> JobLook:
    """With the job's preparation on each node, and the ends of what failed ones wrote."""
    if look.job.job_preparation_task is None or look.seen is None:
        return look
    found = context.batch.preparations(look.seen.id)
    if look.pool is None or not outputs:
        return replace(look, preparations=found)
    failed = [each for each in found if each.failed][:_WITH_OUTPUT]
    read = {f"{each.folder} {each.node_id}": _preparation_output(context, each) for each in failed}
    return replace(look, preparations=found, pool=replace(look.pool, outputs={**look.pool.outputs, **read}))


def _preparation_output(context: PhaseContext, each: PreparationSnapshot) -> str:
    return _output(context, each.pool_id, each.node_id, each.folder)


def _output(context: PhaseContext, pool_id: str, node_id: str, folder: str) -> str:
    """The end of what a task wrote on a node, as a quotation."""

    def end(name: str) -> str:
        return read_end(lambda size: context.batch.node_file_tail(pool_id, node_id, f"{folder}/{name}", size=size))

    return ends_text(end("stdout.txt"), end("stderr.txt")).strip("\n") or "it wrote nothing"


def _rivals(pool: PoolLook, own: str, context: PhaseContext) -> tuple[Rival, ...]:
    """Other jobs with running tasks on a pool; nobody is asked where its nodes run nothing."""
    if not any(node.used_slots or node.state == NodeState.RUNNING for node in pool.nodes):
        return ()
    found: list[Rival] = []
    for name in context.batch.jobs_on_pool(pool.pool_id):
        seen = None if name == own or len(found) == _RIVALS else context.batch.get_job(name)
        running = 0 if seen is None else context.batch.task_totals(name).running
        if seen is not None and running:
            found.append(Rival(job_id=name, priority=seen.priority, running=running))
    return tuple(found)


def look_at_failures(jobs: Iterable[PlannedJob], context: PhaseContext, *, outputs: bool = True) -> list[FailedTask]:
    """The tasks of jobs that have failed, the first of each kind with the end of what it wrote."""
    found: list[FailedTask] = []
    for job in jobs:
        seen = None if job.schedule is not None else context.batch.get_job(job.id)
        if seen is None or not context.batch.task_totals(job.id).failed:
            continue
        planned = {str(task.id): task for task in job.tasks or ()}
        tasks = islice(context.batch.list_tasks(job.id, failed_since=_BEFORE_ALL), MAX_TASKS)
        failed = [failed_task(job.id, task, planned.get(task.id)) for task in tasks if task.id not in job.superseded]
        found += [ended_with_job(task, seen.termination_reason) for task in failed]
    if not outputs:
        return found
    firsts: dict[tuple[str, int | None], FailedTask] = {}
    for task in found:
        firsts.setdefault((task.cause, task.exit_code), task)
    first = [task for task in list(firsts.values()) if task.node_id][:_WITH_OUTPUT]
    read = {(task.job_id, task.task_id): task for task in with_outputs(first, context.batch, len(first))}
    return [read.get((task.job_id, task.task_id), task) for task in found]


def look_at_access(failure: FailedTask, context: PhaseContext) -> datetime | None:
    """When the SAS of a task's files ends, if it failed for lack of a permission; None if that is not known."""
    found = context.batch.get_task(failure.job_id, failure.task_id) if is_denied(failure) else None
    return None if found is None else access_ends(found[1])


def look_at_all_access(failures: Iterable[FailedTask], context: PhaseContext) -> dict[tuple[str, str], datetime]:
    """When the SAS of the files of failed tasks ends, of the first tasks that lacked a permission."""
    denied = islice((failure for failure in failures if is_denied(failure)), _WITH_OUTPUT)
    found = {(failure.job_id, failure.task_id): look_at_access(failure, context) for failure in denied}
    return {key: end for key, end in found.items() if end is not None}


def look_at_task(task_id: str, look: JobLook, context: PhaseContext) -> TaskLook:
    """A task, and those that keep it from starting.

    Args:
        task_id: its id.
        look: at its job.
        context: the run at work.
    """
    planned = {str(task.id): task for task in look.job.tasks or ()}
    task = TaskLook(task_id=task_id, job=look, planned=planned.get(task_id), seen=None)
    if look.seen is None:
        return task
    states = {each.id: each for each in context.batch.list_tasks(look.seen.id)}
    seen = states.get(task_id)
    blocked = find_blocked_tasks(look.job.tasks or (), states.values()) if look.job.uses_task_dependencies else {}
    task = replace(task, seen=seen, job=replace(look, blocked=blocked), states=_awaited(task_id, planned, states))
    if seen is None:
        return task
    if task_id in blocked and (first := states.get(blocked[task_id])) is not None:
        return replace(task, first=_failure(look, first, planned, context))
    if seen.state != TaskState.COMPLETED:
        return task
    if not seen.succeeded:
        failure = _failure(look, seen, planned, context)
        return replace(task, failure=failure, access_ends=look_at_access(failure, context))
    missing = OutputBlobs(context).missing(promised(look.job, frozenset({task_id})))
    return replace(task, missing=tuple(map(str, missing)))


def _awaited(
    task_id: str, planned: Mapping[str, PlannedTask], states: Mapping[str, TaskSnapshot]
) -> Mapping[str, TaskSnapshot]:
    """The states of the tasks that a task depends on."""
    task = planned.get(task_id)
    depends_on = None if task is None else task.depends_on
    ids: Collection[str] = () if depends_on is None else tuple(ids_of(depends_on))
    return {name: states[name] for name in ids if name in states}


def _failure(
    look: JobLook, seen: TaskSnapshot, planned: Mapping[str, PlannedTask], context: PhaseContext
) -> FailedTask:
    job_id = "" if look.seen is None else look.seen.id
    reason = None if look.seen is None else look.seen.termination_reason
    found = ended_with_job(failed_task(job_id, seen, planned.get(seen.id)), reason)
    return with_outputs([found], context.batch, 1)[0] if seen.node_id else found
