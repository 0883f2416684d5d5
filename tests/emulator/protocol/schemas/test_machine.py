from __future__ import annotations

from typing import Any

MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}
POOL: dict[str, Any] = {"id": "p", "vmSize": "STANDARD_D2_v3", "virtualMachineConfiguration": MACHINE}


def with_machine(**more: Any) -> dict[str, Any]:
    return {**POOL, "virtualMachineConfiguration": {**POOL["virtualMachineConfiguration"], **more}}


def test_disks_and_extensions_are_refused(wire: Any) -> None:
    disk = wire("POST", "/pools", with_machine(dataDisks=[{"lun": 1, "diskSizeGB": 50}]))
    assert (disk.code, disk.values["PropertyName"]) == ("UnsupportedProperty", "dataDisks")
    extension = {"name": "n", "publisher": "p", "type": "t"}
    assert wire("POST", "/pools", with_machine(extensions=[extension])).code == "UnsupportedProperty"


def test_what_makes_no_difference_on_one_machine_is_shown_again(wire: Any) -> None:
    machine: dict[str, Any] = {
        "osDisk": {"caching": "ReadWrite", "diskSizeGB": 100, "managedDisk": {"storageAccountType": "premium_lrs"}},
        "securityProfile": {
            "securityType": "trustedlaunch",
            "encryptionAtHost": True,
            "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
        },
        "nodePlacementConfiguration": {"policy": "Zonal"},
        "licenseType": "RHEL_BYOS",
    }
    policy = {"mode": "automatic", "rollingUpgradePolicy": {"pauseTimeBetweenBatches": "PT0S"}}
    assert wire("POST", "/pools", {**with_machine(**machine), "upgradePolicy": policy}).status == 201
    seen = wire("GET", "/pools/p").json()
    assert seen["upgradePolicy"] == policy
    # An OS disk that is not ephemeral shows that it is not (recorded answers).
    machine["osDisk"]["ephemeralOSDiskSettings"] = {}
    assert {name: seen["virtualMachineConfiguration"][name] for name in machine} == machine
