"""What provision would do with each pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import PoolConflictError, ServiceError
from recipebatch.phases.provision import size_of
from recipebatch.phases.provision.decide import (
    BringBackPool,
    CreatePool,
    ExtendPool,
    ResizePool,
    ScalePool,
    decide,
    decide_extension,
    differing,
)
from recipebatch.plan import PoolSize, expiry_rule, fixed_size
from recipebatch.report import Action, Change, Difference
from recipebatch.report.changes import LASTS, POOL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from recipebatch.phases.context import PhaseContext
    from recipebatch.phases.provision.decide import Step
    from recipebatch.plan.model import PlannedPool
    from recipebatch.service import PoolSnapshot

_SHOWN = 120


def pool_changes(context: PhaseContext, seen: dict[str, str], *, is_new: Callable[[str], bool]) -> list[Change]:
    """What provision does now; arguments as of `container_changes`."""
    found = []
    for pool in context.plan.pools:
        if pool.auto:
            reason = "the service makes it with its job"
            found.append(Change(action=Action.CREATE, kind=POOL, name=str(pool.id), reason=reason))
            continue
        there = None if is_new(str(pool.id)) else context.batch.get_pool(pool.id)
        _remember(seen, pool, there)
        found.append(_change(pool, there, context))
    return found


def kept_pools(context: PhaseContext, seen: dict[str, str], *, submits: bool) -> list[Change]:
    """The pools of a run that are provisioned: they are kept, though one of them may be gone.

    Args:
        context: of the run.
        seen: gets the ETag of each pool.
        submits: jobs are submitted now: pools keep their nodes for these, and get them back if they have none.
    """
    found = []
    for pool in context.plan.pools:
        there = None if pool.auto else context.batch.get_pool(pool.id)
        _remember(seen, pool, there)
        step = decide_extension(pool, there, context.access.expiry) if submits and not pool.existing else None
        if step is not None and there is not None:
            differences = tuple(_extended(step, there))
            found.append(Change(action=Action.CHANGE, kind=POOL, name=str(pool.id), differences=differences))
            continue
        gone = there is None and not pool.auto
        reason = "it is not there any more" if gone else "provisioned before"
        found.append(Change(action=Action.KEEP, kind=POOL, name=str(pool.id), reason=reason))
    return found


def _remember(seen: dict[str, str], pool: PlannedPool, there: PoolSnapshot | None) -> None:
    # A pool of which only the nodes come and go keeps its ETag.
    seen[f"{POOL} {pool.id}"] = "" if there is None else str(there.body.get("eTag", "exists"))


def _change(pool: PlannedPool, there: PoolSnapshot | None, context: PhaseContext) -> Change:
    try:
        step = decide(pool, there, context.access.expiry, context.account)
    except PoolConflictError as error:
        differences = tuple(_difference(*row) for row in differing(pool, there)) if there is not None else ()
        return Change(
            action=Action.CONFLICT, kind=POOL, name=str(pool.id), differences=differences, reason=error.hint or ""
        )
    except ServiceError as error:
        return Change(action=Action.CONFLICT, kind=POOL, name=str(pool.id), reason=error.message)
    if there is None or isinstance(step, CreatePool):
        return Change(action=Action.CREATE, kind=POOL, name=str(pool.id))
    differences = tuple(_changed(step, there))
    again = " once more: the service could not give them" if there.resize_errors else ""
    if isinstance(step, ResizePool) or (isinstance(step, ScalePool) and step.again):
        reason = "" if differences else f"its nodes are asked for{again}"
        return Change(action=Action.CHANGE, kind=POOL, name=str(pool.id), differences=differences, reason=reason)
    action = Action.CHANGE if isinstance(step, ScalePool) else Action.KEEP
    return Change(action=action, kind=POOL, name=str(pool.id), differences=differences)


def _changed(step: Step, there: PoolSnapshot) -> Iterable[Difference]:
    """What of a pool is another afterwards."""
    pool = step.pool
    goal = PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes)
    if isinstance(step, ResizePool):
        if size_of(there) != goal:
            yield Difference(property="nodes", old=str(size_of(there)), new=str(goal))
        return
    if not isinstance(step, ScalePool):
        return
    before = expiry_rule(there.auto_scale_formula or "")
    after = expiry_rule(step.rule.formula)
    fixed_before = there.auto_scale_formula is None or fixed_size(there.auto_scale_formula) is not None
    fixed_after = fixed_size(step.rule.formula)
    if fixed_before and fixed_after is not None:
        if size_of(there) != PoolSize(*fixed_after):
            yield Difference(property="nodes", old=str(size_of(there)), new=str(PoolSize(*fixed_after)))
    elif before.formula.split() != after.formula.split():
        old = str(size_of(there)) if there.auto_scale_formula is None else _short(before.formula)
        yield Difference(property="formula", old=old, new=_short(after.formula))
    yield from _times(before.until, after.until)


def _extended(step: BringBackPool | ExtendPool, there: PoolSnapshot) -> Iterable[Difference]:
    pool = step.pool
    if isinstance(step, BringBackPool):
        goal = PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes)
        new = str(goal) if pool.auto_scale is None else "as its formula says"
        yield Difference(property="nodes", old=str(size_of(there)), new=new)
    elif there.auto_scale_formula is not None:
        yield from _times(expiry_rule(there.auto_scale_formula).until, expiry_rule(step.rule.formula).until)


def _times(before: datetime | None, after: datetime | None) -> Iterable[Difference]:
    old = "never" if before is None else f"{before:%Y-%m-%d %H:%M} UTC"
    new = "never" if after is None else f"{after:%Y-%m-%d %H:%M} UTC"
    if old != new:
        yield Difference(property=LASTS, old=old, new=new)


def _difference(name: str, ours: str, theirs: str) -> Difference:
    return Difference(property=name, old=_short(theirs), new=_short(ours))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
