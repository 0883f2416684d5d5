from __future__ import annotations

from typing import Any

import pytest

SPECIFICATION = {"poolInfo": {"poolId": "none"}}
SCHEDULE = {"id": "S", "schedule": {"doNotRunUntil": "2099-01-01T00:00:00Z"}, "jobSpecification": SPECIFICATION}


def test_a_schedule_is_returned_with_the_defaults_of_its_jobs(wire: Any) -> None:
    created = wire("POST", "/jobschedules", SCHEDULE)
    assert (created.status, created.headers["location"].rpartition("/")[2]) == (201, "S")
    document = wire("GET", "/jobschedules/s").json()
    assert (document["id"], document["state"]) == ("S", "active")
    assert document["schedule"] == SCHEDULE["schedule"]
    assert document["jobSpecification"]["onAllTasksComplete"] == "noaction"
    assert document["executionInfo"] == {"nextRunTime": "2099-01-01T00:00:00Z"}
    assert created.headers["etag"] == document["eTag"]


def test_a_schedule_that_ends_before_it_begins_is_refused(wire: Any) -> None:
    times = {"doNotRunUntil": "2030-01-02T00:00:00Z", "doNotRunAfter": "2030-01-01T00:00:00Z"}
    answer = wire("POST", "/jobschedules", {**SCHEDULE, "schedule": times})
    assert (answer.status, answer.values["PropertyName"]) == (400, "doNotRunAfter")


@pytest.mark.parametrize(
    ("times", "name"),
    [
        ({"doNotRunUntil": "soon"}, "doNotRunUntil"),
        ({"startWindow": "PT30S"}, "startWindow"),
        ({"recurrenceInterval": "PT30S"}, "recurrenceInterval"),
    ],
)
def test_a_bad_time_of_a_schedule_is_named(wire: Any, times: Any, name: str) -> None:
    answer = wire("POST", "/jobschedules", {**SCHEDULE, "schedule": times})
    assert (answer.code, answer.values["PropertyName"]) == ("InvalidPropertyValue", name)


def test_patch_keeps_what_it_does_not_name_and_put_removes_metadata(wire: Any) -> None:
    label = [{"name": "a", "value": "b"}]
    wire("POST", "/jobschedules", {**SCHEDULE, "metadata": label})
    assert wire("PATCH", "/jobschedules/S", {"schedule": {"recurrenceInterval": "PT2H"}}).status == 200
    document = wire("GET", "/jobschedules/S").json()
    assert (document["schedule"], document["metadata"]) == ({"recurrenceInterval": "PT2H"}, label)
    assert wire("PATCH", "/jobschedules/S", {"metadata": []}).status == 200
    assert "metadata" not in wire("GET", "/jobschedules/S").json()
    put = {"schedule": SCHEDULE["schedule"], "jobSpecification": SPECIFICATION}
    assert wire("PUT", "/jobschedules/S", {**put, "metadata": label}).status == 200
    assert wire("PUT", "/jobschedules/S", put).status == 200
    assert "metadata" not in wire("GET", "/jobschedules/S").json()
    assert wire("PUT", "/jobschedules/S", {"schedule": {}}).code == "MissingRequiredProperty"


def test_a_schedule_exists_or_not(wire: Any) -> None:
    assert wire("HEAD", "/jobschedules/S").status == 404
    tag = wire("POST", "/jobschedules", SCHEDULE).headers["etag"]
    assert wire("HEAD", "/jobschedules/S").status == 200
    assert wire("HEAD", "/jobschedules/S", headers={"If-None-Match": tag}).status == 304
    assert wire("GET", "/jobschedules/S", headers={"If-None-Match": tag}).status == 304


def test_the_jobs_of_a_schedule_are_listed(wire: Any, until: Any) -> None:
    wire("POST", "/jobs", {"id": "other", "poolInfo": {"poolId": "none"}})
    wire("POST", "/jobschedules", {**SCHEDULE, "schedule": {"recurrenceInterval": "PT1H"}})
    (job,) = until(lambda: wire("GET", "/jobschedules/S/jobs").json()["value"])
    assert job["id"] == "S:job-1"
    assert wire("GET", "/jobschedules?$select=id").json()["value"] == [{"id": "S"}]
