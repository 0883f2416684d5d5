from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from recipebatch.emulator.state import node_address
from recipebatch.vocabulary.states import NodeState


@pytest.mark.parametrize(
    ("node_state", "enabled", "leaving", "exclusive", "takes"),
    [
        (NodeState.IDLE, True, None, None, True),
        (NodeState.RUNNING, True, None, None, True),
        (NodeState.RUNNING, True, None, (1, 2), False),
        (NodeState.IDLE, False, None, None, False),
        (NodeState.IDLE, True, "requeue", None, False),
        (NodeState.STARTING, True, None, None, False),
        (NodeState.OFFLINE, True, None, None, False),
    ],
)
def test_a_node_takes_tasks_while_it_is_up_free_and_stays(
    state: Any, node_state: NodeState, leaving: str | None, exclusive: Any, *, enabled: bool, takes: bool
) -> None:
    node = state.node(state.pool(), node_state)
    node.scheduling_enabled, node.leaving, node.exclusive = enabled, leaving, exclusive
    assert node.takes_tasks is takes


def test_every_node_has_an_address_of_this_machine_of_its_own(state: Any) -> None:
    pools = [state.pool(name) for name in ("a", "b")]
    addresses = [node_address(pool, state.node(pool)) for pool in pools for _ in range(3)]
    assert len(set(addresses)) == 6
    assert all(ip_address(address) in ip_network("127.64.0.0/10") for address in addresses)
    # Nodes of one pool are neighbours.
    assert int(ip_address(addresses[1])) - int(ip_address(addresses[0])) == 1


def test_a_pool_has_its_id_in_lower_case_for_a_key(state: Any) -> None:
    pool = state.pool("MyPool", taskSlotsPerNode=3)
    assert (pool.key, pool.slots_per_node) == ("mypool", 3)
