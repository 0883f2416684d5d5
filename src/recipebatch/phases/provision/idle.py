"""Pools whose jobs have ended: they are scaled to 0 nodes, which cost nothing, and are kept otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError, WaitTimeoutError
from recipebatch.phases.poller import Poller
from recipebatch.phases.provision.made_with_jobs import pools_made_with_jobs
from recipebatch.phases.provision.nodes import charged_nodes_text, nodes_text
from recipebatch.phases.provision.resize import size_of
from recipebatch.phases.provision.targets import give_formula, is_released, set_nodes
from recipebatch.plan import expiry_rule
from recipebatch.plan.model import PlannedAutoScale
from recipebatch.runs import labels
from recipebatch.vocabulary.states import ENDED, SCHEDULE_OVER, JobState, PoolState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob, PlannedPool
    from recipebatch.service import PoolSnapshot

# Nodes took up to some minutes to go in recorded runs of the service: what is there then is said.
_GONE_LIMIT = timedelta(minutes=2)
# The service's limit of a release task. Source: Batch REST API, `JobReleaseTask`, default of maxWallClockTime.
_RELEASE_LIMIT = timedelta(minutes=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdlePool:
    """A pool that the run made, after its jobs have ended.

    Attributes:
        name: its id.
        nodes: how many the service has, asked afterwards.
        reason: why it keeps them; empty if it was scaled to 0.
        run: the run that made it, if that is another one with the same `pool.id`; else empty.
    """

    name: str
    nodes: int
    reason: str = ""
    run: str = ""

    def __str__(self) -> str:
        if self.reason:
            return f"pool {self.name} keeps {charged_nodes_text(self.nodes)}: {self.reason}"
        if self.nodes:
            return f"pool {self.name}: scaled to 0 nodes; {nodes_text(self.nodes)} still to be removed"
        return f"pool {self.name}: scaled to 0 nodes"


def never(_metadata: Mapping[str, str]) -> str:
    """Why the pool of another run is left as it is, where no more is known of that run."""
    return "another run made it"


def scale_idle_pools(
    context: PhaseContext, *, keep: str = "", why_not: Callable[[Mapping[str, str]], str] = never
) -> tuple[IdlePool, ...]:
    """Scale the pools of a run whose tasks have ended to 0 nodes; `provision` and `submit` bring them back.

    Only pools that a run made, and that no unfinished job of others and no schedule uses. Of pools that were made
    with a job, only those that outlive it. A pool that cannot be scaled keeps its nodes, and its entry says why.

    Args:
        context: the run at work.
        keep: why the nodes are needed for now; empty if they are not.
        why_not: given the metadata of a pool that another run made, and this one used by its id: why it is left as it
            is; empty if it is scaled too, as that run has ended.
    """
    found = []
    for pool in _own_pools(context):
        seen = context.batch.get_pool(pool.id)
        if seen is None or seen.state == PoolState.DELETING or labels.RUN not in seen.metadata:
            continue
        run = seen.metadata[labels.RUN] if seen.metadata[labels.RUN] != context.plan.run_id else ""
        if run and is_released(seen):
            continue
        reason = ""
        if _nodes(seen) or not is_released(seen):
            reason = keep or _why_needed_now(pool, seen, context) or (why_not(seen.metadata) if run else "")
            reason = reason or _released(pool, seen, context)
            seen = context.batch.get_pool(pool.id)
        if seen is not None and not (run and reason and not _nodes(seen)):
            found.append(IdlePool(name=pool.id, nodes=_nodes(seen), reason=reason, run=run))
    return tuple(found)


def _why_needed_now(pool: PlannedPool, seen: PoolSnapshot, context: PhaseContext) -> str:
    return why_needed(pool, seen, context.batch.jobs_on_pool(pool.id), _ended_jobs(context))


def why_needed(pool: PlannedPool, seen: PoolSnapshot, users: Collection[str], ended: Collection[str]) -> str:
    """Why a pool is not scaled to 0 nodes, as a sentence; empty if it is. Pure.

    Args:
        pool: of the plan.
        seen: the pool.
        users: the jobs and job schedules that have not completed and use it.
        ended: the jobs of the run whose tasks have ended, though the jobs may not have completed yet.
    """
    if others := [name for name in users if name not in ended]:
        return f"{others[0]} uses it"
    formula = seen.auto_scale_formula
    if formula is not None and pool.auto_scale is None and expiry_rule(formula).until is None and not pool.endless:
        return "another client gave it a formula of its own"
    return ""


def _own_pools(context: PhaseContext) -> Iterator[PlannedPool]:
    """The pools that the run makes, and those of its jobs that outlive these."""
    for pool in context.plan.pools:
        if not (pool.existing or pool.auto):
            yield pool
    jobs = [job for job in context.plan.jobs if job.auto_pool is not None and job.auto_pool.keep_alive]
    if jobs and all(_is_over(job, context) for job in jobs):
        # A retry has a pool of its own: these get no nodes again.
        for name in pools_made_with_jobs(context):
            yield replace(context.plan.pool(jobs[0].pool), id=name)


def _is_over(job: PlannedJob, context: PhaseContext) -> bool:
    """Whether a job, or a schedule of jobs, has ended or is gone."""
    if job.schedule is not None:
        schedule = context.batch.get_job_schedule(job.id)
        return schedule is None or schedule.state in SCHEDULE_OVER
    seen = context.batch.get_job(job.id)
    return seen is None or seen.state in ENDED


def _ended_jobs(context: PhaseContext) -> frozenset[str]:
    """The run's own jobs, except schedules, once their release tasks have run too."""
    jobs = [job for job in context.plan.jobs if job.schedule is None]
    for job in jobs:
        if job.job_release_task is not None:
            _wait_for_release(job, context)
    return frozenset(str(job.id) for job in jobs)


