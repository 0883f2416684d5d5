"""Jobs and tasks of a run that are ended before they are done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError, WaitTimeoutError
from recipebatch.phases.job_control.own_jobs import own_jobs, wait_for
from recipebatch.phases.poller import Poller
from recipebatch.phases.table import STOP
from recipebatch.report import PhaseReport, StepReport
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.causes import STOPPED
from recipebatch.vocabulary.states import CLOSED, ENDED, ScheduleState, TaskState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import Plan

# Release tasks may take 15 minutes. Source: Batch REST API, `JobReleaseTask`, default of maxWallClockTime.
LIMIT = timedelta(minutes=20)
_OVER = frozenset({*ENDED, ScheduleState.COMPLETED, ScheduleState.DELETING})
_ENDING = frozenset({*CLOSED, ScheduleState.TERMINATING, *_OVER})


def terminate_jobs(context: PhaseContext, *, limit: timedelta | None = None) -> PhaseReport:
    """End the jobs of the run that have not ended, with their running tasks, and wait until they have.

    Raises:
        WaitTimeoutError: a job had not ended after the limit.
    """
    asked: set[str] = set()
    found = own_jobs(context)
    for job in found:
        if job.state in _ENDING:
            continue
        if job.kind == "job":
            context.batch.terminate_job(job.id, reason=STOPPED)
        else:
            context.batch.terminate_job_schedule(job.id)
        asked.add(job.id)
    if any(job.state not in _OVER for job in found):
        context.progress.say("waiting until the jobs have ended")
        found = list(wait_for(context, lambda job: job.state in _OVER, limit=limit or LIMIT, what="ended"))
    steps = tuple(
        StepReport(action="ended" if job.id in asked else "kept", kind=job.kind, name=job.id) for job in found
    )
    return PhaseReport(phase=STOP, summary=_summary(steps), steps=steps, stopped=True)


def _summary(steps: Collection[StepReport]) -> str:
    if not steps:
        return "no job was submitted"
    ended = [step for step in steps if step.action == "ended"]
    names = ", ".join(f"{step.kind} {step.name}" for step in ended)
    before = len(steps) - len(ended)
    already = f"{before} {'job' if before == 1 else 'jobs'} had ended before" if before else ""
    return "; ".join(part for part in (f"ended {names}" if ended else "", already) if part)


def places_of(tasks: Collection[str], plan: Plan) -> Mapping[str, str]:
    """The newest job of each task that is to be ended. Pure.

    Raises:
        UsageError: the run has no such task.
    """
    known = {
        str(task.id): str(job.id) for job in plan.jobs for task in job.tasks or () if task.id not in job.superseded
    }
    for name in tasks:
        if name not in known:
            raise UsageError(f"the run has no task {name}", hint=did_you_mean(name, known))
    return {name: known[name] for name in tasks}


def terminate_tasks(context: PhaseContext, tasks: Collection[str], *, limit: timedelta | None = None) -> PhaseReport:
    """End some tasks of the run, whether they run or wait, and wait until they have; the others go on.

    Raises:
        UsageError: the run has no such task, or it is not submitted.
        WaitTimeoutError: one had not ended after the limit.
    """
    places = places_of(tasks, context.plan)
    before = _states(places, context)
    for task, job in places.items():
        if task not in before:
            raise UsageError(f"task {task} is not submitted", hint="end the whole run: recipebatch stop without --task")
        if before[task] != TaskState.COMPLETED:
            context.batch.terminate_task(job, task)
    poller = Poller(context, limit=limit or LIMIT)
    while left := [name for name, state in _states(places, context).items() if state != TaskState.COMPLETED]:
        if poller.timed_out:
            raise WaitTimeoutError(
                f"not ended after {poller.elapsed:.0f} s: task {', '.join(left)}", hint="run the command again"
            )
        poller.wait(changed=False)
    ended = [name for name in places if before[name] != TaskState.COMPLETED]
    already = [name for name in places if name not in ended]
    steps = tuple(StepReport(action="ended" if name in ended else "kept", kind="task", name=name) for name in places)
    parts = [f"ended task {', '.join(ended)}"] if ended else []
    parts += [f"task {', '.join(already)} had ended before"] if already else []
    return PhaseReport(phase=STOP, summary="; ".join(parts), steps=steps, notes=("the run goes on",))


def _states(places: Mapping[str, str], context: PhaseContext) -> dict[str, str]:
    """The states of the tasks that are there."""
    found: dict[str, str] = {}
    for job in dict.fromkeys(places.values()):
        if context.batch.get_job(job) is not None:
            wanted = {task for task, of in places.items() if of == job}
            found |= {task.id: task.state for task in context.batch.list_tasks(job) if task.id in wanted}
    return found
