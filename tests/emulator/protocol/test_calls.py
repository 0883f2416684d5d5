from __future__ import annotations

import re
from typing import Any

import pytest

JOB = {"id": "MyJob", "poolInfo": {"poolId": "none"}}


def test_the_etag_is_the_tick_of_the_last_modification(wire: Any) -> None:
    created = wire("POST", "/jobs", JOB)
    read = wire("GET", "/jobs/myjob")
    assert read.headers["etag"] == created.headers["etag"] == read.json()["eTag"]
    assert re.fullmatch(r"0x8D[0-9A-F]{13}", read.headers["etag"])
    assert read.headers["last-modified"] == created.headers["last-modified"]
    assert read.json()["id"] == "MyJob"


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


def test_an_absurd_select_is_refused(wire: Any) -> None:
    answer = wire("GET", "/pools?$select=" + "id," * 2000)
    assert (answer.status, answer.code) == (400, "InvalidQueryParameterValue")
