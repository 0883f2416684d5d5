"""Status codes, headers and error bodies, as recorded answers have them."""

from __future__ import annotations

import re
from typing import Any

import pytest

JOB = {"id": "MyJob", "poolInfo": {"poolId": "none"}}
MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}
POOL = {"id": "p", "vmSize": "STANDARD_D2_v3", "virtualMachineConfiguration": MACHINE}


def test_every_answer_has_the_constant_headers(wire: Any) -> None:
    for answer in (wire("GET", "/pools"), wire("GET", "/pools/none"), wire("POST", "/jobs", JOB)):
        assert answer.headers["dataserviceversion"] == "3.0"
        assert answer.headers["server"] == "Microsoft-HTTPAPI/2.0"
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["request-id"])


def test_success_is_chunked_with_a_body_and_without(wire: Any) -> None:
    created, listed = wire("POST", "/jobs", JOB), wire("GET", "/jobs")
    assert (created.status, created.content) == (201, b"")
    assert "content-type" not in created.headers
    assert listed.headers["content-type"] == "application/json; odata=minimalmetadata"
    for answer in (created, listed):
        assert answer.headers["transfer-encoding"] == "chunked"
        assert "content-length" not in answer.headers


def test_a_created_job_is_called_job_1_in_the_headers(wire: Any) -> None:
    created = wire("POST", "/jobs", JOB)
    assert created.headers["location"] == f"{wire.account.endpoint}/jobs/job-1"
    assert created.headers["dataserviceid"] == created.headers["location"]


def test_the_etag_is_the_tick_of_the_last_modification(wire: Any) -> None:
    created = wire("POST", "/jobs", JOB)
    read = wire("GET", "/jobs/myjob")
    assert read.headers["etag"] == created.headers["etag"] == read.json()["eTag"]
    assert re.fullmatch(r"0x8D[0-9A-F]{13}", read.headers["etag"])
    assert read.headers["last-modified"] == created.headers["last-modified"]
    assert read.json()["id"] == "MyJob"


def test_the_client_request_id_comes_back_only_when_asked_for(wire: Any) -> None:
    asked = wire("GET", "/jobs", headers={"client-request-id": "mine", "return-client-request-id": "true"})
    assert asked.headers["client-request-id"] == "mine"
    for unasked in ({}, {"return-client-request-id": "false"}):
        assert "client-request-id" not in wire("GET", "/jobs", headers={"client-request-id": "mine", **unasked}).headers


