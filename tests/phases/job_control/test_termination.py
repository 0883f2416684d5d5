from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from phases.job_control.jobs_in_memory import Jobs, context

from recipebatch.errors import UsageError
from recipebatch.phases.job_control import terminate_jobs, terminate_tasks

if TYPE_CHECKING:
    from pathlib import Path


def test_jobs_are_ended_once_and_those_that_had_ended_are_said(tmp_path: Path) -> None:
    jobs = Jobs({"j1": "active", "j2": "completed"})
    report = terminate_jobs(context(jobs, tmp_path))
    assert report.summary == "ended job j1; 1 job had ended before"
    assert jobs.jobs == {"j1": "completed", "j2": "completed"}
    assert terminate_jobs(context(jobs, tmp_path)).summary == "2 jobs had ended before"
    assert jobs.asked == ["terminate j1: stopped by recipebatch"]


def test_a_job_that_ends_already_is_waited_for_and_not_asked_again(tmp_path: Path) -> None:
    jobs = Jobs({"j1": "terminating"})
    assert terminate_jobs(context(jobs, tmp_path)).summary == "1 job had ended before"
    assert (jobs.asked, jobs.jobs) == ([], {"j1": "completed"})


def test_a_schedule_ends_with_its_job(tmp_path: Path) -> None:
    jobs = Jobs({"j1": "disabled", "j2:job-4": "active"}, {"j2": "active"})
    report = terminate_jobs(context(jobs, tmp_path, schedule=True))
    assert report.summary == "ended job j1, job schedule j2, job j2:job-4"


def test_a_run_without_jobs_says_so(tmp_path: Path) -> None:
    assert terminate_jobs(context(Jobs(), tmp_path)).summary == "no job was submitted"


def test_tasks_are_ended_by_name_and_the_others_go_on(tmp_path: Path) -> None:
    jobs = Jobs({"j1": "active"}, tasks={"t1": "running", "t2": "running"})
    assert terminate_tasks(context(jobs, tmp_path), ["t1"]).summary == "ended task t1"
    assert terminate_tasks(context(jobs, tmp_path), ["t1"]).summary == "task t1 had ended before"
    assert jobs.asked == ["terminate t1 of j1"]
    assert jobs.tasks["t2"] == "running"


def test_a_task_that_there_is_not_is_refused(tmp_path: Path) -> None:
    jobs = Jobs({"j1": "active"}, tasks={"t1": "active"})
    with pytest.raises(UsageError, match="the run has no task t3"):
        terminate_tasks(context(jobs, tmp_path), ["t1", "t3"])
    with pytest.raises(UsageError, match="task t2 is not submitted"):
        terminate_tasks(context(jobs, tmp_path), ["t2"])
    assert jobs.asked == []
