"""Resize errors: injected allocation faults, and core quotas."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.emulator.state import Action
from recipebatch.emulator.state.transitions.quota_checks import nodes_within_quota
from recipebatch.vocabulary.durations import TICKS_PER_SECOND
from recipebatch.vocabulary.states import AllocationState, PoolState

if TYPE_CHECKING:
    from recipebatch.emulator.state import Account, Json, PoolRecord

_MESSAGES = {
    # The first is from a recorded answer; no answer shows how the service words the others.
    "AccountCoreQuotaReached": "The specified account has reached core quota",
    "AccountLowPriorityCoreQuotaReached": "The specified account has reached low priority core quota",
    "AllocationTimedout": "Desired number of nodes could not be allocated as the resize timeout was reached",
}
_OTHERWISE = "Desired number of nodes could not be allocated"


@dataclass(slots=True)
class NodesToAdd:
    """How many nodes a resize adds; a target may be 2,147,483,647, so they are counted and not listed."""

    dedicated: int
    low_priority: int

    def __bool__(self) -> bool:
        return bool(self.dedicated or self.low_priority)

    def limit(self, most: int) -> None:
        """Reduce the total to `most`; dedicated nodes come first."""
        self.dedicated = min(self.dedicated, most)
        self.low_priority = min(self.low_priority, most - self.dedicated)


async def inject_allocation_fault(
    account: Account, pool: PoolRecord, to_add: NodesToAdd, changed: asyncio.Event
) -> list[Json]:
    """Apply an injected allocation fault: wait for its delay, then remove the withheld nodes from `to_add`.

    Args:
        account: holds the injected faults.
        pool: the resizing pool.
        to_add: the nodes to add; reduced in place.
        changed: set when the pool changes.

    Returns:
        The resize errors.
    """
    fault = account.faults.for_pool(Action.ALLOCATION, pool.id) if to_add else None
    if fault is None:
        return []
    limit = pool.resize_timeout / TICKS_PER_SECOND
    if not await _wait_unless_stopped(account, pool, min(fault.delay, limit), changed):
        to_add.limit(0)
        return []
    code = "AllocationTimedout" if fault.delay > limit else fault.code
    if code is None:
        return []
    to_add.limit(fault.nodes)
    return [{"code": code, "message": _MESSAGES.get(code, _OTHERWISE)}]


def within_quota(account: Account, pool: PoolRecord, to_add: NodesToAdd) -> list[Json]:
    """Remove from `to_add` the nodes beyond the account's quotas; the others are allocated (unverified).

    A pool that asks for more nodes than the quota of the whole account gets none: it would take those of all others.

    Returns:
        The resize errors.
    """
    errors: list[Json] = []
    for kind, code in (
        ("dedicated", "AccountCoreQuotaReached"),
        ("low_priority", "AccountLowPriorityCoreQuotaReached"),
    ):
        most = nodes_within_quota(account, pool, dedicated=kind == "dedicated")
        # The machine bears a number of nodes, of whatever kind and size.
        room = account.settings.quotas.nodes - sum(len(other.nodes) for other in account.pools.values())
        most = min(most, max(0, room - (0 if kind == "dedicated" else to_add.dedicated)))
        if getattr(to_add, kind) > account.settings.quotas.nodes:
            most = 0
        if getattr(to_add, kind) > most:
            setattr(to_add, kind, most)
            errors.append({"code": code, "message": _MESSAGES[code]})
    return errors


async def _wait_unless_stopped(account: Account, pool: PoolRecord, seconds: float, changed: asyncio.Event) -> bool:
    """Wait; False if the resize was stopped or the pool deleted before the time elapsed."""
    try:
        async with asyncio.timeout(account.clock.wait_seconds(seconds * TICKS_PER_SECOND)):
            while pool.allocation_state is AllocationState.RESIZING and pool.state is not PoolState.DELETING:
                changed.clear()
                await changed.wait()
    except TimeoutError:
        return True
    return False
