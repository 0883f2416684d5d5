"""Transitions of a node requested by clients: reboot, deallocate, start; and its user accounts.

Source: Batch REST API, "Compute Node" operations, for their valid states. No refusal is
recorded; the codes are those of "Batch Status and Error Codes".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.emulator.state.errors import BatchError
from recipebatch.emulator.state.transitions import pool as pool_transitions
from recipebatch.vocabulary.states import NodeState

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import Json, NodeRecord, PoolRecord

MAX_USERS = 100
_UP = frozenset({NodeState.IDLE, NodeState.RUNNING})
# A node that is offline or whose start task failed counts as up: a reboot is the usual fix.
_BOOTED = _UP | {NodeState.OFFLINE, NodeState.START_TASK_FAILED}
_COMING_UP = frozenset({NodeState.CREATING, NodeState.STARTING})
_CODES = {
    NodeState.CREATING: "NodeBeingCreated",
    NodeState.STARTING: "NodeBeingStarted",
    NodeState.WAITING_FOR_START_TASK: "NodeBeingStarted",
    NodeState.REBOOTING: "NodeBeingRebooted",
    NodeState.REIMAGING: "NodeBeingReimaged",
    NodeState.UNUSABLE: "NodeStateUnusable",
}


def reboot_node(account: Account, pool: PoolRecord, node: NodeRecord, option: str) -> None:
    """Reboot the node after its tasks are handled as `option` says; an unusable node may recover.

    Raises:
        BatchError: it is neither up nor booting.
    """
    if node.state is not NodeState.UNUSABLE:
        # A node that is being created can be rebooted (recorded answers); presumably also one that is starting.
        _refuse_unless(node, _BOOTED | _COMING_UP)
    _begin(account, pool, node, NodeState.REBOOTING, option)


def deallocate_node(account: Account, pool: PoolRecord, node: NodeRecord, option: str) -> None:
    """Deallocate the node after its tasks are handled as `option` says; its disk is kept.

    Raises:
        BatchError: it is not up.
    """
    _refuse_unless(node, _BOOTED)
    _begin(account, pool, node, NodeState.DEALLOCATING, option)


def start_node(account: Account, pool: PoolRecord, node: NodeRecord) -> None:
    """Start a deallocated node. Raises: BatchError: it is not deallocated."""
    _refuse_unless(node, {NodeState.DEALLOCATED})
    _begin(account, pool, node, NodeState.STARTING, "requeue")


def add_user(account: Account, pool: PoolRecord, node: NodeRecord, user: Json) -> None:
    """Record a user account of the node; `user` has no password or key.

    Raises:
        BatchError: NodeUserExists; OperationNotValidOnNode if it has `MAX_USERS` accounts.
    """
    _refuse_unless(node, _BOOTED)
    if user["name"] in node.users:
        raise BatchError("NodeUserExists")
    if len(node.users) >= MAX_USERS:
        reason = f"A node of this emulator has at most {MAX_USERS} user accounts"
        raise BatchError("OperationNotValidOnNode", ("Reason", reason))
    node.users[user["name"]] = user
    pool_transitions.save_node(account, pool, node)


def change_user(account: Account, pool: PoolRecord, node: NodeRecord, name: str, changes: Json) -> None:
    """Change a user account. Raises: BatchError NodeUserNotFound."""
    _refuse_unless(node, _BOOTED)
    node.users[name] = {**_user(node, name), **changes}
    pool_transitions.save_node(account, pool, node)


def remove_user(account: Account, pool: PoolRecord, node: NodeRecord, name: str) -> None:
    """Remove a user account. Raises: BatchError NodeUserNotFound."""
    _refuse_unless(node, _BOOTED)
    _user(node, name)
    del node.users[name]
    pool_transitions.save_node(account, pool, node)


def _user(node: NodeRecord, name: str) -> Json:
    if (user := node.users.get(name)) is None:
        raise BatchError("NodeUserNotFound")
    return user


def _begin(account: Account, pool: PoolRecord, node: NodeRecord, state: NodeState, option: str) -> None:
    node.emptying = option
    pool_transitions.set_node_state(account, pool, node, state)
    account.listener.power_changed(account, pool, node)


def _refuse_unless(node: NodeRecord, valid: frozenset[NodeState] | set[NodeState]) -> None:
    if node.state in valid:
        return
    if (code := _CODES.get(node.state)) is not None and NodeState.DEALLOCATED not in valid:
        raise BatchError(code)
    raise BatchError("OperationNotValidOnNode", ("Reason", f"The node is in the state {node.state.value}"))
