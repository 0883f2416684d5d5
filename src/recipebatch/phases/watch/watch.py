"""watch: follow task counts and the tasks that failed until the job completes or a deadline passes; reads only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.phases.outputs import OutputBlobs, outputs_text, promised
from recipebatch.phases.poller import Poller
from recipebatch.phases.provision import formula_failure
from recipebatch.phases.table import WATCH
from recipebatch.phases.watch.failed_tasks import with_outputs
from recipebatch.phases.watch.follow import follow_jobs
from recipebatch.phases.watch.job_watch import JobWatch, ignore
from recipebatch.phases.watch.schedules import look_at_schedule
from recipebatch.phases.watch.task_records import ignore_tasks, with_causes
from recipebatch.phases.watch.totals import sum_of, summary_of
from recipebatch.report import FailedTask, PhaseReport, StepReport, TaskFailed
from recipebatch.runs import MAX_KEPT
from recipebatch.vocabulary.causes import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import timedelta

    from recipebatch.phases.context import PhaseContext
    from recipebatch.phases.outputs import PromisedOutput
    from recipebatch.plan.model import PlannedJob
    from recipebatch.runs import TaskRecord
    from recipebatch.service import BatchService


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
    follow_jobs(watches, poller, context, limit)
    concluded = [followed.conclude() for followed in watches]
    outputs = outputs or OutputBlobs(context)
    missing = outputs.missing([each for followed in watches for each in promised(followed.job, followed.succeeded)])
    lost = _without_outputs(missing, watches, context.batch)
    template_of = {str(followed.job.id): followed.template_of for followed in watches}
    for task in lost:
        context.progress.tell(TaskFailed(failure=task, template=template_of[task.job_id](task.task_id)))
    if lost:
        on_failures(lost)
    # A task whose output is gone has not done its work, whatever its exit code says.
    totals = sum_of(total for total, _ in concluded)
    totals = replace(totals, succeeded=totals.succeeded - len(lost), failed=totals.failed + len(lost))
    failed = (*(task for _, tasks in concluded for task in tasks), *lost)
    on_end(with_causes([record for followed in watches for record in followed.records], failed))
    steps = tuple(
        StepReport(action="watched", kind="task", name=followed.job.id, count=total.total)
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
