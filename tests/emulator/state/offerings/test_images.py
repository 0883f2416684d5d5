from __future__ import annotations

from recipebatch.emulator.state import IMAGES, find_image
from recipebatch.vocabulary.machines.images import ALIASES


def test_an_image_is_found_in_any_case_and_by_its_whole_name() -> None:
    found = find_image("Canonical", "UBUNTU-24_04-LTS", "Server")
    assert found is not None
    assert (found.node_agent_sku_id, found.os_type) == ("batch.node.ubuntu 24.04", "linux")
    assert find_image("canonical", "ubuntu-24_04-lts", "none") is None


def test_an_image_is_listed_with_what_it_has() -> None:
    image = find_image("microsoft-dsvm", "ubuntu-hpc", "2004")
    assert image is not None
    assert image.to_json() == {
        "imageReference": {"publisher": "microsoft-dsvm", "offer": "ubuntu-hpc", "sku": "2004", "version": "latest"},
        "verificationType": "verified",
        "nodeAgentSKUId": "batch.node.ubuntu 20.04",
        "capabilities": [
            "DockerCompatible",
            "SupportsRDMAOnly",
            "Generation2VMImage",
            "IntelMPIRuntimeInstalled",
        ],
        "batchSupportEndOfLife": "2025-04-23T00:00:00Z",
        "osType": "linux",
    }


def test_an_unverified_image_without_capabilities_says_less() -> None:
    image = find_image("debian", "debian-12", "12")
    assert image is not None
    assert image.to_json().keys() == {"imageReference", "verificationType", "nodeAgentSKUId", "osType"}
    assert {each.to_json()["verificationType"] for each in IMAGES} == {"verified", "unverified"}


def test_no_image_is_listed_twice() -> None:
    names = [(image.publisher, image.offer, image.sku) for image in IMAGES]
    assert len(names) == len(set(names))


def test_every_alias_of_recipes_is_offered() -> None:
    missing = [alias for alias, image in ALIASES.items() if find_image(*image.key) is None]
    assert missing == []