def test_an_error_says_code_text_request_and_time(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    answer = wire("POST", "/jobs", {**JOB, "id": "MYJOB"})
    body = answer.json()
    assert answer.status == 409
    assert answer.headers["content-length"] == str(len(answer.content))
    assert body["odata.metadata"].endswith(
        "$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"
    )
    assert body["code"] == "JobExists"
    assert body["message"]["lang"] == "en-US"
    first, request, time = body["message"]["value"].split("\n")
    assert first == "The specified job already exists."
    assert request == f"RequestId:{answer.headers['request-id']}"
    assert re.fullmatch(r"Time:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,7}Z", time)
    assert "values" not in body


def test_an_error_of_head_has_no_body(wire: Any) -> None:
    answer = wire("HEAD", "/pools/none")
    assert (answer.status, answer.content) == (404, b"")
    assert "content-type" not in answer.headers


def test_a_pool_shows_the_defaults_and_the_spelling_of_the_service(wire: Any) -> None:
    assert wire("POST", "/pools", POOL).status == 201
    shown = wire("GET", "/pools/p").json()
    assert shown["vmSize"] == "standard_d2_v3"
    assert shown["taskSchedulingPolicy"] == {"nodeFillType": "Spread", "jobDefaultOrder": "none"}
    assert shown["resizeTimeout"] == "PT15M"
    assert shown["allocationState"] == "resizing"
    assert shown["virtualMachineConfiguration"]["imageReference"]["version"] == "latest"
    assert (shown["taskSlotsPerNode"], shown["enableAutoScale"], shown["enableInterNodeCommunication"]) == (
        1,
        False,
        False,
    )


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


def test_a_job_shows_the_defaults_of_the_service(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    shown = wire("GET", "/jobs/MyJob").json()
    assert shown["constraints"] == {"maxWallClockTime": "P10675199DT2H48M5.4775807S", "maxTaskRetryCount": 0}
    assert (shown["priority"], shown["maxParallelTasks"]) == (0, -1)
    assert (shown["onAllTasksComplete"], shown["onTaskFailure"]) == ("noaction", "noaction")
    assert (shown["usesTaskDependencies"], shown["allowTaskPreemption"]) == (False, False)
    assert shown["executionInfo"]["poolId"] == "none"
    assert shown["lastModified"] == shown["stateTransitionTime"] == shown["executionInfo"]["startTime"]


def test_a_task_shows_the_defaults_of_the_service_and_the_retries_of_its_job(wire: Any) -> None:
    wire("POST", "/jobs", {**JOB, "constraints": {"maxTaskRetryCount": 3}})
    created = wire(
        "POST", "/jobs/MyJob/tasks", {"id": "t", "commandLine": "true", "constraints": {"maxWallClockTime": "PT01H"}}
    )
    assert created.headers["location"].endswith("/jobs/MyJob/tasks/t")
    shown = wire("GET", "/jobs/MyJob/tasks/t").json()
    assert shown["userIdentity"] == {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}
    assert shown["constraints"] == {"maxWallClockTime": "PT1H", "retentionTime": "P7D", "maxTaskRetryCount": 3}
    assert shown["requiredSlots"] == 1
    assert shown["executionInfo"] == {"retryCount": 0, "requeueCount": 0}
    assert "nodeInfo" not in shown


@pytest.mark.parametrize("quote", ['"', ""])
def test_a_condition_counts_with_and_without_quotes(wire: Any, quote: str) -> None:
    tag = wire("POST", "/jobs", JOB).headers["etag"]
    fresh = wire("PATCH", "/jobs/MyJob", {"priority": 5}, headers={"If-Match": f"{quote}{tag}{quote}"})
    assert fresh.status == 200
    stale = wire("PATCH", "/jobs/MyJob", {"priority": 6}, headers={"If-Match": f"{quote}{tag}{quote}"})
    assert (stale.status, stale.code) == (412, "ConditionNotMet")
    assert wire("GET", "/jobs/MyJob").json()["priority"] == 5


def test_a_read_that_would_bring_nothing_new_is_not_modified(wire: Any) -> None:
    tag = wire("POST", "/jobs", JOB).headers["etag"]
    same = wire("GET", "/jobs/MyJob", headers={"If-None-Match": tag})
    assert (same.status, same.content) == (304, b"")
    past = wire("PUT", "/jobs/MyJob", JOB, headers={"If-Unmodified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"})
    assert past.status == 412


def test_a_large_body_is_refused_with_the_limit(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    answer = wire("POST", "/jobs/MyJob/tasks", {"id": "t", "commandLine": "x" * 1_048_576})
    assert (answer.status, answer.code) == (413, "RequestBodyTooLarge")
    assert answer.values == {"MaxLimit": "1048576"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 400, "InvalidUri"),
        ("PUT", "/pools", 405, "UnsupportedHttpVerb"),
        ("GET", "/jobschedules/none", 404, "JobScheduleNotFound"),
        ("GET", "/certificates", 400, "OperationNotImplementedByEmulator"),
        ("GET", "/poolusagemetrics", 400, "PoolUsageMetricAPIRetired"),
        ("GET", "/pools?unknown=1", 400, "UnsupportedQueryParameter"),
        ("GET", "/pools?maxresults=-5", 400, "InvalidQueryParameterValue"),
        ("GET", "/pools?maxresults=1001", 400, "InvalidQueryParameterValue"),
        ("GET", "/pools?%24filter=nonsense%20eq%20'a'", 400, "InvalidQueryParameterValue"),
        ("GET", "/pools/none", 404, "PoolNotFound"),
        ("GET", "/jobs/none", 404, "JobNotFound"),
        ("GET", "/jobs/none/tasks/t", 404, "JobNotFound"),
        ("GET", "/pools/none/nodes", 404, "PoolNotFound"),
    ],
)
def test_what_is_not_there_or_not_served_has_its_own_error(
    wire: Any, method: str, path: str, status: int, code: str
) -> None:
    answer = wire(method, path)
    assert (answer.status, answer.code) == (status, code)


def test_a_page_that_is_too_small_is_refused_as_recorded(wire: Any) -> None:
    assert wire("GET", "/pools?maxresults=-5").values == {
        "QueryParameterName": "maxresults",
        "QueryParameterValue": "-5",
        "Reason": "MaxResults cannot be less than 1",
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
