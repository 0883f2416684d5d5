"""Injected faults of a node: it is preempted or lost, and restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.emulator.state.errors import BatchError
from recipebatch.emulator.state.transitions import pool as pool_transitions
from recipebatch.vocabulary.durations import TICKS_PER_SECOND
from recipebatch.vocabulary.states import NodeState

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import NodeRecord, PoolRecord

DOWN = frozenset({NodeState.PREEMPTED, NodeState.UNKNOWN, NodeState.UNUSABLE})
"""States from which a node can be restored."""

_UP = frozenset({NodeState.IDLE, NodeState.RUNNING, NodeState.OFFLINE, NodeState.START_TASK_FAILED})


BACK_TICKS = 60 * TICKS_PER_SECOND
"""Default downtime of a preempted node; the documentation says only "as capacity allows"."""


def preempt_node(account: Account, pool: PoolRecord, node: NodeRecord, *, back: int | None = BACK_TICKS) -> None:
    """Preempt a node: its tasks are requeued, and it stays in the pool as `preempted`.

    Args:
        back: ticks until it is restored, scaled by the time scale; None means never.

    Raises:
        BatchError: OperationNotValidOnNode when it is a dedicated one or not up.
    """
    if node.is_dedicated:
        raise BatchError("OperationNotValidOnNode", ("Reason", "Only low-priority nodes are preempted"))
    _take_down(account, pool, node, NodeState.PREEMPTED, back)


def lose_node(
    account: Account, pool: PoolRecord, node: NodeRecord, *, usable_again: bool, back: int | None = None
) -> None:
    """Make the node lost (state `unknown`) or `unusable`; its tasks are requeued.

    Raises:
        BatchError: OperationNotValidOnNode when it is not up.
    """
    _take_down(account, pool, node, NodeState.UNKNOWN if usable_again else NodeState.UNUSABLE, back)


def restore_node(account: Account, pool: PoolRecord, node: NodeRecord) -> None:
    """Restore the node: it boots again.

    Raises:
        BatchError: OperationNotValidOnNode when it is neither preempted nor lost.
    """
    if node.state not in DOWN:
        raise BatchError("OperationNotValidOnNode", ("Reason", f"The node is {node.state.value}"))
    node.back_at = None
    pool_transitions.set_node_state(account, pool, node, NodeState.STARTING)
    account.listener.power_changed(account, pool, node)


def _take_down(account: Account, pool: PoolRecord, node: NodeRecord, state: NodeState, back: int | None) -> None:
    if node.state not in _UP:
        raise BatchError("OperationNotValidOnNode", ("Reason", f"The node is {node.state.value}"))
    node.back_at = None if back is None else account.clock.later(account.clock.now(), back)
    pool_transitions.set_node_state(account, pool, node, state)
    account.listener.node_changed(account, pool, node, "requeue")
