"""scale: another number of nodes for a pool that a run made, while the run goes on or after it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError
from recipebatch.phases.provision.nodes import formula_failure, nodes_text, states_text
from recipebatch.phases.provision.targets import set_nodes
from recipebatch.phases.table import PROVISION, SCALE
from recipebatch.plan import (
    NodesGo,
    PoolSize,
    expiry_rule,
    fixed_size,
    has_communication,
    has_ephemeral_disk,
    nodes_go,
    nodes_go_text,
)
from recipebatch.report import PhaseReport, StepReport
from recipebatch.runs import labels, run_option
from recipebatch.vocabulary.ids import pool_id
from recipebatch.vocabulary.limits import MAX_COMMUNICATING_NODES
from recipebatch.vocabulary.states import AllocationState, PoolState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import Plan, PlannedPool
    from recipebatch.service import NodeSnapshot, PoolSnapshot


def pools_of(pool: PlannedPool, context: PhaseContext) -> list[PlannedPool]:
    """The pools of the service that a pool of the plan stands for: one for each job, where jobs make it."""
    if not pool.auto:
        return [pool]
    found = []
    for job in context.plan.jobs:
        seen = context.batch.get_job(job.id) if job.pool == pool.logical and job.auto_pool is not None else None
        if seen is not None and seen.pool_id:
            found.append(replace(pool, id=pool_id(seen.pool_id)))
    return found


def check_scalable(
    pool: PlannedPool, seen: PoolSnapshot | None, run_id: str, now: datetime, account: str | None = None
) -> None:
    """Check that a run may change the number of nodes of a pool, and that the number will count. Pure.

    Args:
        pool: of the plan.
        seen: the pool.
        run_id: of the run.
        now: the time.
        account: what a hint must name.

    Raises:
        UsageError: the pool is not the run's own, is gone, or something else decides on its nodes.
    """
    if pool.existing:
        raise UsageError(
            f"pool {pool.id} is not of run {run_id}, which only uses it (`existing`)",
            hint="resize it where it was made, or with the Azure CLI: az batch pool resize",
        )
    if pool.auto_scale is not None:
        what = f"the scenario {pool.auto_scale.scenario}" if pool.auto_scale.scenario else "the recipe's formula"
        raise UsageError(
            f"pool {pool.id} is scaled by {what}: its next evaluation would override the number of nodes",
            hint="change `auto_scale` in the recipe and start another run, or write target_dedicated_nodes instead",
        )
    if seen is None:
        hint = f"make it again: recipebatch {PROVISION} {run_option(run_id, account)}" if not pool.auto else None
        raise UsageError(f"pool {pool.id} does not exist: it was deleted", hint=hint)
    if seen.state == PoolState.DELETING:
        raise UsageError(f"pool {pool.id} is being deleted")
    if (owner := seen.metadata.get(labels.RUN)) != run_id:
        hint = f"scale the run that made it: recipebatch {SCALE} {run_option(owner, account)}" if owner else None
        raise UsageError(f"pool {pool.id} was not made by run {run_id}", hint=hint)
    if seen.auto_scale_formula is None:
        return
    until = expiry_rule(seen.auto_scale_formula).until
    if until is None and fixed_size(seen.auto_scale_formula) is None:
        raise UsageError(
            f"another client gave pool {pool.id} a formula of its own, which decides on its nodes",
            hint=f"disable it first: az batch pool autoscale disable --pool-id {pool.id}",
        )
    if until is not None and until <= now:
        raise UsageError(
            f"run {run_id} expired at {until:%Y-%m-%d %H:%M} UTC, and pool {pool.id} has no nodes since",
            hint=f"give the run more time: recipebatch {PROVISION} {run_option(run_id, account)}",
        )


def check_size(pool: PlannedPool, size: PoolSize) -> None:
    """Check that the service gives a pool so many nodes of each kind. Pure.

    Raises:
        UsageError: more nodes than may communicate, or spot nodes with an ephemeral OS disk.
    """
    if size.together > MAX_COMMUNICATING_NODES and has_communication(pool):
        raise UsageError(
            f"pool {pool.id} would have {size.together} nodes;"
            f" with inter-node communication Azure Batch allows {MAX_COMMUNICATING_NODES}"
        )
    if size.spot and has_ephemeral_disk(pool):
        raise UsageError(f"pool {pool.id} cannot have spot nodes: its ephemeral OS disks are for dedicated nodes only")


def size_of(seen: PoolSnapshot) -> PoolSize:
    """The nodes that a pool of a fixed size is asked to have. Pure."""
    fixed = None if seen.auto_scale_formula is None else fixed_size(seen.auto_scale_formula)
    return PoolSize(*(fixed or (seen.target_dedicated_nodes, seen.target_low_priority_nodes)))


def is_of_fixed_size(seen: PoolSnapshot) -> bool:
    """Whether a pool has no formula, or one that says a number. Pure."""
    return seen.auto_scale_formula is None or fixed_size(seen.auto_scale_formula) is not None


def scale_pools(pool: PlannedPool, size: PoolSize, context: PhaseContext) -> PhaseReport:
    """Ask for so many nodes of a pool, which `check_scalable` has checked; says what the service has then.

    Raises:
        ServiceError, WaitTimeoutError: the service does not take the number.
    """
    steps, lines, notes = [], [], []
    for made in pools_of(pool, context):
        seen = context.batch.get_pool(made.id)
        before = None if seen is None else size_of(seen)
        if before != size:
            set_nodes(made, context, dedicated=size.dedicated, spot=size.spot)
            seen = context.batch.get_pool(made.id)
        if seen is None:
            raise UsageError(f"pool {made.id} was deleted meanwhile")
        changed = f"{before} → {size}" if before != size else f"{size}, as before"
        steps.append(
            StepReport(
                action="scaled" if before != size else "kept",
                kind="pool",
                name=made.id,
                count=size.together,
                detail=changed,
            )
        )
        lines.append(f"pool {made.id}: {changed}; {_now(seen, size, context.batch.list_nodes(made.id))}")
        notes += _notes(made, seen, size)
    return PhaseReport(
        phase=SCALE, summary="; ".join(lines), steps=tuple(steps), notes=(*notes, *_waiting(pool, size, context))
    )


def scale_command(seen: PoolSnapshot, plan: Plan, account: str | None = None) -> str:
    """The command that gives a pool another number of nodes; empty if no run made it. Pure."""
    owner = seen.metadata.get(labels.RUN)
    if owner is None:
        return ""
    one_of_several = owner == plan.run_id and len(plan.pools) > 1
    command = f"recipebatch {SCALE} {run_option(owner, account)} --nodes N"
    return command + (f" --pool {seen.id}" if one_of_several else "")


def _now(seen: PoolSnapshot, size: PoolSize, nodes: Sequence[NodeSnapshot]) -> str:
    """What the service says of a pool that was scaled, and of its nodes."""
    asked = PoolSize(seen.target_dedicated_nodes, seen.target_low_priority_nodes)
    states = f" ({states_text(dict(Counter(node.state for node in nodes)))})" if nodes else ""
    allocation = f" and is {seen.allocation_state}" if seen.allocation_state != AllocationState.STEADY else ""
    other = f"; {asked} requested so far" if asked != size else ""
    return f"it has {nodes_text(len(nodes))} now{states}{allocation}{other}"


def _notes(pool: PlannedPool, seen: PoolSnapshot, size: PoolSize) -> list[str]:
    until = expiry_rule(seen.auto_scale_formula).until if seen.auto_scale_formula is not None else None
    notes = [f"warning: {failing}"] if (failing := formula_failure(seen)) else []
    notes += [f"{message} ({code})" for code, message in seen.resize_errors]
    if size.together and until is not None and not failing:
        notes.append(f"pool {pool.id}: its formula removes its nodes at {until:%Y-%m-%d %H:%M} UTC")
    elif size.together and nodes_go(pool) is NodesGo.NEVER:
        notes.append(f"pool {pool.id}: {nodes_go_text(pool)}")
    return notes


def _waiting(pool: PlannedPool, size: PoolSize, context: PhaseContext) -> list[str]:
    """The tasks that wait as long as the pool has so few nodes."""
    if not size.together:
        return list(_without_nodes(pool, context))
    needed = {
        str(task.id): task.multi_instance_settings.number_of_instances
        for job in context.plan.jobs
        if job.pool == pool.logical
        for task in job.tasks or ()
        if task.multi_instance_settings is not None
    }
    large = [name for name, nodes in needed.items() if nodes > size.together]
    if not large:
        return []
    more = f" and {len(large) - 1:,} other tasks need more" if len(large) > 1 else ""
    return [f"warning: task {large[0]} needs {needed[large[0]]} nodes at once{more}: it does not start before"]


def _without_nodes(pool: PlannedPool, context: PhaseContext) -> Iterator[str]:
    """What happens to the tasks of a pool that gets no nodes; the service counts them."""
    jobs = [job for job in context.plan.jobs if job.pool == pool.logical and job.schedule is None]
    totals = [context.batch.task_totals(job.id) for job in jobs if context.batch.get_job(job.id) is not None]
    waiting, running = sum(each.active for each in totals), sum(each.running for each in totals)
    seen = next(filter(None, (context.batch.get_pool(made.id) for made in pools_of(pool, context))), None)
    if seen is None:
        return
    if running and seen.auto_scale_formula is not None:
        which = "1 task is" if running == 1 else f"{running:,} tasks are"
        yield f"{which} running: a node with a running task is removed when the task has ended"
    elif running:
        # Source: Batch REST API, "Pool - Resize", nodeDeallocationOption: the default is requeue.
        which = "1 running task starts" if running == 1 else f"{running:,} running tasks start"
        yield f"{which} again from the beginning when the pool has nodes again"
    if waiting:
        which = "1 task waits" if waiting == 1 else f"{waiting:,} tasks wait"
        yield f"{which} until the pool has nodes again: {scale_command(seen, context.plan, context.account)}"
