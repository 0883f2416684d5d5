from __future__ import annotations

from typing import TYPE_CHECKING

from phases.job_control.jobs_in_memory import Jobs, context

from recipebatch.phases.job_control import disable_jobs, enable_jobs

if TYPE_CHECKING:
    from pathlib import Path


def test_jobs_that_have_not_ended_are_disabled_and_enabled_again(tmp_path: Path) -> None:
    jobs = Jobs({"j1": "active", "j2": "completed"})
    for _ in range(2):
        assert disable_jobs(context(jobs, tmp_path)).summary == "paused job j1"
    assert enable_jobs(context(jobs, tmp_path)).summary == "enabled job j1"
    assert enable_jobs(context(jobs, tmp_path)).summary == "no job was disabled"
    assert jobs.asked == ["disable j1", "enable j1"]
    assert jobs.jobs == {"j1": "active", "j2": "completed"}


def test_a_schedule_is_paused_with_its_job(tmp_path: Path) -> None:
    jobs = Jobs({"j2:job-4": "active"}, {"j2": "active"})
    disable_jobs(context(jobs, tmp_path, schedule=True))
    assert (jobs.jobs, jobs.schedules) == ({"j2:job-4": "disabled"}, {"j2": "disabled"})
    enable_jobs(context(jobs, tmp_path, schedule=True))
    assert (jobs.jobs, jobs.schedules) == ({"j2:job-4": "active"}, {"j2": "active"})


def test_a_run_without_jobs_says_so(tmp_path: Path) -> None:
    assert disable_jobs(context(Jobs(), tmp_path)).summary == "no job is submitted that has not ended"
