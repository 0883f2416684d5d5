"""The jobs of a plan as the service has them: those that the run made, and the newest job of each schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.errors import WaitTimeoutError
from recipebatch.phases.poller import Poller
from recipebatch.runs import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import timedelta

    from recipebatch.phases.context import PhaseContext


@dataclass(frozen=True, slots=True)
class OwnJob:
    """A job or job schedule of the run, and its state.

    Attributes:
        kind: `job` or `job schedule`.
    """

    kind: str
    id: str
    state: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


def own_jobs(context: PhaseContext) -> list[OwnJob]:
    """What the run made of the jobs of its plan, schedules before the jobs that they made."""
    run_id = context.plan.run_id
    found: list[OwnJob] = []
    for job in context.plan.jobs:
        names = [str(job.id)]
        if job.schedule is not None:
            schedule = context.batch.get_job_schedule(job.id)
            if schedule is None or schedule.metadata.get(labels.RUN) != run_id:
                continue
            found.append(OwnJob("job schedule", job.id, schedule.state))
            names = [] if schedule.recent_job is None else [schedule.recent_job]
        for name in names:
            seen = context.batch.get_job(name)
            if seen is not None and (job.schedule is not None or seen.metadata.get(labels.RUN) == run_id):
                found.append(OwnJob("job", name, seen.state))
    return found


def wait_for(
    context: PhaseContext, over: Callable[[OwnJob], bool], *, limit: timedelta, what: str
) -> tuple[OwnJob, ...]:
    """Wait until all own jobs are in a state that counts, and answer them.

    Raises:
        WaitTimeoutError: some are not after the limit.
    """
    poller = Poller(context, limit=limit)
    before: Collection[OwnJob] = ()
    while True:
        found = own_jobs(context)
        left = [job for job in found if not over(job)]
        if not left:
            return tuple(found)
        if poller.timed_out:
            names = ", ".join(f"{job} is {job.state}" for job in left)
            raise WaitTimeoutError(
                f"not {what} after {poller.elapsed:.0f} s: {names}", hint="run the command again: it continues waiting"
            )
        poller.wait(changed=left != before)
        before = left
