"""The finished jobs of a schedule, on services in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from in_memory_pools import Notes
from in_memory_run import Blobs, World
from in_memory_schedules import BOSS, JOB, PLAN, Scheduled

from recipebatch.errors import ServiceError
from recipebatch.phases.watch.schedules import MAX_JOBS, look_at_schedule
from recipebatch.report import FailedTask

if TYPE_CHECKING:
    from recipebatch.service import TaskSnapshot


def looked(batch: Scheduled) -> tuple[str, list[FailedTask], list[str]]:
    """What is said of the schedule, the failed tasks that are given on, and the lines."""
    notes, told = Notes(), list[FailedTask]()
    world = World(plan=PLAN, batch=batch, blobs=Blobs(containers={"c1": []}))
    found = look_at_schedule(JOB, replace(world.context(PLAN), progress=notes), told.extend)
    assert list(found.failed) == told
    return found.text, told, notes.lines


def made(**jobs: TaskSnapshot) -> dict[str, dict[str, TaskSnapshot]]:
    return {f"s:job-{name.removeprefix('j')}": {task.id: task} for name, task in jobs.items()}


def test_an_output_that_the_newest_finished_job_did_not_make_is_named() -> None:
    batch = Scheduled(jobs=made(j1=BOSS), on_nodes={"s:job-1/boss": ("stdout.txt",)})
    text, failed, lines = looked(batch)
    assert text.startswith("job schedule s is active, its last job is s:job-1, the next one starts at 2026-01-02 03:04")
    assert text.endswith("; in its finished jobs task boss of s:job-1 failed")
    assert [(each.job_id, each.task_id, each.cause, each.message) for each in failed] == [
        ("s:job-1", "boss", "output_missing", "task boss wrote no result.csv")
    ]
    assert lines[0].startswith("job s:job-1: task boss failed: exit code 0, task boss wrote no result.csv")


def test_of_older_jobs_only_a_node_without_the_file_says_that_it_was_not_made() -> None:
    jobs = made(j1=BOSS, j2=BOSS, j3=BOSS)
    on_nodes = {"s:job-1/boss": ("stdout.txt",), "s:job-3/boss": ("wd/result.csv",)}
    _, failed, _ = looked(Scheduled(jobs=jobs, on_nodes=on_nodes))
    assert [each.job_id for each in failed] == ["s:job-1"]


def test_failed_tasks_of_finished_jobs_are_given_newest_job_first_and_a_running_job_is_left() -> None:
    broken = replace(BOSS, exit_code=3, result="failure", failure=("FailureExitCode", "it failed"))
    jobs = made(j1=broken, j2=broken, j3=broken)
    _, failed, lines = looked(Scheduled(jobs=jobs, running=frozenset({"s:job-3"})))
    assert [(each.job_id, each.exit_code, each.cause) for each in failed] == [
        ("s:job-2", 3, "exit_code"),
        ("s:job-1", 3, "exit_code"),
    ]
    assert len(lines) == 2
    many = made(**{f"j{number}": broken for number in range(MAX_JOBS + 4)})
    text, failed, _ = looked(Scheduled(jobs=many))
    assert len(failed) == MAX_JOBS
    assert text.endswith("of s:job-11 and 7 more failed")


def test_a_schedule_without_jobs_has_nothing_to_look_at_and_one_that_is_gone_is_an_error() -> None:
    assert looked(Scheduled())[1:] == ([], [])
    with pytest.raises(ServiceError, match="job schedule s does not exist"):
        looked(Scheduled(exists=False))
