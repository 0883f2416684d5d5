"""Failed tasks as they are reported and recorded: why, when, where, and the end of what they wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.phases.outputs import ends_text, read_end
from recipebatch.phases.parallel import map_concurrently
from recipebatch.phases.watch.causes import cause_of_task
from recipebatch.report import JOB_PREPARATION_TASK, START_TASK, FailedTask
from recipebatch.runs import MAX_KEPT
from recipebatch.vocabulary.causes import OUT_OF_TIME, STOPPED, TASK_FAILED, Cause, cause_of, exit_code_text
from recipebatch.vocabulary.states import NodeState, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob, PlannedTask
    from recipebatch.service import BatchService, NodeSnapshot, PreparationSnapshot, TaskSnapshot

BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any task ended."""

_WHY = {
    Cause.NEVER_STARTED: "its job ended before",
    Cause.PREEMPTED: "its node was preempted or lost, and it had not run again before its job ended",
}

_VERBS = {Cause.TERMINATED.value: "was stopped", Cause.NEVER_STARTED.value: "never started"}
_ENDED_JOB: dict[str | None, str] = {
    STOPPED: "recipebatch stop ended its job",
    OUT_OF_TIME: "its job reached its time limit",
    TASK_FAILED: "the failure of another task ended its job",
}


def failed_tasks(
    job: PlannedJob, seen: Iterable[TaskSnapshot], planned: Mapping[str, PlannedTask], batch: BatchService, room: int
) -> list[FailedTask]:
    """Tasks of a job that did not do their work, the first `room` of them with the end of what they wrote."""
    found = [failed_task(job.id, task, planned.get(task.id)) for task in seen]
    ran = [task for task in found if task.node_id]
    read = {task.task_id: task for task in with_outputs(ran, batch, max(room, 0))}
    return [read.get(task.task_id, task) for task in found]


def with_outputs(tasks: Sequence[FailedTask], batch: BatchService, count: int) -> list[FailedTask]:
    """Tasks of a job, the first of them with the end of what they wrote."""
    ended = map_concurrently(tasks[:count], lambda task: _with_output(task, batch))
    read = {(task.job_id, task.task_id): task for task in ended}
    return [read.get((task.job_id, task.task_id), task) for task in tasks]


def failed_task(job_id: str, task: TaskSnapshot, planned: PlannedTask | None) -> FailedTask:
    """A task that failed, or never came to its end, without what it wrote. Pure."""
    code, message = task.failure or ("Unknown", "the task did not succeed")
    cause = cause_of_task(task, planned)
    return FailedTask(
        job_id=job_id,
        task_id=task.id,
        exit_code=task.exit_code,
        code=code,
        message=_with_details(_WHY.get(cause, message), task.failure_details),
        node_id=task.node_id,
        cause=cause.value,
        item=planned.item if planned is not None else "",
        tries=task.retry_count + 1 if task.started else 0,
        began=_iso(task.began),
        ended=_iso(task.ended),
    )


def ended_with_job(task: FailedTask, reason: str | None) -> FailedTask:
    """A task that was ended with its job says what ended that: the service says the same of all. Pure.

    Args:
        task: as the service says it.
        reason: the termination reason of its job.
    """
    if task.cause != Cause.TERMINATED or reason not in _ENDED_JOB:
        return task
    return replace(task, message=_ENDED_JOB[reason])


def failed_now(context: PhaseContext) -> list[FailedTask]:
    """The tasks of all jobs that have failed by now; a job that is gone has none."""
    found: list[FailedTask] = []
    for job in context.plan.jobs:
        if job.schedule is not None or context.batch.get_job(job.id) is None:
            continue
        planned = {str(task.id): task for task in job.tasks or ()}
        seen = [
            task
            for task in context.batch.list_tasks(job.id, failed_since=BEFORE_ALL)
            if task.state == TaskState.COMPLETED and not task.succeeded and task.id not in job.superseded
        ]
        found += failed_tasks(job, seen, planned, context.batch, MAX_KEPT - len(found))
    return found


def failed_on_nodes(context: PhaseContext) -> list[FailedTask]:
    """The start tasks of the run's pools, and the preparations of its jobs, that have failed by now.

    Of pools that the service made with a job those that are still there.
    """
    found: list[FailedTask] = []
    for pool in context.plan.pools:
        if pool.start_task is not None and not pool.existing and not pool.auto:
            found += failed_start_tasks(str(pool.id), context.batch.list_nodes(pool.id), context.batch)
    made_with_jobs = {pool.logical for pool in context.plan.pools if pool.auto and pool.start_task is not None}
    for job in context.plan.jobs:
        if job.pool in made_with_jobs and (made := _made_with(job, context.batch)):
            found += failed_start_tasks(made, context.batch.list_nodes(made), context.batch)
        if job.job_preparation_task is not None and job.schedule is None and context.batch.get_job(job.id) is not None:
            found += failed_preparations(str(job.id), context.batch.preparations(job.id), context.batch)
    return found


