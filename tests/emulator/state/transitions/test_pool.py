from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.emulator.state import BatchError
from recipebatch.emulator.state.transitions import pool as pools
from recipebatch.vocabulary.states import AllocationState, NodeState, PoolState

if TYPE_CHECKING:
    from collections.abc import Callable


def resize(state: Any, pool: Any, dedicated: int, low_priority: int = 0) -> None:
    pools.resize_pool(
        state.account, pool, dedicated=dedicated, low_priority=low_priority, timeout=7, option="terminate"
    )


def test_a_new_pool_resizes_to_its_targets(state: Any) -> None:
    pool = state.pool("P", targetDedicatedNodes=2, targetLowPriorityNodes=1)
    assert state.account.pools == {"p": pool}
    assert (pool.state, pool.allocation_state) == (PoolState.ACTIVE, AllocationState.RESIZING)
    assert (pool.target_dedicated, pool.target_low_priority) == (2, 1)
    assert "targetDedicatedNodes" not in pool.body
    assert state.calls == {"pool_changed": 1}
    assert state.store.count("INSERT OR REPLACE INTO pools") == 1


def test_an_id_is_taken_in_any_case_until_the_pool_is_removed(state: Any) -> None:
    pool = state.pool("P")
    with pytest.raises(BatchError, match="PoolExists"):
        state.pool("p")
    pools.delete_pool(state.account, pool)
    with pytest.raises(BatchError, match="PoolBeingDeleted"):
        state.pool("p")
    pools.drop_pool(state.account, pool)
    assert state.pool("p").id == "p"


def test_a_change_replaces_properties_and_none_removes_them(state: Any) -> None:
    pool = state.pool(metadata=[{"name": "a", "value": "b"}])
    before = pool.modified
    pools.update_pool(state.account, pool, {"metadata": None, "displayName": "new"})
    assert "metadata" not in pool.body
    assert pool.body["displayName"] == "new"
    assert pool.modified > before


def test_a_pool_that_resizes_takes_no_other_resize(state: Any) -> None:
    pool = state.pool()
    with pytest.raises(BatchError, match="PoolBeingResized"):
        resize(state, pool, 1)
    pools.finish_resize(state.account, pool, [])
    resize(state, pool, 1, 2)
    assert (pool.target_dedicated, pool.target_low_priority) == (1, 2)
    assert (pool.resize_timeout, pool.deallocation_option) == (7, "terminate")


def test_removed_nodes_lower_the_target_of_their_kind_but_not_below_zero(state: Any) -> None:
    pool = state.pool(targetDedicatedNodes=1)
    dedicated, spot = state.node(pool), state.node(pool, dedicated=False)
    pools.finish_resize(state.account, pool, [])
    pools.remove_nodes(state.account, pool, [dedicated, spot], timeout=7, option="requeue")
    assert pool.dropping == {dedicated.id, spot.id}
    assert (pool.target_dedicated, pool.target_low_priority) == (0, 0)
    assert pool.allocation_state is AllocationState.RESIZING


def test_only_a_resize_can_be_stopped(state: Any) -> None:
    pool = state.pool()
    pools.finish_resize(state.account, pool, [])
    with pytest.raises(BatchError, match="OperationInvalidForCurrentState"):
        pools.stop_resize(state.account, pool)


@pytest.mark.parametrize(("nodes", "modifies"), [(1, False), (3, True)])
def test_a_stop_modifies_a_pool_that_was_to_shrink(state: Any, nodes: int, *, modifies: bool) -> None:
    pool = state.pool(targetDedicatedNodes=2)
    for _ in range(nodes):
        state.node(pool)
    before = pool.modified
    pools.stop_resize(state.account, pool)
    assert pool.allocation_state is AllocationState.STOPPING
    assert (pool.modified > before) is modifies


@pytest.mark.parametrize(
    ("dedicated", "shrank", "kinds"),
    [
        (2, False, []),
        (1, False, ["dedicated"]),
        (3, False, ["dedicated"]),
        (1, True, []),
        (3, True, ["dedicated"]),
    ],
)
def test_a_stopped_resize_has_an_error_for_each_target_it_missed(
    state: Any, dedicated: int, *, shrank: bool, kinds: list[str]
) -> None:
    pool = state.pool(targetDedicatedNodes=2)
    for _ in range(dedicated):
        state.node(pool)
    pools.stop_resize(state.account, pool)
    pools.finish_resize(state.account, pool, [{"code": "other"}], shrank=shrank)
    assert pool.allocation_state is AllocationState.STEADY
    assert [error["code"] for error in pool.resize_errors] == ["ResizeStopped"] * len(kinds)
    assert all(kind in error["message"] for kind, error in zip(kinds, pool.resize_errors, strict=True))


def test_a_deleted_pool_drops_all_its_nodes_and_refuses_changes(state: Any) -> None:
    pool = state.pool(targetDedicatedNodes=1)
    node = state.node(pool)
    pools.delete_pool(state.account, pool)
    assert (pool.state, pool.target_dedicated, pool.dropping) == (PoolState.DELETING, 0, {node.id})
    changes: list[Callable[[], None]] = [
        lambda: pools.delete_pool(state.account, pool),
        lambda: pools.update_pool(state.account, pool, {}),
        lambda: pools.stop_resize(state.account, pool),
        lambda: resize(state, pool, 1),
    ]
    for change in changes:
        with pytest.raises(BatchError, match="PoolBeingDeleted"):
            change()


def test_nodes_are_numbered_and_named_by_their_kind(state: Any) -> None:
    pool = state.pool()
    first, second = state.node(pool), state.node(pool, dedicated=False)
    assert (first.number, second.number) == (0, 1)
    assert first.id.startswith("tvmps_")
    assert (first.id[-2:], second.id[-2:]) == ("_d", "_p")
    pools.drop_node(state.account, pool, first)
    assert list(pool.nodes) == [second.id]
    assert state.node(pool).number == 2


@pytest.mark.parametrize(
    ("before", "disabled"), [(NodeState.IDLE, NodeState.OFFLINE), (NodeState.RUNNING, NodeState.RUNNING)]
)
def test_an_idle_node_without_scheduling_is_offline(state: Any, before: NodeState, disabled: NodeState) -> None:
    pool = state.pool()
    node = state.node(pool, before)
    pools.set_scheduling(state.account, pool, node, enabled=False, option="requeue")
    assert (node.state, node.takes_tasks) == (disabled, False)
    with pytest.raises(BatchError, match="NodeAlreadyInTargetSchedulingState"):
        pools.set_scheduling(state.account, pool, node, enabled=False, option="requeue")
    pools.set_scheduling(state.account, pool, node, enabled=True, option="requeue")
    assert (node.state, node.takes_tasks) == (before, True)
