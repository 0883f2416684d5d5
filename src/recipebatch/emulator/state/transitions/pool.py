"""Transitions of a pool and its nodes; a transition that the service refuses raises `BatchError`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state.errors import BatchError
from recipebatch.emulator.state.persistence import rows
from recipebatch.emulator.state.records import NodeRecord, PoolRecord
from recipebatch.emulator.state.transitions.quota_checks import check_pool_quota, define, forget_definition
from recipebatch.vocabulary.states import AllocationState, NodeState, PoolState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import Json

_STOPPED = "Desired number of {kind} nodes could not be allocated due to a stop resize operation"


def create_pool(account: Account, pool_id: str, body: Json, *, resize_timeout: int) -> PoolRecord:
    """Create a pool, resizing to its targets. Raises: BatchError PoolExists, PoolBeingDeleted, PoolQuotaReached."""
    if (there := account.pools.get(pool_id.lower())) is not None:
        raise BatchError("PoolBeingDeleted" if there.state is PoolState.DELETING else "PoolExists")
    check_pool_quota(account)
    define(account, "pool", pool_id.lower(), body)
    created = account.clock.now()
    pool = PoolRecord(
        id=pool_id,
        body=body,
        created=created,
        state_time=created,
        allocation_time=account.clock.now(),
        modified=account.clock.now(),
        target_dedicated=body.pop("targetDedicatedNodes"),
        target_low_priority=body.pop("targetLowPriorityNodes"),
        resize_timeout=resize_timeout,
    )
    account.pools[pool.key] = pool
    save(account, pool)
    account.listener.pool_changed(account, pool)
    return pool


def update_pool(account: Account, pool: PoolRecord, changes: dict[str, Any]) -> None:
    """Replace properties; one that is None is removed. Raises: BatchError PoolBeingDeleted."""
    _refuse_deleting(pool)
    define(account, "pool", pool.key, {**pool.body, **changes})
    for name, value in changes.items():
        if value is None:
            pool.body.pop(name, None)
        else:
            pool.body[name] = value
    pool.modified = account.clock.now()
    save(account, pool)
    account.listener.pool_changed(account, pool)


def delete_pool(account: Account, pool: PoolRecord) -> None:
    """Mark it for deletion; the engine removes its nodes. Raises: BatchError PoolBeingDeleted."""
    _refuse_deleting(pool)
    now = account.clock.now()
    pool.state, pool.state_time = PoolState.DELETING, now
    pool.allocation_state, pool.allocation_time = AllocationState.RESIZING, now
    pool.target_dedicated = pool.target_low_priority = 0
    pool.dropping = set(pool.nodes)
    pool.deallocation_option = "requeue"
    save(account, pool)
    account.listener.pool_changed(account, pool)


def drop_pool(account: Account, pool: PoolRecord) -> None:
    """Remove a deleted pool; its id can be used again."""
    del account.pools[pool.key]
    forget_definition(account, "pool", pool.key)
    rows.forget_pool(account.store, account.name, pool)


def resize_pool(
    account: Account, pool: PoolRecord, *, dedicated: int, low_priority: int, timeout: int, option: str
) -> None:
    """Set new targets. Raises: BatchError PoolBeingDeleted or PoolBeingResized."""
    _refuse_unsteady(pool)
    pool.target_dedicated = dedicated
    pool.target_low_priority = low_priority
    pool.resize_timeout = timeout
    pool.deallocation_option = option
    _start_resize(account, pool)


def remove_nodes(account: Account, pool: PoolRecord, nodes: Iterable[NodeRecord], *, timeout: int, option: str) -> None:
    """Remove these nodes and lower the targets. Raises: BatchError PoolBeingDeleted or PoolBeingResized."""
    _refuse_unsteady(pool)
    for node in nodes:
        pool.dropping.add(node.id)
        if node.is_dedicated:
            pool.target_dedicated = max(0, pool.target_dedicated - 1)
        else:
            pool.target_low_priority = max(0, pool.target_low_priority - 1)
    pool.resize_timeout = timeout
    pool.deallocation_option = option
    _start_resize(account, pool)


def stop_resize(account: Account, pool: PoolRecord) -> None:
    """Stop a resize in progress. Raises: BatchError PoolBeingDeleted or OperationInvalidForCurrentState."""
    _refuse_deleting(pool)
    if pool.allocation_state is not AllocationState.RESIZING:
        raise BatchError(
            "OperationInvalidForCurrentState", ("Reason", "The specified pool is not being resized at this moment")
        )
    pool.allocation_state, pool.allocation_time = AllocationState.STOPPING, account.clock.now()
    dedicated = sum(node.is_dedicated for node in pool.nodes.values())
    if dedicated > pool.target_dedicated or len(pool.nodes) - dedicated > pool.target_low_priority:
        # Otherwise the last modification is that of the resize (both cases are recorded).
        pool.modified = pool.allocation_time
    save(account, pool)
    account.listener.pool_changed(account, pool)


def finish_resize(account: Account, pool: PoolRecord, errors: list[Json], *, shrank: bool = False) -> None:
    """Finish a resize. If it was stopped before it reached its targets, it gets the service's resize errors.

    In a recording, a resize that removed nodes and was stopped before it added others has no errors for the latter.
    """
    if pool.allocation_state is AllocationState.STOPPING:
        dedicated = sum(node.is_dedicated for node in pool.nodes.values())
        surplus = (
            ("dedicated", dedicated - pool.target_dedicated),
            ("low priority", len(pool.nodes) - dedicated - pool.target_low_priority),
        )
        errors = [
            {"code": "ResizeStopped", "message": _STOPPED.format(kind=kind)}
            for kind, nodes in surplus
            if nodes > 0 or (nodes < 0 and not shrank)
        ]
    pool.allocation_state, pool.allocation_time = AllocationState.STEADY, account.clock.now()
    pool.resize_errors = errors
    pool.dropping.clear()
    save(account, pool)


def add_node(account: Account, pool: PoolRecord, *, dedicated: bool) -> NodeRecord:
    """Add a node in state `creating`."""
    now = account.clock.now()
    node = NodeRecord(
        id=f"tvmps_{secrets.token_hex(32)}_{'d' if dedicated else 'p'}",
        number=pool.next_number,
        is_dedicated=dedicated,
        state=NodeState.CREATING,
        state_time=now,
        allocation_time=now,
    )
    pool.next_number += 1
    pool.nodes[node.id] = node
    save(account, pool)
    rows.save_node(account.store, account.name, pool, node)
    return node


def set_node_state(account: Account, pool: PoolRecord, node: NodeRecord, state: NodeState) -> None:
    """Change the state of a node."""
    if node.state is state:
        return
    node.state, node.state_time = state, account.clock.node_now()
    rows.save_node(account.store, account.name, pool, node)


def save_node(account: Account, pool: PoolRecord, node: NodeRecord) -> None:
    """Write other changes of a node to disk."""
    rows.save_node(account.store, account.name, pool, node)


def drop_node(account: Account, pool: PoolRecord, node: NodeRecord) -> None:
    """Remove a node from the pool."""
    del pool.nodes[node.id]
    pool.dropping.discard(node.id)
    rows.forget_node(account.store, account.name, pool, node)


def set_scheduling(account: Account, pool: PoolRecord, node: NodeRecord, *, enabled: bool, option: str) -> None:
    """Enable or disable scheduling on a node. Raises: BatchError NodeAlreadyInTargetSchedulingState."""
    if node.scheduling_enabled is enabled:
        raise BatchError("NodeAlreadyInTargetSchedulingState")
    node.scheduling_enabled = enabled
    if enabled and node.state is NodeState.OFFLINE:
        set_node_state(account, pool, node, NodeState.IDLE)
    elif not enabled and node.state is NodeState.IDLE:
        set_node_state(account, pool, node, NodeState.OFFLINE)
    rows.save_node(account.store, account.name, pool, node)
    account.listener.node_changed(account, pool, node, None if enabled else option)


def save(account: Account, pool: PoolRecord) -> None:
    """Write changes of a pool to disk."""
    rows.save_pool(account.store, account.name, pool)


def _start_resize(account: Account, pool: PoolRecord) -> None:
    now = account.clock.now()
    pool.allocation_state, pool.allocation_time, pool.modified = AllocationState.RESIZING, now, now
    pool.resize_errors = []
    save(account, pool)
    account.listener.pool_changed(account, pool)


def _refuse_deleting(pool: PoolRecord) -> None:
    if pool.state is PoolState.DELETING:
        raise BatchError("PoolBeingDeleted")


def _refuse_unsteady(pool: PoolRecord) -> None:
    _refuse_deleting(pool)
    if pool.allocation_state is not AllocationState.STEADY:
        raise BatchError("PoolBeingResized")
