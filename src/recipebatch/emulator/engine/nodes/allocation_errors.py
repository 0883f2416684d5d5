"""Resize errors: injected allocation faults, and core quotas."""

from __future__ import annotations

import asyncio
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


async def inject_allocation_fault(
    account: Account, pool: PoolRecord, to_add: list[bool], changed: asyncio.Event
) -> list[Json]:
    """Apply an injected allocation fault: wait for its delay, then remove the withheld nodes from `to_add`.

    Args:
        account: holds the injected faults.
        pool: the resizing pool.
        to_add: for each node to add, whether it is dedicated; shortened in place.
        changed: set when the pool changes.

    Returns:
        The resize errors.
    """
    fault = account.faults.for_pool(Action.ALLOCATION, pool.id) if to_add else None
    if fault is None:
        return []
    limit = pool.resize_timeout / TICKS_PER_SECOND
    if not await _wait_unless_stopped(account, pool, min(fault.delay, limit), changed):
        to_add.clear()
        return []
    code = "AllocationTimedout" if fault.delay > limit else fault.code
    if code is None:
        return []
    del to_add[fault.nodes :]
    return [{"code": code, "message": _MESSAGES.get(code, _OTHERWISE)}]


def within_quota(account: Account, pool: PoolRecord, to_add: list[bool]) -> list[Json]:
    """Remove from `to_add` the nodes beyond the account's core quotas; the others are allocated (unverified).

    Returns:
        The resize errors.
    """
    errors: list[Json] = []
    for dedicated, code in ((True, "AccountCoreQuotaReached"), (False, "AccountLowPriorityCoreQuotaReached")):
        surplus = to_add.count(dedicated) - nodes_within_quota(account, pool, dedicated=dedicated)
        if surplus > 0:
            for _ in range(surplus):
                to_add.remove(dedicated)
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
