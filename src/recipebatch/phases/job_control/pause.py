"""Jobs of a run that start no task for a while: disabled, with their running tasks back in the queue, and enabled."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.phases.job_control.own_jobs import own_jobs, wait_for
from recipebatch.phases.table import PAUSE, UNPAUSE
from recipebatch.report import PhaseReport, StepReport
from recipebatch.vocabulary.states import CLOSED, HELD, JobState, ScheduleState

if TYPE_CHECKING:
    from collections.abc import Collection

    from recipebatch.phases.context import PhaseContext

_LIMIT = timedelta(minutes=10)
_STILL = frozenset({*CLOSED, ScheduleState.TERMINATING, ScheduleState.COMPLETED, ScheduleState.DELETING})
_PAUSED = frozenset({JobState.DISABLED, ScheduleState.DISABLED})


def disable_jobs(context: PhaseContext) -> PhaseReport:
    """Disable the jobs of the run that have not ended, and wait until none of their tasks runs.

    Raises:
        WaitTimeoutError: a task did not go back to the queue in time.
    """
    asked: set[str] = set()
    found = own_jobs(context)
    for job in found:
        if job.state in _STILL | HELD | _PAUSED:
            continue
        disable = context.batch.disable_job if job.kind == "job" else context.batch.disable_job_schedule
        if disable(job.id):
            asked.add(job.id)
    over = _STILL | _PAUSED
    if any(job.state not in over for job in found):
        found = list(wait_for(context, lambda job: job.state in over, limit=_LIMIT, what="paused"))
    paused = [job for job in found if job.state in _PAUSED]
    steps = tuple(
        StepReport(action="paused" if job.id in asked else "kept", kind=job.kind, name=job.id, detail=job.state)
        for job in found
    )
    summary = _names("paused", [f"{job}" for job in paused]) or "no job is submitted that has not ended"
    return PhaseReport(phase=PAUSE, summary=summary, steps=steps)


def enable_jobs(context: PhaseContext) -> PhaseReport:
    """Enable the disabled jobs of the run, and wait until they are active."""
    asked = []
    for job in own_jobs(context):
        if job.state in HELD | _PAUSED:
            enable = context.batch.enable_job if job.kind == "job" else context.batch.enable_job_schedule
            if enable(job.id):
                asked.append(job)
    if asked:
        wait_for(
            context, lambda job: job.state not in HELD | _PAUSED | {JobState.ENABLING}, limit=_LIMIT, what="enabled"
        )
    steps = tuple(StepReport(action="enabled", kind=job.kind, name=job.id) for job in asked)
    summary = _names("enabled", [f"{job}" for job in asked]) or "no job was disabled"
    return PhaseReport(phase=UNPAUSE, summary=summary, steps=steps)


def _names(verb: str, names: Collection[str]) -> str:
    return f"{verb} {', '.join(names)}" if names else ""
