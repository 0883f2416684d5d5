from __future__ import annotations

from typing import Any

JOB = {"id": "MyJob", "poolInfo": {"poolId": "none"}}


def test_a_created_job_is_called_job_1_in_the_headers(wire: Any) -> None:
    created = wire("POST", "/jobs", JOB)
    assert created.headers["location"] == f"{wire.account.endpoint}/jobs/job-1"
    assert created.headers["dataserviceid"] == created.headers["location"]


def test_a_jobs_network_is_shown_again(wire: Any) -> None:
    job = {"id": "j", "poolInfo": {"poolId": "p"}, "networkConfiguration": {"subnetId": "/subscriptions/x"}}
    assert wire("POST", "/jobs", job).status == 201
    assert wire("GET", "/jobs/j").json()["networkConfiguration"] == {"subnetId": "/subscriptions/x"}
