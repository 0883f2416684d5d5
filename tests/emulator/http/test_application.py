"""Status codes, headers and error bodies, as recorded answers have them."""

from __future__ import annotations

import re
from typing import Any

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


def test_a_large_body_is_refused_with_the_limit(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    answer = wire("POST", "/jobs/MyJob/tasks", {"id": "t", "commandLine": "x" * 1_048_576})
    assert (answer.status, answer.code) == (413, "RequestBodyTooLarge")
    assert answer.values == {"MaxLimit": "1048576"}
