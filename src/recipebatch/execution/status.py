"""The current state of a run's jobs and pools; reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.phases import formula_failure, node_trouble, pools_of
from recipebatch.plan import PoolSize, expiry_rule

if TYPE_CHECKING:
    from collections.abc import Collection

    from recipebatch.phases import PhaseContext
    from recipebatch.plan.model import PlannedJob, PlannedPool

NOT_FOUND = "not found"
NOT_MADE = "not made yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """The state of a job.

    Attributes:
        state: as the service has it, or `NOT_FOUND`: not submitted yet, or purged.
        planned: how many tasks it will have; None when that is not known yet.
    """

    job: str
    state: str
    planned: int | None
    active: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStatus:
    """The state of a pool.

    Attributes:
        state: `active`, `deleting`, `NOT_MADE` or `NOT_FOUND`.
        nodes: by their state.
        until: when its autoscale formula removes its nodes, in ISO 8601; None if it does not, or fails.
        scaled: the target nodes that `scale`, or a changed recipe, gave it instead of those that the run began with.
        asked: the dedicated and spot nodes that the service was asked for last; None without a pool.
        errors: why nodes are missing, or why its formula fails.
        broken: the nodes that take no tasks until someone repairs or replaces them, each with what is wrong.
        turn: when a pool of jobs that wait for others is made, while it is not made yet.
    """

    pool: str
    state: str
    allocation_state: str = ""
    nodes: dict[str, int]
    until: str | None = None
    scaled: str = ""
    asked: tuple[int, int] | None = None
    errors: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    turn: str = ""


def job_statuses(context: PhaseContext) -> tuple[JobStatus, ...]:
    """The jobs of a run, in the order of the plan; of a schedule only its state."""
    return tuple(_job_status(job, context) for job in context.plan.jobs)


def _job_status(job: PlannedJob, context: PhaseContext) -> JobStatus:
    planned = None if job.tasks is None else len(job.tasks)
    if job.schedule is not None:
        schedule = context.batch.get_job_schedule(job.id)
        return JobStatus(job=job.id, state=NOT_FOUND if schedule is None else schedule.state, planned=None)
    seen = context.batch.get_job(job.id)
    if seen is None:
        return JobStatus(job=job.id, state=NOT_FOUND, planned=planned)
    totals = context.batch.task_totals(job.id)
    return JobStatus(
        job=job.id,
        state=seen.state,
        planned=planned,
        active=totals.active,
        running=totals.running,
        succeeded=totals.succeeded,
        failed=totals.failed,
    )


def pool_statuses(
    context: PhaseContext, unmade: Collection[str] = (), sizes: Collection[str] = ()
) -> tuple[PoolStatus, ...]:
    """The pools of a run; of those that the service makes with its jobs the ones that are there.

    Args:
        context: the run at work.
        unmade: pools, by their names in the recipe, whose turn has not come.
        sizes: pools whose target nodes in the plan are not those that the run began with.
    """
    found = []
    for planned in context.plan.pools:
        for pool in pools_of(planned, context):
            turn = context.plan.turn_of_pool(pool.logical) if pool.logical in unmade else ""
            found.append(_pool_status(pool, context, turn, scaled=pool.logical in sizes))
    return tuple(found)


def _pool_status(pool: PlannedPool, context: PhaseContext, turn: str, *, scaled: bool) -> PoolStatus:
    seen = context.batch.get_pool(pool.id)
    size = PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes)
    if seen is None:
        state = NOT_MADE if turn else NOT_FOUND
        return PoolStatus(pool=pool.id, state=state, nodes={}, scaled=str(size) if scaled else "", turn=turn)
    # The end of its run has scaled it to 0 nodes since.
    idle = size.together and not (seen.target_dedicated_nodes or seen.target_low_priority_nodes)
    until = expiry_rule(seen.auto_scale_formula).until if seen.auto_scale_formula is not None else None
    failing = formula_failure(seen)
    nodes = context.batch.list_nodes(pool.id)
    return PoolStatus(
        pool=pool.id,
        state=seen.state,
        allocation_state=seen.allocation_state,
        nodes=dict(Counter(node.state for node in nodes)),
        until=None if until is None or failing else until.isoformat(),
        scaled=str(size) if scaled and not idle else "",
        asked=(seen.target_dedicated_nodes, seen.target_low_priority_nodes),
        errors=(*(f"{message} ({code})" for code, message in seen.resize_errors), *([failing] if failing else [])),
        broken=tuple(f"node {node.id}: {wrong}" for node in nodes if (wrong := node_trouble(node))),
    )
