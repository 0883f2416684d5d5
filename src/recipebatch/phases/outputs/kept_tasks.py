"""What tasks that have ended have on their nodes, as it is kept with the run's record for when the nodes are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from recipebatch.errors import ServiceError, UnreachableError
from recipebatch.phases.parallel import map_concurrently
from recipebatch.runs import MAX_FILES, MAX_TASKS, OUTPUT_BYTES, KeptTask, RunTasks
from recipebatch.text.secret import end_without_secrets, size_of_secrets
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob
    from recipebatch.report import FailedTask
    from recipebatch.service import BatchService, TaskFile

_STDOUT, _STDERR = "stdout.txt", "stderr.txt"
# A name without its folders has 255 bytes at most on the disks of nodes.
_NAME_BYTES = 4096


class _Try(NamedTuple):
    job: str
    task: str
    began: str | None


def tasks_to_keep(
    jobs: Iterable[PlannedJob],
    failed: Sequence[FailedTask],
    known: RunTasks,
    context: PhaseContext,
    *,
    left_out: str = "",
) -> list[KeptTask]:
    """What the first tasks of jobs have on their nodes, the failed ones first; one request or a few for each of them.

    Args:
        jobs: of the plan; of a schedule the tasks of its newest job.
        failed: tasks of them that are known to have failed.
        known: what is kept already; what ran only once is not looked at twice.
        context: the run at work.
        left_out: why what tasks wrote must not be kept; empty keeps it.

    Raises:
        UnreachableError: the service does not respond.
    """
    before = {(task.job_id, task.task_id, task.began) for task in known.kept}
    keys = {task.key for task in known.kept}
    chosen: dict[tuple[str, str], _Try] = {}
    ran = (_Try(task.job_id, task.task_id, task.began) for task in failed if task.task_id and task.node_id)
    for each in (*ran, *_ended(jobs, context)):
        key = each.job, each.task
        if key in chosen or each in before:
            continue
        if key in keys or len(keys | chosen.keys()) < MAX_TASKS:
            chosen[key] = each
    found = {}
    for task in map_concurrently(chosen.values(), lambda each: _kept(each, context.batch, left_out)):
        if task is not None:
            found[task.key] = task
    return [found[key] for key in chosen if key in found]


def _ended(jobs: Iterable[PlannedJob], context: PhaseContext) -> Iterator[_Try]:
    """The first tasks of jobs that have ended, as the service lists them."""
    count = 0
    for job in jobs:
        job_id: str | None = str(job.id)
        if job.schedule is not None:
            schedule = context.batch.get_job_schedule(job.id)
            job_id = None if schedule is None else schedule.recent_job
        if job_id is None or count >= MAX_TASKS or context.batch.get_job(job_id) is None:
            continue
        for task in context.batch.list_tasks(job_id):
            if task.state != TaskState.COMPLETED or not task.started or not task.node_id or task.id in job.superseded:
                continue
            yield _Try(job_id, task.id, None if task.began is None else task.began.isoformat(timespec="seconds"))
            count += 1
            if count >= MAX_TASKS:
                break


def _kept(each: _Try, batch: BatchService, left_out: str) -> KeptTask | None:
    """One task; None if its node lists no files, not even stdout.txt: it is gone already."""
    if left_out:
        return KeptTask(job_id=each.job, task_id=each.task, began=each.began, files={}, left_out=left_out)
    try:
        files = batch.list_task_files(each.job, each.task)
        ends = {file.name: _end(each, file, batch) for file in files if file.name in {_STDOUT, _STDERR}}
    except UnreachableError:
        raise
    except ServiceError as error:
        why = f"its files could not be listed: {error.message.splitlines()[0]}"
        return KeptTask(job_id=each.job, task_id=each.task, began=each.began, files={}, left_out=why)
    if not files:
        return None
    ordered = sorted(files, key=lambda file: (file.name not in ends, file.name.count("/"), file.name))
    return KeptTask(
        job_id=each.job,
        task_id=each.task,
        began=each.began,
        files={end_without_secrets(file.name, _NAME_BYTES): file.size for file in ordered[:MAX_FILES]},
        more=max(0, len(files) - MAX_FILES),
        stdout=ends.get(_STDOUT, ""),
        stderr=ends.get(_STDERR, ""),
    )


def _end(each: _Try, file: TaskFile, batch: BatchService) -> str:
    """The end of a file without secrets; the service is not asked for an empty one."""
    if not file.size:
        return ""
    # A secret that begins before what is kept is recognized by its beginning.
    offset = max(0, file.size - OUTPUT_BYTES - size_of_secrets())
    text = batch.task_file_from(each.job, each.task, file.name, offset=offset) or b""
    return end_without_secrets(text.decode("utf-8", "replace"), OUTPUT_BYTES)
