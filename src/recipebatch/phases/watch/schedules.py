"""Job schedules: they continue without us, so there is no end to wait for; what their finished jobs did can be seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError
from recipebatch.phases.outputs.of_schedules import missing_of_scheduled
from recipebatch.phases.watch.failed_tasks import failed_tasks, failure_text, with_outputs
from recipebatch.report import FailedTask
from recipebatch.runs import MAX_KEPT
from recipebatch.text.name_lists import counted_names
from recipebatch.vocabulary.causes import Cause
from recipebatch.vocabulary.ids import JobId
from recipebatch.vocabulary.states import JobState, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.phases.outputs import PromisedOutput
    from recipebatch.plan.model import PlannedJob

MAX_JOBS = 10
"""The newest finished jobs of a schedule that are looked at."""

MAX_TASKS = 1000
"""The tasks of each of them."""

_WITH_OUTPUT = 5
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLook:
    """A job schedule at one moment.

    Attributes:
        text: its state, as a sentence.
        failed: tasks of its newest finished jobs that failed, and job manager tasks whose outputs are missing.
    """

    text: str
    failed: tuple[FailedTask, ...] = ()


def look_at_schedule(
    job: PlannedJob, context: PhaseContext, on_failures: Callable[[Sequence[FailedTask]], None]
) -> ScheduleLook:
    """The state of a job schedule, and what its newest finished jobs failed to do, which is said too.

    Args:
        job: of the plan.
        context: the run at work.
        on_failures: is given the failed tasks.

    Raises:
        ServiceError: there is no such schedule.
    """
    seen = context.batch.get_job_schedule(job.id)
    if seen is None:
        raise ServiceError(
            f"job schedule {job.id} does not exist", hint=f"submit it: recipebatch submit {context.run_option}"
        )
    after = f", its last job is {seen.recent_job}" if seen.recent_job else ""
    following = f", the next one starts at {seen.next_run_time:%Y-%m-%d %H:%M} UTC" if seen.next_run_time else ""
    failed = failed_in_schedule(job, context) if seen.recent_job else ()
    for number, task in enumerate(failed):
        context.progress.say(f"job {task.job_id}: {failure_text(task, output=number < _WITH_OUTPUT)}")
    if failed:
        on_failures(failed)
    names = counted_names([f"task {each.task_id} of {each.job_id}" for each in failed], _NAMED)
    said = f"; in its finished jobs {names} failed" if failed else ""
    return ScheduleLook(text=f"job schedule {job.id} is {seen.state}{after}{following}{said}", failed=failed)


def failed_in_schedule(job: PlannedJob, context: PhaseContext) -> tuple[FailedTask, ...]:
    """The failed tasks of the newest finished jobs of a schedule, the newest job first."""
    finished = [each for each in context.batch.jobs_of_schedule(job.id) if each.state == JobState.COMPLETED]
    manager = job.job_manager_task
    found: list[FailedTask] = []
    for number, made in enumerate(reversed(finished[-MAX_JOBS:])):
        tasks = list(islice(context.batch.list_tasks(made.id), MAX_TASKS))
        failed = [task for task in tasks if task.state == TaskState.COMPLETED and not task.succeeded]
        found += failed_tasks(replace(job, id=JobId(made.id)), failed, {}, context.batch, MAX_KEPT - len(found))
        for task in tasks:
            if manager is not None and task.id == manager.id and task.succeeded:
                missing = missing_of_scheduled(job, made.id, task, context, newest=not number)
                lost = [_without_outputs(made.id, task.id, task.node_id, missing)] if missing else []
                found += with_outputs(lost, context.batch, max(0, MAX_KEPT - len(found)))
    return tuple(found)


def _without_outputs(job_id: str, task_id: str, node_id: str | None, missing: Sequence[PromisedOutput]) -> FailedTask:
    return FailedTask(
        job_id=job_id,
        task_id=task_id,
        node_id=node_id,
        exit_code=0,
        code="OutputMissing",
        message="; ".join(map(str, missing)),
        cause=Cause.OUTPUT_MISSING.value,
    )
