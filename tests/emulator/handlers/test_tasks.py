from __future__ import annotations

from typing import Any

JOB = {"id": "j", "poolInfo": {"poolId": "p"}}
TASK = {"id": "t", "commandLine": "true"}


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
