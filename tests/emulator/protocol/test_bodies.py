"""Bodies that are refused: unknown, missing, wrong and unserved properties."""

from __future__ import annotations

from typing import Any

import pytest

IMAGE = {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"}
MACHINE = {"imageReference": IMAGE, "nodeAgentSKUId": "batch.node.ubuntu 24.04"}
POOL = {"id": "p", "vmSize": "standard_d2", "virtualMachineConfiguration": MACHINE}
JOB = {"id": "j", "poolInfo": {"poolId": "p"}}
TASK = {"id": "t", "commandLine": "true"}
FILE = {"httpUrl": "http://example.com/a", "filePath": "a"}
UPLOAD = {
    "filePattern": "*",
    "destination": {"container": {"containerUrl": "http://example.com/c"}},
    "uploadOptions": {"uploadCondition": "tasksuccess"},
}


def change(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one property changed; None removes it."""
    name, _, rest = path.partition("/")
    changed = dict(document)
    if rest:
        changed[name] = change(document.get(name, {}), rest, value)
    elif value is None:
        del changed[name]
    else:
        changed[name] = value
    return changed


def test_an_unknown_property_is_named_with_its_type(wire: Any) -> None:
    answer = wire("POST", "/pools", {**POOL, "startTask": {"commandLine": "true", "comand": 1}})
    assert (answer.status, answer.code) == (400, "InvalidRequestBody")
    assert answer.values == {
        "Reason": "The property 'comand' does not exist on type 'Microsoft.Azure.Batch.Protocol.Entities.StartTask'. "
        "Make sure to only use property names that are defined by the type."
    }


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3"])
def test_a_body_that_is_no_object_is_refused(wire: Any, body: bytes) -> None:
    assert wire("POST", "/jobs", body).status == 400


@pytest.mark.parametrize(
    "name", ["id", "vmSize", "virtualMachineConfiguration", "virtualMachineConfiguration/nodeAgentSKUId"]
)
def test_a_missing_property_of_a_pool_is_named(wire: Any, name: str) -> None:
    answer = wire("POST", "/pools", change(POOL, name, None))
    assert (answer.status, answer.code) == (400, "MissingRequiredProperty")
    assert answer.values["PropertyName"] == name.rpartition("/")[2]


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


def test_an_image_that_is_not_supported_is_refused_as_recorded(wire: Any) -> None:
    image = {"publisher": "a", "offer": "b", "sku": "c"}
    answer = wire("POST", "/pools", change(POOL, "virtualMachineConfiguration/imageReference", image))
    assert (answer.status, answer.code) == (400, "InvalidPropertyValue")
    assert answer.values == {
        "PropertyName": "imageReference",
        "Reason": "The specified imageReference with publisher a offer b sku c is not supported.",
    }


def test_a_node_agent_of_another_image_is_refused(wire: Any) -> None:
    answer = wire("POST", "/pools", change(POOL, "virtualMachineConfiguration/nodeAgentSKUId", "batch.node.el 9"))
    assert answer.values["PropertyName"] == "nodeAgentSKUId"


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        (
            "/pools",
            change(POOL, "mountConfiguration", [{"cifsMountConfiguration": {"source": "s"}}]),
            "cifsMountConfiguration",
        ),
        ("/pools", change(POOL, "virtualMachineConfiguration/dataDisks", [{"lun": 0}]), "dataDisks"),
        ("/pools", change(POOL, "virtualMachineConfiguration/extensions", [{"name": "n"}]), "extensions"),
        (
            "/jobs/j/tasks",
            change(TASK, "resourceFiles", [{"httpUrl": "http://h/b", "identityReference": {"resourceId": "r"}}]),
            "identityReference",
        ),
    ],
)
def test_a_property_that_is_not_served_is_refused_and_not_forgotten(
    wire: Any, path: str, body: dict[str, Any], name: str
) -> None:
    wire("POST", "/jobs", JOB)
    answer = wire("POST", path, {**body, "id": "other"})
    assert (answer.status, answer.code) == (400, "UnsupportedProperty")
    assert answer.values["PropertyName"] == name
    assert "emulator" in answer.values["Reason"] or "account" in answer.values["Reason"]


def test_a_package_of_an_application_that_does_not_exist_is_refused_as_recorded(wire: Any) -> None:
    answer = wire("POST", "/pools", {**POOL, "applicationPackageReferences": [{"applicationId": "does-not-exist"}]})
    assert (answer.status, answer.code) == (409, "InvalidApplicationPackageReferences")
    assert answer.values == {"does-not-exist": "The specified application package does not exist."}


@pytest.mark.parametrize("version", ["2024-07-01.20.0", "2025-06-01"])
def test_a_property_of_another_version_is_unknown(wire: Any, version: str) -> None:
    versioned = type(wire)(wire.account, version)
    name = "resourceTags" if version == "2025-06-01" else "applicationLicenses"
    answer = versioned("POST", "/pools", {**POOL, name: {"a": "b"}})
    assert (answer.status, answer.code) == (400, "InvalidRequestBody")


def test_pools_of_cloud_services_are_retired(wire: Any) -> None:
    older = type(wire)(wire.account, "2024-02-01.19.0")
    answer = older("POST", "/pools", {**POOL, "cloudServiceConfiguration": {"osFamily": "5"}})
    assert (answer.status, answer.code) == (400, "CloudServiceConfigurationRetired")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("priority", 1001, "InvalidPropertyValue"),
        ("maxParallelTasks", 0, "InvalidPropertyValue"),
        ("maxParallelTasks", -2, "InvalidPropertyValue"),
        ("onAllTasksComplete", "badValue", "InvalidPropertyValue"),
        ("poolInfo", {}, "MissingRequiredProperty"),
        ("constraints", {"maxTaskRetryCount": -2}, "InvalidPropertyValue"),
    ],
)
def test_a_bad_value_of_a_job_is_refused(wire: Any, name: str, value: Any, code: str) -> None:
    answer = wire("POST", "/jobs", {**JOB, name: value})
    assert (answer.status, answer.code) == (400, code)


def test_a_wrong_word_is_shown_as_recorded(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    assert wire("PATCH", "/jobs/j", {"onAllTasksComplete": "badValue"}).values == {
        "PropertyName": "onAllTasksComplete",
        "PropertyValue": "badValue",
        "Reason": "The value provided for one of the properties in the request body is invalid.",
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"commandLine": ""}, "InvalidPropertyValue"),
        ({"displayName": 7}, "InvalidPropertyValue"),
        ({"requiredSlots": 0}, "InvalidPropertyValue"),
        ({"resourceFiles": [{}]}, "MissingRequiredProperty"),
        ({"resourceFiles": [{"httpUrl": "http://example.com/a"}]}, "MissingRequiredProperty"),
        ({"resourceFiles": [{**FILE, "storageContainerUrl": "http://example.com/c"}]}, "InvalidPropertyValue"),
        ({"resourceFiles": [{**FILE, "filePath": "../a"}]}, "InvalidPropertyValue"),
        ({"resourceFiles": [{**FILE, "filePath": "/etc/a"}]}, "InvalidPropertyValue"),
        ({"resourceFiles": [{**FILE, "fileMode": "rwx"}]}, "InvalidPropertyValue"),
        ({"outputFiles": [change(UPLOAD, "destination", {})]}, "MissingRequiredProperty"),
        ({"outputFiles": [change(UPLOAD, "uploadOptions", None)]}, "MissingRequiredProperty"),
        ({"outputFiles": [change(UPLOAD, "uploadOptions/uploadCondition", "never")]}, "InvalidPropertyValue"),
    ],
)
def test_a_bad_task_is_refused(wire: Any, changes: dict[str, Any], code: str) -> None:
    wire("POST", "/jobs", JOB)
    answer = wire("POST", "/jobs/j/tasks", {**TASK, **changes})
    assert (answer.status, answer.code) == (400, code)


def test_a_number_may_come_as_text(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    wire("POST", "/jobs/j/tasks", TASK)
    assert wire("PUT", "/jobs/j/tasks/t", {"constraints": {"maxTaskRetryCount": "3"}}).status == 200
    assert wire("GET", "/jobs/j/tasks/t").json()["constraints"]["maxTaskRetryCount"] == 3


def test_a_url_with_a_sas_is_not_repeated_in_an_error(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    answer = wire("POST", "/jobs/j/tasks", {**TASK, "resourceFiles": [{"httpUrl": "bad?sig=secret", "filePath": "a"}]})
    assert answer.status == 400
    assert b"secret" not in answer.content


def test_in_a_collection_a_bad_url_spoils_its_own_task_alone(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    bad = {"id": "1", "commandLine": "true", "resourceFiles": [{"httpUrl": "fake.url", "filePath": "a"}]}
    answer = wire("POST", "/jobs/j/addtaskcollection", {"value": [bad, TASK]})
    assert answer.status == 200
    refused, added = answer.json()["value"]
    assert (refused["status"], refused["taskId"]) == ("ClientError", "1")
    assert refused["error@odata.navigationLinkUrl"].endswith("/jobs/j/tasks/1/error")
    assert refused["error"]["code"] == "InvalidPropertyValue"
    assert f"\nRequestId:{answer.headers['request-id']}\nTime:" in refused["error"]["message"]["value"]
    assert refused["error"]["values"] == [
        {"key": "PropertyName", "value": "httpUrl"},
        {"key": "PropertyValue", "value": "fake.url"},
        {"key": "Reason", "value": "The specified HttpUrl is not a valid URI"},
    ]
    assert (added["status"], added["taskId"]) == ("Success", "t")
    assert added["location"].endswith("/jobs/j/tasks/t")


def test_in_a_collection_a_task_that_exists_is_an_error_of_its_own(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    wire("POST", "/jobs/j/tasks", TASK)
    results = wire("POST", "/jobs/j/addtaskcollection", {"value": [{**TASK, "id": "T"}, {**TASK, "id": "u"}]}).json()
    assert [result["status"] for result in results["value"]] == ["ClientError", "Success"]
    assert results["value"][0]["error"]["code"] == "TaskExists"


def test_more_than_a_hundred_tasks_at_once_are_refused(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    many = [{**TASK, "id": f"t{number}"} for number in range(101)]
    assert wire("POST", "/jobs/j/addtaskcollection", {"value": many}).status == 400
    assert wire("POST", "/jobs/j/addtaskcollection", {"value": many[:100]}).status == 200