def _made_with(job: PlannedJob, batch: BatchService) -> str:
    """The pool that the service made with a job, or with the newest job of a schedule; empty if there is none."""
    job_id: str | None = str(job.id)
    if job.schedule is not None:
        schedule = batch.get_job_schedule(job.id)
        job_id = None if schedule is None else schedule.recent_job
    seen = None if job_id is None else batch.get_job(job_id)
    return "" if seen is None else seen.pool_id or ""


def failed_start_tasks(pool_id: str, nodes: Iterable[NodeSnapshot], batch: BatchService) -> list[FailedTask]:
    """The start tasks that failed on nodes of a pool, with the end of what they wrote."""
    found = []
    for node in [node for node in nodes if node.state == NodeState.START_TASK_FAILED][:MAX_KEPT]:
        code, message = node.start_task_failure or ("Unknown", "the start task did not succeed")
        found.append(
            FailedTask(
                kind=START_TASK,
                job_id="",
                task_id="",
                pool_id=pool_id,
                node_id=node.id,
                exit_code=node.start_task_exit_code,
                code=code,
                message=message,
                cause=Cause.START_TASK.value,
                stdout=_node_output(batch, pool_id, node.id, "startup/stdout.txt"),
                stderr=_node_output(batch, pool_id, node.id, "startup/stderr.txt"),
            )
        )
    return found


def failed_preparations(job_id: str, seen: Iterable[PreparationSnapshot], batch: BatchService) -> list[FailedTask]:
    """The preparations of a job that failed on nodes, with the end of what they wrote."""
    failures = [each for each in seen if each.failed]
    return [
        FailedTask(
            kind=JOB_PREPARATION_TASK,
            job_id=job_id,
            task_id="",
            pool_id=failure.pool_id,
            node_id=failure.node_id,
            exit_code=failure.exit_code,
            code=failure.failure[0] if failure.failure is not None else "Unknown",
            message=failure.failure[1] if failure.failure is not None else "the preparation did not succeed",
            cause=cause_of(
                failure.failure[0] if failure.failure is not None else None, exit_code=failure.exit_code, ran_out=False
            ).value,
            stdout=_node_output(batch, failure.pool_id, failure.node_id, f"{failure.folder}/stdout.txt"),
            stderr=_node_output(batch, failure.pool_id, failure.node_id, f"{failure.folder}/stderr.txt"),
        )
        for failure in failures[:MAX_KEPT]
    ]


def failure_text(failure: FailedTask, *, output: bool = True) -> str:
    """A failed task for a person: which, its exit code, why, and the end of its stderr, or of its stdout without.

    One that was ended from outside was stopped, and one that never began has not failed either.
    """
    ended = f"{exit_code_text(failure.exit_code)}, " if failure.exit_code is not None else ""
    item = f" ({failure.item})" if failure.item else ""
    tail = ends_text(failure.stdout, failure.stderr) if output else ""
    verb = _VERBS.get(failure.cause, "failed")
    return f"{name_of(failure)}{item} {verb}: {ended}{failure.message} ({failure.code}){tail}"


def name_of(failure: FailedTask) -> str:
    """`task t1`, `start task of node n`, `job preparation task of job j on node n`."""
    if failure.kind == START_TASK:
        return f"start task of node {failure.node_id}"
    if failure.kind == JOB_PREPARATION_TASK:
        return f"job preparation task of job {failure.job_id} on node {failure.node_id}"
    return f"task {failure.task_id}"


def _with_output(task: FailedTask, batch: BatchService) -> FailedTask:
    def end(file: str) -> str:
        return read_end(lambda size: batch.task_file_tail(task.job_id, task.task_id, file, size=size))

    return replace(task, stdout=end("stdout.txt"), stderr=end("stderr.txt"))


def _node_output(batch: BatchService, pool_id: str, node_id: str, path: str) -> str:
    return read_end(lambda size: batch.node_file_tail(pool_id, node_id, path, size=size))


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="seconds")


def _with_details(message: str, details: Sequence[tuple[str, str]]) -> str:
    """The message with the details that add to it, such as which blob was missing."""
    added = [
        f"{name} {value.partition('?')[0]}" for name, value in details if name not in {"Message", "AdditionalErrorCode"}
    ]
    return f"{message}: {', '.join(added)}" if added else message
