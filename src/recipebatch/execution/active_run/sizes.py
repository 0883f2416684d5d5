"""The number of nodes of a run's pools, as `scale` or a changed recipe sets it: recorded, so that it stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, UsageError
from recipebatch.phases import PROVISION, PURGE, SCALE, check_scalable, check_size, pools_of, scale_pools, size_of
from recipebatch.plan import PoolSize
from recipebatch.report import PhaseReport, StepReport
from recipebatch.runs import DONE, STARTED
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.execution.active_run.active_run import ActiveRun
    from recipebatch.plan.model import PlannedPool
    from recipebatch.runs import RunRecord


def scale_run(run: ActiveRun, *, nodes: int | None, spot: int | None, pool: str | None) -> PhaseReport:
    """Give a pool of a run another number of nodes, and record it: a command that continues the run keeps it.

    Args:
        run: at work, with or without its lock.
        nodes: dedicated nodes; None leaves them as they are.
        spot: spot nodes; None leaves them as they are.
        pool: its id or its name in the recipe; None is the only one of the run.

    Raises:
        UsageError: the run was purged, there is no such pool, or its number of nodes cannot be set.
    """
    run_id = run.record.run_id
    if run.journal.has_begun(PURGE):
        raise UsageError(f"run {run_id} was purged: it has no pool to scale")
    chosen = _chosen(run, pool)
    context = run.renewed_context()
    made = pools_of(chosen, context)
    seen = [context.batch.get_pool(each.id) for each in made]
    is_made = any(each is not None for each in seen) or (
        not chosen.auto and run.journal.has_begun(PROVISION) and chosen.logical not in run.unmade_pools
    )
    if not is_made:
        return _for_later(run, chosen, nodes, spot)
    for each, snapshot in zip(made, seen, strict=True):
        check_scalable(each, snapshot, run_id, context.clock.now(), context.account)
    size = _size(next(size_of(each) for each in seen if each is not None), nodes, spot)
    check_size(chosen, size)
    before = dict(run.record.sizes)
    _record(run, {chosen.logical: size})
    try:
        report = scale_pools(chosen, size, context)
    except RecipeBatchError:
        run.journal.update(lambda record: replace(record, sizes=before))
        raise
    ended = ("the run has ended: nodes without tasks incur charges all the same",)
    return replace(report, notes=(*report.notes, *(ended if run.record.ended and size.together else ())))


def take_sizes(run: ActiveRun, sizes: Mapping[str, PoolSize], digest: str) -> None:
    """Record the target nodes that a changed recipe says, so that they are provisioned; says what changes.

    Args:
        run: at work.
        sizes: by the names of its pools.
        digest: of that recipe.
    """
    changed = {}
    for pool in run.plan.pools:
        before = PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes)
        if pool.logical in sizes and sizes[pool.logical] != before:
            changed[pool.logical] = sizes[pool.logical]
            run.context.progress.say(f"pool {pool.id}: {before} → {sizes[pool.logical]}, as the recipe says now")
    written = {name: size.to_json() for name, size in changed.items()}
    now = run.context.clock.now()

    def taken(record: RunRecord) -> RunRecord:
        found = replace(record, sizes={**record.sizes, **written}, sized_by=digest)
        if not changed or record.state_of(PROVISION.name) != DONE:
            return found
        return found.with_phase(PROVISION.name, STARTED, now, "the recipe has other target nodes now")

    run.journal.update(taken)
    run.use_recorded_sizes()


def _for_later(run: ActiveRun, pool: PlannedPool, nodes: int | None, spot: int | None) -> PhaseReport:
    """Record the number of nodes of a pool that is not made yet."""
    if pool.existing or pool.auto_scale is not None:
        check_scalable(pool, None, run.record.run_id, run.context.clock.now(), run.context.account)
    before = PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes)
    size = _size(before, nodes, spot)
    check_size(pool, size)
    _record(run, {pool.logical: size})
    what = f"pool {pool.logical}" if pool.auto else f"pool {pool.id}"
    step = StepReport(action="kept", kind="pool", name=pool.id, count=size.together, detail=f"{before} → {size}")
    summary = f"{what} does not exist yet: it will be made with {size} instead of {before}"
    return PhaseReport(phase=SCALE, summary=summary, steps=(step,))


def _size(before: PoolSize, nodes: int | None, spot: int | None) -> PoolSize:
    return PoolSize(before.dedicated if nodes is None else nodes, before.spot if spot is None else spot)


def _chosen(run: ActiveRun, name: str | None) -> PlannedPool:
    pools = run.plan.pools
    if name is not None:
        found = next((pool for pool in pools if name in {pool.logical, str(pool.id)}), None)
        if found is None:
            auto = [pool for pool in pools if pool.auto and name in {each.id for each in pools_of(pool, run.context)}]
            found = auto[0] if auto else None
        if found is None:
            known = [str(pool.id) for pool in pools]
            hint = did_you_mean(name, known) or f"its pools are {', '.join(known)}"
            raise UsageError(f"run {run.record.run_id} has no pool {name}", hint=hint)
        return found
    if len(pools) > 1:
        names = ", ".join(str(pool.id) for pool in pools)
        raise UsageError(f"run {run.record.run_id} has {len(pools)} pools: {names}", hint="name one of them: --pool ID")
    return pools[0]


def _record(run: ActiveRun, sizes: Mapping[str, PoolSize]) -> None:
    written = {name: size.to_json() for name, size in sizes.items()}

    def changed(record: RunRecord) -> RunRecord:
        return replace(record, sizes={**record.sizes, **written})

    run.journal.update(changed)
    run.use_recorded_sizes()
