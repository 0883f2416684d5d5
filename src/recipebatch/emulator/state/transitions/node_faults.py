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
"""How long a preempted node is away by default; the documentation says no more than "as capacity allows"."""


def preempt_node(account: Account, pool: PoolRecord, node: NodeRecord, *, back: int | None = BACK_TICKS) -> None:
    """The node's machine is taken back: its tasks wait for another node, it stays in the pool as `preempted`.

    Args:
        back: ticks after which it comes back, a wait of the service; None is never.

    Raises:
        BatchError: OperationNotValidOnNode when it is a dedicated one or not up.
    """
    if node.is_dedicated:
        raise BatchError("OperationNotValidOnNode", ("Reason", "Only low-priority nodes are preempted"))
    _take_down(account, pool, node, NodeState.PREEMPTED, back)


def lose_node(
    account: Account, pool: PoolRecord, node: NodeRecord, *, usable_again: bool, back: int | None = None
) -> None:
    """The service hears nothing of the node any more, or finds it broken; its tasks wait for another node.

    Raises:
        BatchError: OperationNotValidOnNode when it is not up.
    """
    _take_down(account, pool, node, NodeState.UNKNOWN if usable_again else NodeState.UNUSABLE, back)


def restore_node(account: Account, pool: PoolRecord, node: NodeRecord) -> None:
    """The node has a machine again, and starts on it.

    Raises:
        BatchError: OperationNotValidOnNode when it is neither preempted nor lost.
    """
    if node.state not in DOWN:
        raise BatchError("OperationNotValidOnNode", ("Reason", f"The node is {node.state.value}"))
    node.back_at = None
    pool_transitions.move_node(account, pool, node, NodeState.STARTING)
    account.listener.power_changed(account, pool, node)


def _take_down(account: Account, pool: PoolRecord, node: NodeRecord, state: NodeState, back: int | None) -> None:
    if node.state not in _UP:
        raise BatchError("OperationNotValidOnNode", ("Reason", f"The node is {node.state.value}"))
    node.back_at = None if back is None else account.clock.later(account.clock.now(), back)
    pool_transitions.move_node(account, pool, node, state)
    account.listener.node_changed(account, pool, node, "requeue")
