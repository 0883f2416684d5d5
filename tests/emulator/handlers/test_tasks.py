from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

JOB = {"id": "j", "poolInfo": {"poolId": "p"}}
TASK = {"id": "t", "commandLine": "true"}


def test_in_a_collection_a_bad_url_fails_only_its_own_task(wire: Any) -> None:
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


def test_ids_of_preparation_and_release_tasks_are_reserved(wire: Any) -> None:
    commands = {name: {"commandLine": "true"} for name in ("jobPreparationTask", "jobReleaseTask")}
    wire("POST", "/jobs", {**JOB, **commands})
    for task_id, code in (
        ("JobPreparation", "TaskIdSameAsJobPreparationTask"),
        ("jobrelease", "TaskIdSameAsJobReleaseTask"),
    ):
        assert wire("POST", "/jobs/j/tasks", {**TASK, "id": task_id}).code == code


def test_put_replaces_all_constraints(wire: Any) -> None:
    wire("POST", "/jobs", {**JOB, "constraints": {"maxTaskRetryCount": 2}})
    wire("POST", "/jobs/j/tasks", {**TASK, "constraints": {"maxWallClockTime": "PT1H", "maxTaskRetryCount": 5}})
    assert wire("PUT", "/jobs/j/tasks/t", {"constraints": {"retentionTime": "PT1M"}}).status == 200
    shown = wire("GET", "/jobs/j/tasks/t").json()["constraints"]
    assert (shown["retentionTime"], shown["maxTaskRetryCount"]) == ("PT1M", 2)
    assert shown["maxWallClockTime"] == "P10675199DT2H48M5.4775807S"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["t00", "t01", "t02", "t03", "t04", "t05", "t06", "t07", "t08", "t09"]),
        ("id eq 'T03'", ["t03"]),
        ("id eq 'none'", []),
        ("state eq 'completed'", ["t02"]),
        ("state eq 'completed' and id gt 't02'", []),
        ("state eq 'active' and id ge 't08'", ["t08", "t09"]),
        ("executionInfo/result eq 'failure' or id eq 't00'", ["t00", "t02"]),
        ("stateTransitionTime gt DateTime'2001-01-01' and state eq 'completed'", ["t02"]),
        ("not (id lt 't09')", ["t09"]),
    ],
)
def test_a_list_is_the_same_with_an_index_and_without(wire: Any, text: str, found: list[str]) -> None:
    wire("POST", "/jobs", JOB)
    wire("POST", "/jobs/j/addtaskcollection", {"value": [{**TASK, "id": f"t{number:02}"} for number in range(10)]})
    wire("POST", "/jobs/j/tasks/t02/terminate")
    answer = wire("GET", f"/jobs/j/tasks?$filter={quote(text)}&$select=id").json()
    assert [task["id"] for task in answer["value"]] == found


def test_a_task_that_waits_has_no_subtasks(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    wire("POST", "/jobs/j/tasks", TASK)
    assert wire("GET", "/jobs/j/tasks/t/subtasksinfo").json()["value"] == []
    assert wire("DELETE", "/jobs/j/tasks/t").status == 200
    assert wire("GET", "/jobs/j/tasks/t/subtasksinfo").code == "TaskNotFound"
