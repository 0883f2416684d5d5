from __future__ import annotations

from typing import Any

import pytest

POOL: dict[str, Any] = {
    "id": "p",
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
}


def with_machine(**more: Any) -> dict[str, Any]:
    return {**POOL, "virtualMachineConfiguration": {**POOL["virtualMachineConfiguration"], **more}}


def test_user_accounts_are_shown_without_their_passwords(wire: Any) -> None:
    account = {"name": "ann", "password": "hush", "elevationLevel": "admin"}
    linux = {"name": "bob", "password": "hush", "linuxUserConfiguration": {"uid": 7, "gid": 7, "sshPrivateKey": "k"}}
    assert wire("POST", "/pools", {**POOL, "userAccounts": [account, linux]}).status == 201
    assert wire("GET", "/pools/p").json()["userAccounts"] == [
        {"name": "ann", "elevationLevel": "admin"},
        {"name": "bob", "linuxUserConfiguration": {"uid": 7, "gid": 7}, "elevationLevel": "nonadmin"},
    ]


def test_a_mount_is_shown_without_its_key(wire: Any) -> None:
    blob = {"accountName": "acc", "containerName": "con", "relativeMountPath": "data"}
    mount = {"azureBlobFileSystemConfiguration": {**blob, "accountKey": "a2V5"}}
    assert wire("POST", "/pools", {**POOL, "mountConfiguration": [mount]}).status == 201
    assert wire("GET", "/pools/p").json()["mountConfiguration"] == [{"azureBlobFileSystemConfiguration": blob}]


@pytest.mark.parametrize(
    ("mount", "name"),
    [
        ({}, "mountConfiguration"),
        (
            {"azureBlobFileSystemConfiguration": {"accountName": "a", "containerName": "c", "relativeMountPath": "d"}},
            "mountConfiguration",
        ),
        (
            {
                "azureBlobFileSystemConfiguration": {
                    "accountName": "a",
                    "containerName": "c",
                    "sasKey": "s",
                    "relativeMountPath": "../d",
                }
            },
            "relativeMountPath",
        ),
    ],
)
def test_a_mount_needs_one_file_system_one_key_and_a_place(wire: Any, mount: Any, name: str) -> None:
    answer = wire("POST", "/pools", {**POOL, "mountConfiguration": [mount]})
    assert (answer.code, answer.values["PropertyName"]) == ("InvalidPropertyValue", name)


def test_what_cannot_be_mounted_is_refused(wire: Any) -> None:
    mount = {"nfsMountConfiguration": {"source": "host:/share", "relativeMountPath": "x"}}
    answer = wire("POST", "/pools", {**POOL, "mountConfiguration": [mount]})
    assert (answer.code, answer.values["PropertyName"]) == ("UnsupportedProperty", "nfsMountConfiguration")


def test_disks_and_extensions_are_refused(wire: Any) -> None:
    disk = wire("POST", "/pools", with_machine(dataDisks=[{"lun": 1, "diskSizeGB": 50}]))
    assert (disk.code, disk.values["PropertyName"]) == ("UnsupportedProperty", "dataDisks")
    extension = {"name": "n", "publisher": "p", "type": "t"}
    assert wire("POST", "/pools", with_machine(extensions=[extension])).code == "UnsupportedProperty"


def test_a_user_account_is_one_of_the_pools_operating_system(wire: Any) -> None:
    account = {"name": "someone", "password": "kept", "windowsUserConfiguration": {"loginMode": "interactive"}}
    answer = wire("POST", "/pools", {**POOL, "userAccounts": [account]})
    assert (answer.status, answer.values["PropertyName"]) == (400, "windowsUserConfiguration")
    image = {"publisher": "microsoftwindowsserver", "offer": "windowsserver", "sku": "2022-datacenter"}
    machine = {"imageReference": image, "nodeAgentSKUId": "batch.node.windows amd64"}
    users = [account, {"name": "other", "password": "kept"}]
    body = {**POOL, "virtualMachineConfiguration": machine, "userAccounts": users}
    assert wire("POST", "/pools", body).status == 201
    shown = wire("GET", "/pools/p").json()["userAccounts"]
    assert [user["windowsUserConfiguration"]["loginMode"] for user in shown] == ["interactive", "batch"]


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


def test_a_jobs_network_is_shown_again(wire: Any) -> None:
    job = {"id": "j", "poolInfo": {"poolId": "p"}, "networkConfiguration": {"subnetId": "/subscriptions/x"}}
    assert wire("POST", "/jobs", job).status == 201
    assert wire("GET", "/jobs/j").json()["networkConfiguration"] == {"subnetId": "/subscriptions/x"}


def test_an_auto_storage_container_needs_an_auto_storage_account(wire: Any, job: str) -> None:
    task = {"id": "t", "commandLine": "true", "resourceFiles": [{"autoStorageContainerName": "c"}]}
    answer = wire("POST", f"/jobs/{job}/tasks", task)
    assert (answer.code, answer.values["PropertyName"]) == ("InvalidPropertyValue", "autoStorageContainerName")
    many = wire("POST", f"/jobs/{job}/addtaskcollection", {"value": [task, {"id": "u", "commandLine": "true"}]})
    assert [entry["status"] for entry in many.json()["value"]] == ["ClientError", "Success"]


def test_no_applications_are_an_empty_list(wire: Any) -> None:
    assert wire("GET", "/applications").json()["value"] == []
    assert wire("GET", "/applications/none").code == "ApplicationNotFound"
