"""`job:` and `jobs:`."""

from __future__ import annotations

import pytest
from recipe.broken_recipes import POOL, TOP, cases, problems_of


@pytest.mark.parametrize(("job", "expected"), cases("jobs"))
def test_a_wrong_job_is_named(job: str, expected: str) -> None:
    assert problems_of(f"{TOP}{POOL}job: {job}\ntasks: [{{command_line: a}}]\n") == [expected]


@pytest.mark.parametrize(("jobs", "expected"), cases("several_jobs"))
def test_wrong_jobs_are_named(jobs: str, expected: str) -> None:
    assert problems_of(f"{TOP}{POOL}jobs: {jobs}\n") == [expected]


@pytest.mark.parametrize(("job", "expected"), cases("schedules"))
def test_a_wrong_schedule_is_named(job: str, expected: str) -> None:
    assert problems_of(f"{TOP}{POOL}job: {job}\n") == [expected]


def test_a_schedule_without_a_job_manager_task_is_refused_with_the_way_out() -> None:
    text = f"{TOP}{POOL}job: {{schedule: {{recurrence_interval: 1d}}}}\ntasks: [{{command_line: a}}]\npurge: always\n"
    found = problems_of(text)
    assert [problem.partition("]")[0] for problem in found] == [
        "4:17 [schedule-without-manager",
        "4:17 [schedule-purge",
        "5:9 [exclusive-keys",
    ]
    assert found[0].endswith("or run `recipebatch apply` with your own scheduler")


def test_job_and_tasks_have_no_place_beside_jobs() -> None:
    text = f"{TOP}{POOL}job: {{}}\njobs: {{a: {{tasks: [{{command_line: a}}]}}}}\ntasks: [{{command_line: a}}]\n"
    assert problems_of(text) == [
        "4:1 [exclusive-keys] job cannot be used with jobs: each job has its own | move it into a job of `jobs`",
        "6:1 [exclusive-keys] tasks cannot be used with jobs: each job has its own | move it into a job of `jobs`",
    ]


def test_two_templates_of_one_name_are_an_error() -> None:
    text = TOP + POOL + "tasks:\n  - {name: a, command_line: a}\n  - {name: A, command_line: b}\n"
    hint = "the first is in line 5; give each template a unique `name`"
    assert problems_of(text) == [f"6:5 [duplicate-name] a second task template has the name A | {hint}"]
