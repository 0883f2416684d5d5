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


@pytest.mark.parametrize("version", ["2024-07-01.20.0", "2025-06-01"])
def test_a_property_of_another_version_is_unknown(wire: Any, version: str) -> None:
    versioned = type(wire)(wire.account, version)
    name = "resourceTags" if version == "2025-06-01" else "applicationLicenses"
    answer = versioned("POST", "/pools", {**POOL, name: {"a": "b"}})
    assert (answer.status, answer.code) == (400, "InvalidRequestBody")


def test_a_number_may_come_as_text(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    wire("POST", "/jobs/j/tasks", TASK)
    assert wire("PUT", "/jobs/j/tasks/t", {"constraints": {"maxTaskRetryCount": "3"}}).status == 200
    assert wire("GET", "/jobs/j/tasks/t").json()["constraints"]["maxTaskRetryCount"] == 3


@pytest.mark.parametrize(
    "number", ["--5", "²", "٣", "+5", "1e3", "", " 5", "9" * 5000, 10**4000, 2**31, -(2**31) - 1, 1.5, True, [5], {}]
)
def test_a_number_that_is_none_or_too_large_is_refused(wire: Any, number: Any) -> None:
    wire("POST", "/jobs", JOB)
    answer = wire("POST", "/jobs/j/tasks", {**TASK, "constraints": {"maxTaskRetryCount": number}})
    assert (answer.status, answer.code) == (400, "InvalidPropertyValue")
    assert len(answer.content) < 3000


@pytest.mark.parametrize("moment", [5, True, [], "²", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59-14:00", "9" * 5000])
def test_a_time_that_is_none_is_refused(wire: Any, moment: Any) -> None:
    body = {"id": "s", "schedule": {"doNotRunUntil": moment}, "jobSpecification": {"poolInfo": {"poolId": "p"}}}
    assert wire("POST", "/jobschedules", body).code == "InvalidPropertyValue"


@pytest.mark.parametrize("span", ["P" + "9" * 5000 + "D", "P٣D", "-PT5M", 5, "PT"])
def test_a_duration_that_is_none_is_refused(wire: Any, span: Any) -> None:
    wire("POST", "/jobs", JOB)
    answer = wire("POST", "/jobs/j/tasks", {**TASK, "constraints": {"maxWallClockTime": span}})
    assert answer.code == "InvalidPropertyValue"


def test_a_schedule_that_recurs_after_thousands_of_years_can_be_listed(wire: Any) -> None:
    body = {
        "id": "s",
        "schedule": {"recurrenceInterval": "P999999999D"},
        "jobSpecification": {"poolInfo": {"poolId": "p"}},
    }
    assert wire("POST", "/jobschedules", body).status == 201
    listed = wire("GET", "/jobschedules").json()["value"]
    assert listed[0]["executionInfo"]["nextRunTime"] == "9999-12-31T23:59:59.9999999Z"


def test_a_url_with_a_sas_is_not_repeated_in_an_error(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    answer = wire("POST", "/jobs/j/tasks", {**TASK, "resourceFiles": [{"httpUrl": "bad?sig=secret", "filePath": "a"}]})
    assert answer.status == 400
    assert b"secret" not in answer.content
