from __future__ import annotations

from typing import Any

import pytest

from recipebatch.emulator.state import BatchError
from recipebatch.emulator.state.transitions import node_faults
from recipebatch.vocabulary.durations import TICKS_PER_SECOND
from recipebatch.vocabulary.states import NodeState


def test_a_low_priority_node_is_preempted_for_a_minute(state: Any) -> None:
    pool = state.pool()
    node = state.node(pool, dedicated=False)
    now = state.account.clock.now()
    node_faults.preempt_node(state.account, pool, node)
    assert node.state is NodeState.PREEMPTED
    assert node.back_at is not None
    assert node.back_at >= now + 60 * TICKS_PER_SECOND
    assert state.calls["node_changed"] == 1


def test_a_dedicated_node_is_not_preempted(state: Any) -> None:
    pool = state.pool()
    with pytest.raises(BatchError, match="OperationNotValidOnNode"):
        node_faults.preempt_node(state.account, pool, state.node(pool))


@pytest.mark.parametrize(("usable", "after"), [(True, NodeState.UNKNOWN), (False, NodeState.UNUSABLE)])
def test_a_lost_node_is_restored(state: Any, *, usable: bool, after: NodeState) -> None:
    pool = state.pool()
    node = state.node(pool, NodeState.RUNNING)
    node_faults.lose_node(state.account, pool, node, usable_again=usable, back=5)
    assert node.state is after
    node_faults.restore_node(state.account, pool, node)
    assert (node.state, node.back_at) == (NodeState.STARTING, None)
    assert state.calls["power_changed"] == 1


def test_a_node_that_is_not_up_is_not_lost_and_one_that_is_up_not_restored(state: Any) -> None:
    pool = state.pool()
    with pytest.raises(BatchError, match="OperationNotValidOnNode"):
        node_faults.lose_node(state.account, pool, state.node(pool, NodeState.CREATING), usable_again=True)
    with pytest.raises(BatchError, match="OperationNotValidOnNode"):
        node_faults.restore_node(state.account, pool, state.node(pool))


def test_a_node_without_a_time_stays_away(state: Any) -> None:
    pool = state.pool()
    node = state.node(pool, dedicated=False)
    node_faults.preempt_node(state.account, pool, node, back=None)
    assert node.back_at is None
