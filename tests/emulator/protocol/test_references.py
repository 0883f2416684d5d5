from __future__ import annotations

from typing import Any

MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}
POOL = {"id": "p", "vmSize": "STANDARD_D2_v3", "virtualMachineConfiguration": MACHINE}


def test_an_auto_storage_container_needs_an_auto_storage_account(wire: Any, job: str) -> None:
    task = {"id": "t", "commandLine": "true", "resourceFiles": [{"autoStorageContainerName": "c"}]}
    answer = wire("POST", f"/jobs/{job}/tasks", task)
    assert (answer.code, answer.values["PropertyName"]) == ("InvalidPropertyValue", "autoStorageContainerName")
    many = wire("POST", f"/jobs/{job}/addtaskcollection", {"value": [task, {"id": "u", "commandLine": "true"}]})
    assert [entry["status"] for entry in many.json()["value"]] == ["ClientError", "Success"]


def test_a_package_of_an_application_that_does_not_exist_is_refused_as_recorded(wire: Any) -> None:
    answer = wire("POST", "/pools", {**POOL, "applicationPackageReferences": [{"applicationId": "does-not-exist"}]})
    assert (answer.status, answer.code) == (409, "InvalidApplicationPackageReferences")
    assert answer.values == {"does-not-exist": "The specified application package does not exist."}
