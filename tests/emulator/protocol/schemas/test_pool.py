from __future__ import annotations

from typing import Any

import pytest

MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}
POOL = {"id": "p", "vmSize": "STANDARD_D2_v3", "virtualMachineConfiguration": MACHINE}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "a b"),
        ("id", "x" * 65),
        ("vmSize", "thisisinvalid"),
        ("targetDedicatedNodes", -1),
        ("targetDedicatedNodes", "many"),
        ("taskSlotsPerNode", 0),
        ("taskSlotsPerNode", 257),
        ("resizeTimeout", "PT4M"),
        ("resizeTimeout", "soon"),
        ("enableInterNodeCommunication", "yes"),
        ("taskSchedulingPolicy", {"nodeFillType": "sideways"}),
        ("displayName", "x" * 1025),
        ("metadata", {}),
    ],
)
def test_a_bad_value_of_a_pool_is_named(wire: Any, name: str, value: Any) -> None:
    answer = wire("POST", "/pools", {**POOL, name: value})
    assert (answer.status, answer.code) == (400, "InvalidPropertyValue")
    assert answer.values["PropertyName"] in {name, "nodeFillType"}


def test_pools_of_cloud_services_are_retired(wire: Any) -> None:
    older = type(wire)(wire.account, "2024-02-01.19.0")
    answer = older("POST", "/pools", {**POOL, "cloudServiceConfiguration": {"osFamily": "5"}})
    assert (answer.status, answer.code) == (400, "CloudServiceConfigurationRetired")
