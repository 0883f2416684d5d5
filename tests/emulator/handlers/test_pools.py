from __future__ import annotations

from typing import Any

POOL: dict[str, Any] = {
    "id": "p",
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
}


def test_supported_images_name_the_node_agent_of_an_image(wire: Any) -> None:
    found = wire("GET", "/supportedimages?$filter=nodeAgentSKUId%20eq%20'batch.node.ubuntu%2024.04'").json()["value"]
    assert {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
        "verificationType": "verified",
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
        "capabilities": ["Generation2VMImage"],
        "osType": "linux",
    } in found
    everything = wire("GET", "/supportedimages").json()["value"]
    assert {image["osType"] for image in everything} == {"linux", "windows"}
