"""A job that the account has no room for: wait for others to end, meanwhile without nodes, and then give up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from recipebatch.errors import JobQuotaError, ServiceError, WaitTimeoutError
from recipebatch.phases.poller import Poller
from recipebatch.phases.provision import release_nodes
from recipebatch.runs import labels
from recipebatch.text.name_lists import first_names
from recipebatch.vocabulary.durations import limit_text
from recipebatch.vocabulary.states import PoolState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedPool

_SHOWN = 5


def create_when_there_is_room(create: Callable[[], bool], context: PhaseContext, limit: timedelta) -> bool:
    """Create a job, or a job schedule, as soon as the account has room for it; answers what `create` does.

    The service does not tell its quota of active jobs and job schedules, except by refusing one. While this waits, the
    run's own pools on which no job runs have no nodes.

    Raises:
        JobQuotaError: there was no room until the limit.
    """
    try:
        return create()
    except JobQuotaError as error:
        others = context.batch.active_jobs()
        context.progress.say(f"{error.message}; {active_text(others)}")
    cure = ": one of these jobs must end" if others else ""
    context.progress.say(f"waiting for room, {limit_text(limit)} at most{cure}")
    _release_pools(context)
    poller = Poller(context, limit=limit)
    while True:
        poller.wait(changed=False)
        try:
            return create()
        except JobQuotaError as error:
            if poller.timed_out:
                active = active_text(context.batch.active_jobs())
                raise JobQuotaError(
                    f"{error.message}; {active}; there was no room within {limit_text(limit)}", hint=_HINT
                ) from None


_HINT = (
    "end jobs that are not needed (recipebatch runs, purge --orphans), or ask for a higher quota of active jobs and job"
    " schedules; then run the same command again"
)


def active_text(jobs: Sequence[str]) -> str:
    """How many jobs and job schedules are active, and the first of them. Pure."""
    return f"{len(jobs):,} jobs and job schedules are active" + (f" ({first_names(jobs, _SHOWN)})" if jobs else "")


def _release_pools(context: PhaseContext) -> None:
    """Take the nodes from the run's own pools that have no job yet."""
    for pool in context.plan.pools:
        seen = None if pool.auto or pool.existing else context.batch.get_pool(pool.id)
        if seen is None or seen.state == PoolState.DELETING or seen.metadata.get(labels.RUN) != context.plan.run_id:
            continue
        if _used(pool, context):
            continue
        try:
            used = release_nodes(pool, seen, context, partial(_used, pool, context))
        except (ServiceError, WaitTimeoutError) as error:
            context.progress.say(f"pool {pool.id} keeps its nodes, which incur charges: {error.message}")
        else:
            said = f"keeps its nodes: {used}" if used else "is scaled to 0 nodes meanwhile"
            context.progress.say(f"pool {pool.id} {said}")


def _used(pool: PlannedPool, context: PhaseContext) -> str:
    """Which job uses a pool, as a sentence; empty if none does."""
    return next((f"{job} uses it" for job in context.batch.jobs_on_pool(pool.id)), "")
