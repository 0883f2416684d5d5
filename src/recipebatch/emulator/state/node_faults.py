"""A node is taken away or lost, because somebody asked for that trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.emulator.state import pool_moves
from recipebatch.emulator.state.refusal import Refusal
from recipebatch.vocabulary.states import NodeState

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import NodeRecord, PoolRecord

_UP = frozenset({NodeState.IDLE, NodeState.RUNNING, NodeState.OFFLINE, NodeState.START_TASK_FAILED})


def preempt_node(account: Account, pool: PoolRecord, node: NodeRecord) -> None:
    """The node's machine is taken back: its tasks wait for another node, it stays in the pool as `preempted`.

    Raises:
        Refusal: OperationNotValidOnNode when it is a dedicated one or not up.
    """
    if node.is_dedicated:
        raise Refusal("OperationNotValidOnNode", ("Reason", "Only low-priority nodes are preempted"))
    _take_down(account, pool, node, NodeState.PREEMPTED)


def lose_node(account: Account, pool: PoolRecord, node: NodeRecord, *, usable_again: bool) -> None:
    """The service hears nothing of the node any more, or finds it broken; its tasks wait for another node.

    Raises:
        Refusal: OperationNotValidOnNode when it is not up.
    """
    _take_down(account, pool, node, NodeState.UNKNOWN if usable_again else NodeState.UNUSABLE)


def _take_down(account: Account, pool: PoolRecord, node: NodeRecord, state: NodeState) -> None:
    if node.state not in _UP:
        raise Refusal("OperationNotValidOnNode", ("Reason", f"The node is {node.state.value}"))
    pool_moves.move_node(account, pool, node, state)
    account.listener.node_changed(account, pool, node, "requeue")
