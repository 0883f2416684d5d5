from __future__ import annotations

from typing import Any

import pytest

MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}
POOL = {"id": "p", "vmSize": "STANDARD_D2_v3", "virtualMachineConfiguration": MACHINE}


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
