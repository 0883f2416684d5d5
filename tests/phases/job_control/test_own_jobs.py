from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from phases.job_control.jobs_in_memory import Jobs, context

from recipebatch.errors import WaitTimeoutError
from recipebatch.phases.job_control.own_jobs import OwnJob, own_jobs, wait_for

if TYPE_CHECKING:
    from pathlib import Path


def test_a_schedule_comes_with_its_newest_job(tmp_path: Path) -> None:
    jobs = Jobs({"j1": "active", "j2:job-4": "disabled"}, {"j2": "active"})
    assert own_jobs(context(jobs, tmp_path, schedule=True)) == [
        OwnJob("job", "j1", "active"),
        OwnJob("job schedule", "j2", "active"),
        OwnJob("job", "j2:job-4", "disabled"),
    ]


def test_a_job_of_another_run_is_none_of_ours(tmp_path: Path) -> None:
    jobs = Jobs({"j1": "active", "j2:job-4": "active"}, {"j2": "active"}, metadata={"recipebatch_run": "another"})
    assert own_jobs(context(jobs, tmp_path, schedule=True)) == []


def test_a_job_that_does_not_end_is_named_when_the_limit_is_reached(tmp_path: Path) -> None:
    jobs = Jobs({"j1": "terminating"}, stuck=True)
    limit = timedelta(minutes=1)
    with pytest.raises(WaitTimeoutError, match="not ended after 60 s: job j1 is terminating"):
        wait_for(context(jobs, tmp_path), lambda job: job.state == "completed", limit=limit, what="ended")
