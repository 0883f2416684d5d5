from __future__ import annotations

from typing import Any

import pytest

from recipebatch.emulator.state import BatchError
from recipebatch.emulator.state.transitions import node as nodes
from recipebatch.vocabulary.states import NodeState

UP = [NodeState.IDLE, NodeState.RUNNING, NodeState.OFFLINE, NodeState.START_TASK_FAILED]


@pytest.mark.parametrize("before", [*UP, NodeState.CREATING, NodeState.STARTING, NodeState.UNUSABLE])
def test_a_node_that_is_up_coming_up_or_unusable_reboots(state: Any, before: NodeState) -> None:
    pool = state.pool()
    node = state.node(pool, before)
    nodes.reboot_node(state.account, pool, node, "terminate")
    assert (node.state, node.emptying) == (NodeState.REBOOTING, "terminate")
    assert state.calls["power_changed"] == 1


@pytest.mark.parametrize(
    ("before", "code"),
    [
        (NodeState.CREATING, "NodeBeingCreated"),
        (NodeState.WAITING_FOR_START_TASK, "NodeBeingStarted"),
        (NodeState.REBOOTING, "NodeBeingRebooted"),
        (NodeState.UNUSABLE, "NodeStateUnusable"),
        (NodeState.LEAVING_POOL, "OperationNotValidOnNode"),
        (NodeState.DEALLOCATED, "OperationNotValidOnNode"),
    ],
)
def test_a_node_that_is_not_up_is_not_deallocated(state: Any, before: NodeState, code: str) -> None:
    pool = state.pool()
    node = state.node(pool, before)
    with pytest.raises(BatchError, match=code):
        nodes.deallocate_node(state.account, pool, node, "requeue")
    assert (node.state, state.calls["power_changed"]) == (before, 0)


@pytest.mark.parametrize("before", UP)
def test_a_node_that_is_up_is_deallocated_and_then_started(state: Any, before: NodeState) -> None:
    pool = state.pool()
    node = state.node(pool, before)
    nodes.deallocate_node(state.account, pool, node, "requeue")
    assert node.state is NodeState.DEALLOCATING
    with pytest.raises(BatchError, match="OperationNotValidOnNode"):
        nodes.start_node(state.account, pool, node)
    node.state = NodeState.DEALLOCATED
    nodes.start_node(state.account, pool, node)
    assert node.state is NodeState.STARTING


@pytest.mark.parametrize("before", [NodeState.IDLE, NodeState.CREATING])
def test_only_a_deallocated_node_is_started(state: Any, before: NodeState) -> None:
    pool = state.pool()
    with pytest.raises(BatchError) as caught:
        nodes.start_node(state.account, pool, state.node(pool, before))
    assert caught.value.code == "OperationNotValidOnNode"
    assert dict(caught.value.values) == {"Reason": f"The node is in the state {before.value}"}


def test_a_user_is_added_changed_and_removed(state: Any) -> None:
    pool = state.pool()
    node = state.node(pool)
    nodes.add_user(state.account, pool, node, {"name": "ann", "isAdmin": False})
    with pytest.raises(BatchError, match="NodeUserExists"):
        nodes.add_user(state.account, pool, node, {"name": "ann"})
    nodes.change_user(state.account, pool, node, "ann", {"expiryTime": "2030-01-01T00:00:00Z"})
    assert node.users == {"ann": {"name": "ann", "isAdmin": False, "expiryTime": "2030-01-01T00:00:00Z"}}
    nodes.remove_user(state.account, pool, node, "ann")
    with pytest.raises(BatchError, match="NodeUserNotFound"):
        nodes.remove_user(state.account, pool, node, "ann")
    with pytest.raises(BatchError, match="NodeUserNotFound"):
        nodes.change_user(state.account, pool, node, "ann", {})


def test_a_node_that_is_not_up_has_no_user_accounts(state: Any) -> None:
    pool = state.pool()
    with pytest.raises(BatchError, match="NodeBeingCreated"):
        nodes.add_user(state.account, pool, state.node(pool, NodeState.CREATING), {"name": "ann"})