def _wait_for_release(job: PlannedJob, context: PhaseContext) -> None:
    poller = Poller(context, limit=_RELEASE_LIMIT)
    while (seen := context.batch.get_job(job.id)) is not None and seen.state == JobState.TERMINATING:
        if poller.timed_out:
            return
        poller.wait(changed=False)


def files_text(pool: PlannedPool, jobs: Iterable[PlannedJob]) -> str:
    """What happens to the files of tasks when the nodes of a pool go, as a sentence. Pure.

    Args:
        pool: of the plan.
        jobs: of the plan; those on other pools do not count.
    """
    tasks = [task for job in jobs if job.pool == pool.logical for task in job.tasks or ()]
    hint = "" if all(task.keeps_logs for task in tasks) else " (`keep_logs` uploads stdout.txt and stderr.txt)"
    return f"files of its tasks that were not uploaded or collected go with its nodes{hint}"


def _released(pool: PlannedPool, seen: PoolSnapshot, context: PhaseContext) -> str:
    """Scale a pool to 0 nodes; why that failed, or nothing."""
    files = f"; {files_text(pool, context.plan.jobs)}" if _nodes(seen) else ""
    # The service may take a formula only half a minute after the last one.
    context.progress.say(f"scaling pool {pool.id} to 0 nodes: its tasks have ended{files}")
    try:
        if needed := release_nodes(pool, seen, context, lambda: _why_needed_now(pool, seen, context)):
            return needed
    except (ServiceError, WaitTimeoutError) as error:
        return f"it could not be scaled to 0 nodes: {error.message}"
    poller = Poller(context, limit=_GONE_LIMIT)
    while (now := context.batch.get_pool(pool.id)) is not None and _nodes(now) and not poller.timed_out:
        poller.wait(changed=False)
    return ""


def release_nodes(pool: PlannedPool, seen: PoolSnapshot, context: PhaseContext, why: Callable[[], str]) -> str:
    """Scale a pool that no job uses to 0 nodes; where it is used by then, it gets its nodes back.

    A job that another run made meanwhile found the nodes there, and asks for no others.

    Args:
        pool: its id and `resize_timeout` count.
        seen: the pool before.
        context: the run at work.
        why: asks why the pool needs its nodes, as a sentence; empty if it does not.

    Returns:
        Why it keeps its nodes; empty if it does not.

    Raises:
        ServiceError, WaitTimeoutError: the service does not take the number.
    """
    set_nodes(pool, context, dedicated=0, spot=0)
    if needed := why():
        _give_back(pool, seen, context)
        return needed
    return ""


def _give_back(pool: PlannedPool, before: PoolSnapshot, context: PhaseContext) -> None:
    """Ask for the nodes of a pool again that it had, by its formula or its size."""
    if before.auto_scale_formula is not None and not before.body.get("enableInterNodeCommunication"):
        give_formula(pool, PlannedAutoScale(formula=before.auto_scale_formula, evaluation_interval=None), context)
    else:
        size = size_of(before)
        set_nodes(pool, context, dedicated=size.dedicated, spot=size.spot)


def _nodes(seen: PoolSnapshot) -> int:
    return seen.current_dedicated_nodes + seen.current_low_priority_nodes
