"""What finished tasks uploaded, compared with what is there; before anything of a run is collected or deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recipebatch.errors import ServiceError, UnreachableError
from recipebatch.execution.active_run.job_order import JobProgress, job_progress
from recipebatch.phases import (
    COLLECT,
    PURGE,
    SUBMIT,
    OutputBlobs,
    failed_in_schedule,
    missing_error,
    output_containers,
    promised,
    promises_anything,
)
from recipebatch.properties.purge import Part
from recipebatch.report import PhaseReport, Verdict
from recipebatch.runs import FAILED, run_option
from recipebatch.vocabulary.causes import Cause

_SHOWN = 5

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from recipebatch.execution.active_run.journal import RunJournal
    from recipebatch.phases import OutputsMissingError, PhaseContext, PromisedOutput
    from recipebatch.plan.model import Plan, PlannedJob
    from recipebatch.runs import RunRecord


def missing_outputs(
    plan: Plan, record: RunRecord, context: PhaseContext, containers: Collection[str]
) -> OutputsMissingError | None:
    """Compare what the tasks that succeeded promise, and what was there when they had ended, with what is there.

    Args:
        plan: of the run.
        record: of the run.
        context: the run at work.
        containers: only these, by their names in the recipe.

    Returns:
        The error that names what is gone; None if nothing is.
    """
    outputs = OutputBlobs(context)
    promises = [
        blob
        for job in plan.jobs
        for blob in promised(job, _succeeded(job, record, context))
        if blob.container in containers
    ]
    missing = outputs.missing(promises)
    gone, unnamed = outputs.gone({name: seen for name, seen in record.outputs.items() if name in containers})
    missing = without_repeats(missing, gone)
    return (
        missing_error(record.run_id, run_option(record.run_id, record.account), missing, unnamed)
        if missing or unnamed
        else None
    )


def collected_and_compared(
    collect: Callable[[], PhaseReport], missing: Callable[[], OutputsMissingError | None]
) -> PhaseReport:
    """The report of a collect, with what is missing of what finished tasks uploaded."""
    try:
        report = collect()
    except UnreachableError:
        raise
    except ServiceError as error:
        # That outputs are gone says more than that one of them, or their container, was not found.
        if (lost := missing()) is None:
            raise
        report = PhaseReport(phase=COLLECT.name, summary=f"not all could be collected: {error.message}")
    else:
        lost = missing()
    return report if lost is None else _with_missing(report, lost)


def with_schedules(report: PhaseReport, context: PhaseContext) -> PhaseReport:
    """The report of a collect, with what the newest finished jobs of schedules promised and did not make."""
    lost = [
        f"job {task.job_id}: {task.message}"
        for job in context.plan.jobs
        if job.schedule is not None
        for task in failed_in_schedule(job, context)
        if task.cause == Cause.OUTPUT_MISSING
    ]
    if not lost:
        return report
    return replace(
        report,
        summary=f"{report.summary}; {'; '.join(lost[:_SHOWN])}",
        missing_outputs=(*report.missing_outputs, *lost),
    )


def summary_with_missing(report: PhaseReport) -> str:
    """What the record says of a collect: its summary, with the first of the outputs that are missing. Pure."""
    untold = [output for output in report.missing_outputs if output not in report.summary]
    if not untold:
        return report.summary
    more = f"; and {len(untold) - _SHOWN:,} more" if len(untold) > _SHOWN else ""
    return f"{report.summary}; missing: {'; '.join(untold[:_SHOWN])}{more}"


def _with_missing(report: PhaseReport, lost: OutputsMissingError) -> PhaseReport:
    hint = (lost.hint,) if lost.hint else ()
    return replace(
        report,
        summary=f"{report.summary}; {lost.text}",
        notes=(*report.notes, *hint),
        missing_outputs=(*report.missing_outputs, *lost.outputs),
    )


def without_repeats(missing: Sequence[PromisedOutput], gone: Sequence[PromisedOutput]) -> list[PromisedOutput]:
    """What is promised and missing, and what was there and is gone, each once: what was there was written. Pure."""
    places: dict[str, dict[str, None]] = {}
    for blob in gone:
        places.setdefault(blob.container, {})[blob.blob] = None
    result, told = [], set()
    for promise in missing:
        names = places.get(promise.container, {})
        # There may be as many promises as blobs: one that names its blob is looked up, not compared with all.
        likely = (promise.blob,) if promise.folder is None else tuple(names)
        blobs = [name for name in likely if name in names and promise.fits(name)]
        result += [replace(promise, blob=name, file=name, folder=None, wrote=True) for name in blobs] or [promise]
        told |= {(promise.container, name) for name in blobs}
    return result + [blob for blob in gone if (blob.container, blob.blob) not in told]


def uncollected(plan: Plan, journal: RunJournal, parts: frozenset[Part]) -> str:
    """Which outputs a purge of these parts would delete uncollected, as a sentence; empty if none."""
    # A purge starts only when nothing is uncollected, or with --force.
    over = journal.has_begun(PURGE) or journal.is_done(COLLECT) or Part.STORAGE in journal.record.purged
    # Files of tasks are gone with the pool, or with the job.
    lost = [entry for entry in plan.collect if Part.STORAGE in parts or entry.task_files]
    if over or not journal.has_begun(SUBMIT) or not lost:
        return ""
    before = journal.record.phases.get(COLLECT.name)
    if before is not None and before.state == FAILED:
        return f"the last collect failed: {before.summary}"
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
    if not promises_anything(job) or job.schedule is not None:
        return ()
    if record.verdict == Verdict.SUCCEEDED:
        manager = {job.job_manager_task.id} if job.job_manager_task is not None else set[str]()
        return manager | {str(task.id) for task in job.tasks or ()}
    if context.batch.get_job(job.id) is None:
        return ()
    return {task.id for task in context.batch.list_tasks(job.id) if task.succeeded}
