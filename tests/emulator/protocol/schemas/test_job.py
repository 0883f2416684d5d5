from __future__ import annotations

from typing import Any

import pytest

JOB = {"id": "j", "poolInfo": {"poolId": "p"}}


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
