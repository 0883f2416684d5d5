from __future__ import annotations

from typing import Any

import pytest

JOB = {"id": "MyJob", "poolInfo": {"poolId": "none"}}
MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}
POOL = {"vmSize": "standard_d2_v3", "virtualMachineConfiguration": MACHINE}


def test_a_created_job_is_called_job_1_in_the_headers(wire: Any) -> None:
    created = wire("POST", "/jobs", JOB)
    assert created.headers["location"] == f"{wire.account.endpoint}/jobs/job-1"
    assert created.headers["dataserviceid"] == created.headers["location"]


def test_a_jobs_network_is_shown_again(wire: Any) -> None:
    job = {"id": "j", "poolInfo": {"poolId": "p"}, "networkConfiguration": {"subnetId": "/subscriptions/x"}}
    assert wire("POST", "/jobs", job).status == 201
    assert wire("GET", "/jobs/j").json()["networkConfiguration"] == {"subnetId": "/subscriptions/x"}


def test_headers_of_changes_name_the_job_and_its_modification(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    changed = wire("PATCH", "/jobs/MyJob", {"priority": 7})
    shown = wire("GET", "/jobs/MyJob").json()
    assert (changed.status, changed.headers["etag"]) == (200, shown["eTag"])
    assert changed.headers["dataserviceid"].endswith("/jobs/MyJob")
    disabled = wire("POST", "/jobs/MyJob/disable", {"disableTasks": "wait"})
    assert (disabled.status, disabled.headers["dataserviceid"].rpartition("/")[2]) == (202, "disable")


def test_an_empty_list_clears_a_property(wire: Any) -> None:
    wire("POST", "/jobs", {**JOB, "metadata": [{"name": "a", "value": "b"}]})
    assert wire("GET", "/jobs/MyJob").json()["metadata"] == [{"name": "a", "value": "b"}]
    wire("PATCH", "/jobs/MyJob", {"metadata": []})
    assert "metadata" not in wire("GET", "/jobs/MyJob").json()


def test_the_pool_of_a_job_changes_while_it_is_disabled(wire: Any, until: Any) -> None:
    wire("POST", "/jobs", JOB)
    other = {"poolInfo": {"poolId": "other"}}
    refused = wire("PATCH", "/jobs/MyJob", other)
    assert (refused.status, refused.code) == (409, "OperationInvalidForCurrentState")
    assert wire("PATCH", "/jobs/MyJob", {"poolInfo": {"poolId": "NONE"}}).status == 200
    wire("POST", "/jobs/MyJob/disable", {"disableTasks": "requeue"})
    until(lambda: wire("GET", "/jobs/MyJob").json()["state"] == "disabled")
    assert wire("PATCH", "/jobs/MyJob", other).status == 200
    assert wire("GET", "/jobs/MyJob").json()["executionInfo"]["poolId"] == "other"


@pytest.mark.parametrize(
    ("changes", "refused"), [({"keepAlive": True}, None), ({"autoPoolIdPrefix": "x"}, "autoPoolSpecification")]
)
def test_of_an_auto_pool_only_keep_alive_changes(wire: Any, changes: Any, refused: str | None) -> None:
    auto_pool = {"poolLifetimeOption": "job", "pool": POOL}
    assert wire("POST", "/jobs", {"id": "a", "poolInfo": {"autoPoolSpecification": auto_pool}}).status == 201
    answer = wire("PATCH", "/jobs/a", {"poolInfo": {"autoPoolSpecification": {**auto_pool, **changes}}})
    assert answer.status == (200 if refused is None else 400)
    assert refused is None or answer.values["PropertyName"] == refused


def test_an_older_client_may_repeat_the_auto_pool_a_newer_one_has_made(wire: Any) -> None:
    pool = {"poolLifetimeOption": "job", "pool": {**POOL, "taskSchedulingPolicy": {"nodeFillType": "Pack"}}}
    newer = {**POOL, "taskSchedulingPolicy": {"nodeFillType": "Pack", "jobDefaultOrder": "creationtime"}}
    wire("POST", "/jobs", {"id": "a", "poolInfo": {"autoPoolSpecification": {**pool, "pool": newer}}})
    older = type(wire)(wire.account, "2024-07-01.20.0")
    assert older("PATCH", "/jobs/a", {"poolInfo": {"autoPoolSpecification": pool}}).status == 200


def test_preparation_status_needs_a_preparation_task(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    refused = wire("GET", "/jobs/MyJob/jobpreparationandreleasetaskstatus")
    assert refused.code == "JobPreparationTaskOrReleaseTaskNotSpecified"
    wire("POST", "/jobs", {"id": "b", "poolInfo": {"poolId": "none"}, "jobPreparationTask": {"commandLine": "true"}})
    assert wire("GET", "/jobs/b/jobpreparationandreleasetaskstatus").json()["value"] == []


def test_terminating_without_a_body_has_the_reason_of_the_service(wire: Any, until: Any) -> None:
    wire("POST", "/jobs", JOB)
    assert wire("POST", "/jobs/MyJob/terminate").status == 202
    until(lambda: wire("GET", "/jobs/MyJob").json()["state"] == "completed")
    assert wire("GET", "/jobs/MyJob").json()["executionInfo"]["terminateReason"] == "UserTerminate"
