"""The trouble a resize may have with getting its nodes: what somebody asked for, and quotas."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from recipebatch.emulator.state import Action
from recipebatch.emulator.state.transitions.quota_checks import nodes_within
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


async def allocated(account: Account, pool: PoolRecord, wanted: list[bool], news: asyncio.Event) -> list[Json]:
    """Take from `wanted` the nodes the pool does not get, after the delay that was asked for.

    Args:
        account: its faults decide.
        pool: resizing.
        wanted: for each node to add, whether it is a dedicated one; shortened in place.
        news: set when the pool was changed.

    Returns:
        The resize errors.
    """
    fault = account.faults.for_pool(Action.ALLOCATION, pool.id) if wanted else None
    if fault is None:
        return []
    limit = pool.resize_timeout / TICKS_PER_SECOND
    if not await _waited(account, pool, min(fault.delay, limit), news):
        wanted.clear()
        return []
    code = "AllocationTimedout" if fault.delay > limit else fault.code
    if code is None:
        return []
    del wanted[fault.nodes :]
    return [{"code": code, "message": _MESSAGES.get(code, _OTHERWISE)}]


def within_quota(account: Account, pool: PoolRecord, wanted: list[bool]) -> list[Json]:
    """Take from `wanted` the nodes the account's core quotas do not allow; the others come (unverified).

    Returns:
        The resize errors.
    """
    errors: list[Json] = []
    for dedicated, code in ((True, "AccountCoreQuotaReached"), (False, "AccountLowPriorityCoreQuotaReached")):
        surplus = wanted.count(dedicated) - nodes_within(account, pool, dedicated=dedicated)
        if surplus > 0:
            for _ in range(surplus):
                wanted.remove(dedicated)
            errors.append({"code": code, "message": _MESSAGES[code]})
    return errors


async def _waited(account: Account, pool: PoolRecord, seconds: float, news: asyncio.Event) -> bool:
    """Whether the wait came to its end before the resize was stopped or the pool deleted."""
    try:
        async with asyncio.timeout(account.clock.wait_seconds(seconds * TICKS_PER_SECOND)):
            while pool.allocation_state is AllocationState.RESIZING and pool.state is not PoolState.DELETING:
                news.clear()
                await news.wait()
    except TimeoutError:
        return True
    return False
