"""Jobs that wait for other jobs: which may be expanded and submitted now, and why the others may not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from recipebatch.config import accounts
from recipebatch.phases import SUBMIT, WATCH
from recipebatch.report import Verdict
from recipebatch.vocabulary.states import ENDED, TaskState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from recipebatch.phases import PhaseContext
    from recipebatch.plan.model import Plan, PlannedJob
    from recipebatch.report import PhaseReport, RunReport

_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)


class JobProgress(StrEnum):
    """How far a job is."""

    ABSENT = "absent"
    UNFINISHED = "unfinished"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The jobs that wait for others.

    Attributes:
        ready: may be expanded and submitted.
        waiting: the others, each with the reason.
        blocked: of the waiting ones, those that a failure keeps from ever being ready.
    """

    ready: tuple[PlannedJob, ...]
    waiting: tuple[tuple[PlannedJob, str], ...]
    blocked: tuple[PlannedJob, ...]


def without_verdict(report: PhaseReport, found: Order) -> PhaseReport:
    """A report on the jobs that wait for no other, which is no verdict on the run, unless one of them failed. Pure."""
    notes = [reason for _, reason in found.waiting]
    notes += [f"job {job.logical} can be submitted now" for job in found.ready]
    totals = report.totals if report.verdict is Verdict.FAILED else None
    return replace(report, notes=(*report.notes, *notes), totals=totals)


def why_unfinished(report: RunReport) -> str:
    """Why a command that followed tasks to their end has no verdict, and what gives the run one. Pure."""
    if not report.to_submit:
        return f"run {report.run_id}: no command saw how its tasks ended, so it has not succeeded"
    jobs = f"job {report.to_submit[0]} is" if len(report.to_submit) == 1 else f"{len(report.to_submit)} jobs are"
    account = "" if report.account == accounts.LOCAL else f" --account {report.account}"
    commands = " && ".join(f"recipebatch {phase} --run {report.run_id}{account}" for phase in (SUBMIT, WATCH))
    return f"run {report.run_id} is not finished: {jobs} not submitted yet; go on with {commands}"


def decide(jobs: Collection[PlannedJob], progress_of: Mapping[str, JobProgress]) -> Order:
    """Which jobs can be submitted. Pure.

    Args:
        jobs: those that are not submitted yet.
        progress_of: how far each job is, by their names in the recipe.
    """
    ready: list[PlannedJob] = []
    waiting: list[tuple[PlannedJob, str]] = []
    blocked: list[PlannedJob] = []
    stopped: set[str] = set()
    for job in jobs:
        failed = [
            entry.job
            for entry in job.after
            if entry.job in stopped or (progress_of[entry.job] is JobProgress.FAILED and entry.on_failed == "block")
        ]
        unfinished = [
            entry.job for entry in job.after if progress_of[entry.job] in {JobProgress.ABSENT, JobProgress.UNFINISHED}
        ]
        if failed:
            waiting.append((job, f"job {job.logical} is not submitted: {failed[0]} failed"))
            blocked.append(job)
            stopped.add(job.logical)
        elif unfinished:
            waiting.append((job, f"job {job.logical} waits for {' and '.join(unfinished)}"))
        else:
            ready.append(job)
    return Order(ready=tuple(ready), waiting=tuple(waiting), blocked=tuple(blocked))


def order(plan: Plan, expanded: Collection[str], context: PhaseContext) -> Order:
    """Look at the jobs that others wait for, and decide; `expanded` are the names of later jobs that have been."""
    later = [job for job in plan.jobs if job.after and job.logical not in expanded]
    awaited = {entry.job for job in later for entry in job.after}
    # What a job's failed tasks did in the jobs that tried them again counts for it.
    of_job: dict[str, list[JobProgress]] = {}
    for job in plan.jobs:
        if (name := job.retry_of or job.logical) in awaited:
            of_job.setdefault(name, []).append(job_progress(job, context))
    progress_of = {name: combine(found) for name, found in of_job.items()}
    return decide(later, progress_of)


def combine(found: Collection[JobProgress]) -> JobProgress:
    """How far a job and its retries are as one. Pure."""
    if len(found) > 1 and JobProgress.ABSENT in found:
        return JobProgress.UNFINISHED
    order_ = (JobProgress.ABSENT, JobProgress.UNFINISHED, JobProgress.FAILED, JobProgress.SUCCEEDED)
    return min(found, key=order_.index)


def job_progress(job: PlannedJob, context: PhaseContext) -> JobProgress:
    """How far a job is: ended when all its tasks are, succeeded when none of them failed."""
    seen = context.batch.get_job(job.id)
    if seen is None or job.tasks is None:
        return JobProgress.ABSENT
    totals = context.batch.task_totals(job.id)
    unfinished = totals.active + totals.running
    ended = seen.state in ENDED
    if not ended and (unfinished or totals.total < len(job.tasks)):
        return JobProgress.UNFINISHED
    failures = any(task.id not in job.superseded for task in context.batch.list_tasks(job.id, failed_since=_BEFORE_ALL))
    if unfinished and job.superseded:  # those that never ran here may have been retried elsewhere
        here = [task for task in context.batch.list_tasks(job.id) if task.id not in job.superseded]
        unfinished = sum(task.state != TaskState.COMPLETED for task in here)
    return JobProgress.FAILED if failures or unfinished > 0 or totals.total < len(job.tasks) else JobProgress.SUCCEEDED
