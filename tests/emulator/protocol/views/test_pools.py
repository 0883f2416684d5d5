from __future__ import annotations

from typing import Any

MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}
POOL = {"id": "p", "vmSize": "STANDARD_D2_v3", "virtualMachineConfiguration": MACHINE}


def test_an_older_version_shows_a_pool_with_its_own_properties(wire: Any) -> None:
    older = type(wire)(wire.account, "2024-02-01.19.0")
    tagged = {**POOL, "targetNodeCommunicationMode": "Simplified", "resourceTags": {"a": "b"}}
    assert older("POST", "/pools", tagged).status == 201
    shown = older("GET", "/pools/p").json()
    assert shown["certificateReferences"] == []
    assert shown["targetNodeCommunicationMode"] == "simplified"
    assert shown["resourceTags"] == {"a": "b"}
    assert shown["taskSchedulingPolicy"] == {"nodeFillType": "Spread"}
    newer = wire("GET", "/pools/p").json()
    assert not {"certificateReferences", "targetNodeCommunicationMode", "resourceTags"} & newer.keys()


def test_a_network_is_shown_again_and_its_ports_are_this_machines(wire: Any, until: Any) -> None:
    nat = {
        "name": "web",
        "protocol": "tcp",
        "backendPort": 8080,
        "frontendPortRangeStart": 50000,
        "frontendPortRangeEnd": 50100,
    }
    network = {"endpointConfiguration": {"inboundNATPools": [nat]}}
    pool = {**POOL, "networkConfiguration": network, "targetDedicatedNodes": 1}
    assert wire("POST", "/pools", pool).status == 201
    assert wire("GET", "/pools/p").json()["networkConfiguration"] == {"dynamicVNetAssignmentScope": "none", **network}
    (node,) = until(lambda: wire("GET", "/pools/p/nodes").json()["value"])
    endpoint, login = node["endpointConfiguration"]["inboundEndpoints"]
    assert (endpoint["name"], login["backendPort"]) == ("web.0", 22)
    assert (endpoint["publicIPAddress"], endpoint["frontendPort"], endpoint["backendPort"]) == ("127.0.0.1", 8080, 8080)
