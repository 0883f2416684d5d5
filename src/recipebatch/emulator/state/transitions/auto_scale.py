"""Transitions of a pool's automatic scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.emulator.state.errors import BatchError
from recipebatch.emulator.state.transitions import pool as pool_transitions
from recipebatch.vocabulary.durations import TICKS_PER_SECOND
from recipebatch.vocabulary.states import AllocationState, PoolState

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import Json, PoolRecord

DEFAULT_INTERVAL = "PT15M"
_BETWEEN_CALLS = 30 * TICKS_PER_SECOND
"""Minimum time between two calls that enable automatic scaling of one pool. Source: Batch REST API."""


def is_enabled(pool: PoolRecord) -> bool:
    """Whether the pool has automatic scaling."""
    return bool(pool.body["enableAutoScale"])


def enable(account: Account, pool: PoolRecord, *, formula: str | None, interval: str | None) -> None:
    """Enable automatic scaling, or change its formula; the formula is evaluated immediately.

    Raises:
        BatchError: PoolBeingDeleted; TooManyEnableAutoScaleRequests; MissingRequiredProperty without a formula
            if scaling is not enabled yet. A resize in progress does not matter (recorded answers).
    """
    if pool.state is PoolState.DELETING:
        raise BatchError("PoolBeingDeleted")
    now = account.clock.now()
    if pool.scaling_enabled is not None and now < account.clock.later(pool.scaling_enabled, _BETWEEN_CALLS):
        raise BatchError("TooManyEnableAutoScaleRequests")
    if not is_enabled(pool) and formula is None:
        raise BatchError("MissingRequiredProperty", ("PropertyName", "autoScaleFormula"))
    before = pool.body.get("autoScaleEvaluationInterval", DEFAULT_INTERVAL)
    pool.body["enableAutoScale"] = True
    pool.body["autoScaleFormula"] = formula or pool.body["autoScaleFormula"]
    pool.body["autoScaleEvaluationInterval"] = interval or before
    pool.scaling_enabled = now
    if pool.allocation_state is not AllocationState.STOPPING:
        # If a stop is in progress, that is the pool's last modification (recorded answers).
        pool.modified = now
    pool.scaling_run = None
    pool_transitions.save(account, pool)
    account.listener.pool_changed(account, pool)


def disable(account: Account, pool: PoolRecord) -> None:
    """Disable automatic scaling; the targets stay as they are. Raises: BatchError PoolBeingDeleted.

    A steady pool is resized to its targets once more, which modifies it; other pools are not modified (recorded
    answers). It is no error if scaling is not enabled (unverified).
    """
    if pool.state is PoolState.DELETING:
        raise BatchError("PoolBeingDeleted")
    if is_enabled(pool) and pool.allocation_state is AllocationState.STEADY:
        pool.allocation_state = AllocationState.RESIZING
        pool.allocation_time = pool.modified = account.clock.now()
        pool.resize_errors = []
    pool.body["enableAutoScale"] = False
    for name in ("autoScaleFormula", "autoScaleEvaluationInterval"):
        pool.body.pop(name, None)
    pool.scaling_run = None
    pool_transitions.save(account, pool)
    account.listener.pool_changed(account, pool)


def record_run(account: Account, pool: PoolRecord, run: Json) -> None:
    """Record the last evaluation."""
    pool.scaling_run = run
    pool_transitions.save(account, pool)


def scale(account: Account, pool: PoolRecord, *, dedicated: int, low_priority: int, option: str) -> None:
    """Resize a steady pool to the targets of its formula; this does not modify the pool."""
    pool.target_dedicated, pool.target_low_priority = dedicated, low_priority
    pool.deallocation_option = option
    pool.allocation_state, pool.allocation_time = AllocationState.RESIZING, account.clock.now()
    pool.resize_errors = []
    pool_transitions.save(account, pool)
    account.listener.pool_changed(account, pool)


def refuse_scaled(pool: PoolRecord) -> None:
    """Raises: BatchError OperationNotValidOnPool if automatic scaling is enabled (the code is not recorded)."""
    if is_enabled(pool):
        reason = "The pool is configured for automatic scaling"
        raise BatchError("OperationNotValidOnPool", ("Reason", reason))
