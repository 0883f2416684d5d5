"""The number of a pool's nodes, changed after the pool was made: by its formula where it has one, else by a resize."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.errors import WaitTimeoutError
from recipebatch.phases.poller import Poller
from recipebatch.plan import expiry_rule, fixed_formula, with_expiry_rule
from recipebatch.plan.model import PlannedAutoScale
from recipebatch.vocabulary.states import AllocationState

if TYPE_CHECKING:
    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedPool
    from recipebatch.service import PoolSnapshot

# A pool took up to 392 s to go in recorded runs of the service.
REMOVAL_LIMIT = timedelta(minutes=20)
_SCALE_LIMIT = timedelta(minutes=35)


def set_nodes(pool: PlannedPool, context: PhaseContext, *, dedicated: int, spot: int) -> None:
    """Ask for another number of nodes of a pool that exists; answers before they have come or gone.

    A formula is replaced by one that says the number, until the same time as before; without one the pool is resized.

    Args:
        pool: its id and `resize_timeout` count.
        context: the run at work.
        dedicated: how many dedicated nodes.
        spot: how many spot nodes.

    Raises:
        WaitTimeoutError: the pool takes no other number, as another client keeps changing it.
    """
    seen = context.batch.get_pool(pool.id)
    if seen is not None and seen.auto_scale_formula is not None and seen.body.get("enableInterNodeCommunication"):
        # The service removes none of its nodes by formula.
        context.batch.retry_allocation(pool.id)
    elif seen is not None and seen.auto_scale_formula is not None:
        until = expiry_rule(seen.auto_scale_formula).until
        formula = fixed_formula(dedicated, spot)
        wanted = formula if until is None else with_expiry_rule(formula, until)
        give_formula(pool, PlannedAutoScale(formula=wanted, evaluation_interval=None), context)
        return
    wait_until_steady(pool, context)
    context.batch.resize_pool(replace(pool, target_dedicated_nodes=dedicated, target_low_priority_nodes=spot))


def is_released(seen: PoolSnapshot) -> bool:
    """Whether a pool was set to 0 nodes by `set_nodes`, or by a resize. Pure."""
    if seen.auto_scale_formula is not None:
        return expiry_rule(seen.auto_scale_formula).formula.split() == fixed_formula(0, 0).split()
    return seen.target_dedicated_nodes == seen.target_low_priority_nodes == 0


def give_formula(pool: PlannedPool, rule: PlannedAutoScale, context: PhaseContext) -> None:
    """Give a pool a formula; the service takes one each half minute."""
    poller = Poller(context, limit=_SCALE_LIMIT)
    said = False
    while not context.batch.scale_pool(pool.id, rule):
        if not said:
            context.progress.say(f"pool {pool.id} takes a formula only half a minute after the last one: waiting")
            said = True
        if poller.timed_out:
            raise WaitTimeoutError(
                f"pool {pool.id} refused an autoscale formula for {poller.elapsed:.0f} s:"
                " another client keeps changing it",
                hint="provision again when that client has stopped",
            )
        poller.wait(changed=False)


def wait_until_steady(pool: PlannedPool, context: PhaseContext) -> None:
    """Wait for the current resize to end: the service accepts only one at a time."""
    poller = Poller(context, limit=pool.resize_timeout + REMOVAL_LIMIT)
    while (seen := context.batch.get_pool(pool.id)) is not None and seen.allocation_state != AllocationState.STEADY:
        if poller.timed_out:
            raise WaitTimeoutError(
                f"pool {pool.id} is still {seen.allocation_state} after {poller.elapsed:.0f} s",
                hint="provision again when it is steady, or purge: the pool keeps incurring charges",
            )
        poller.wait(changed=False)
