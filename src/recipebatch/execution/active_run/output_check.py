"""What finished tasks uploaded, compared with what is there; before anything of a run is collected or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.execution.active_run.job_order import JobProgress, job_progress
from recipebatch.phases import COLLECT, PURGE, SUBMIT, OutputBlobs, blob_of, missing_error, output_containers, promised
from recipebatch.report import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection

    from recipebatch.execution.active_run.journal import RunJournal
    from recipebatch.phases import PhaseContext
    from recipebatch.plan.model import Plan, PlannedJob
    from recipebatch.runs import RunRecord


def check_outputs(plan: Plan, record: RunRecord, context: PhaseContext, containers: Collection[str]) -> None:
    """Compare what the tasks that succeeded promise, and what was there when they had ended, with what is there.

    Args:
        plan: of the run.
        record: of the run.
        context: the run at work.
        containers: only these, by their names in the recipe.

    Raises:
        OutputsMissingError: something is gone.
    """
    outputs = OutputBlobs(context)
    promises = [
        blob
        for job in plan.jobs
        for blob in promised(job, _succeeded(job, record, context))
        if blob.container in containers
    ]
    missing = outputs.missing(promises)
    known = {(blob.container, blob.blob) for blob in missing}
    gone, unnamed = outputs.gone({name: seen for name, seen in record.outputs.items() if name in containers})
    missing += [blob for blob in gone if (blob.container, blob.blob) not in known]
    if missing or unnamed:
        raise missing_error(record.run_id, missing, unnamed)


def uncollected(plan: Plan, journal: RunJournal) -> str:
    """Which outputs a purge would delete uncollected, as a sentence; empty if none."""
    # A purge starts only when nothing is uncollected, or with --force.
    over = journal.has_begun(PURGE) or journal.is_done(COLLECT)
    if over or not journal.has_begun(SUBMIT) or not plan.collect:
        return ""
    return "the run was submitted, and collect has not been done since its tasks ended"


def uncollected_containers(plan: Plan, *, collected: bool) -> Collection[str]:
    """The containers with outputs that were not downloaded, and compared, since the tasks ended."""
    done = {entry.container for entry in plan.collect} if collected else set()
    return [name for name in output_containers(plan) if name not in done]


def outputs_to_record(record: RunRecord, outputs: OutputBlobs) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    """The outputs to remember, and what is gone of those that an earlier watch saw: these must come back."""
    gone, unnamed = outputs.gone(record.outputs)
    if not gone and not unnamed:
        return outputs.seen(), ()
    more = (f"{unnamed:,} more",) if unnamed else ()
    return record.outputs, (*map(str, gone), *more)


def tasks_have_ended(plan: Plan, context: PhaseContext) -> bool:
    """Whether all tasks of the jobs have ended, though no watch may have seen it; those of a schedule never have."""
    over = {JobProgress.SUCCEEDED, JobProgress.FAILED}
    return bool(plan.jobs) and all(job.schedule is None and job_progress(job, context) in over for job in plan.jobs)


def _succeeded(job: PlannedJob, record: RunRecord, context: PhaseContext) -> Collection[str]:
    """The tasks of a job that did their work; where the run succeeded, all of them did."""
    promising = any(blob_of(file) is not None for task in job.tasks or () for file in task.output_files)
    if not promising or job.schedule is not None:
        return ()
    if record.verdict == Verdict.SUCCEEDED:
        return {str(task.id) for task in job.tasks or ()}
    if context.batch.get_job(job.id) is None:
        return ()
    return {task.id for task in context.batch.list_tasks(job.id) if task.succeeded}
