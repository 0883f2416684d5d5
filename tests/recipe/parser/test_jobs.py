"""`job:` and `jobs:`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from recipe.broken_recipes import POOL, TASKS, TOP, cases, problems_of

from recipebatch.recipe import parse_recipe

if TYPE_CHECKING:
    from recipebatch.recipe.model import JobSpec


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


@pytest.mark.parametrize(
    ("purge", "said"),
    [
        ("on_success", "purge: on_success would delete the schedule when the other jobs have succeeded"),
        ("{pool: on_success}", "purge: {pool: on_success} would delete the pool of the schedule when the other"),
        ("{jobs: on_success, pool: never}", "purge: {jobs: on_success} would delete the schedule when the other jobs"),
    ],
)
def test_the_success_of_other_jobs_deletes_no_schedule(purge: str, said: str) -> None:
    later = "later: {schedule: {recurrence_interval: 1d}, job_manager_task: {command_line: a}}"
    beside = f"{TOP}{POOL}jobs: {{now: {{tasks: [{{command_line: a}}]}}, {later}}}\npurge: {purge}\n"
    found = problems_of(beside)
    assert [("[schedule-purge]" in problem, said in problem) for problem in found] == [(True, True)], found


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


def jobs_of(sections: str) -> tuple[JobSpec, ...]:
    return parse_recipe(f"{TOP}{sections}", file="r.yaml", folder=Path()).jobs


def test_tasks_without_a_job_are_one_job() -> None:
    (job,) = jobs_of(f"{POOL}{TASKS}")
    assert (job.logical, job.pool, job.after, job.id.literal()) == ("job", "pool", (), None)
    assert [task.name for task in job.tasks] == ["task"]


def test_jobs_come_in_the_order_in_which_they_can_be_submitted() -> None:
    tasks = "tasks: [{command_line: a}]"
    jobs = jobs_of(
        f"{POOL}jobs: {{last: {{after: [first, {{job: middle, on_failed: satisfy}}], {tasks}}}, x-free: 1, "
        f"middle: {{after: first, {tasks}}}, other: {{{tasks}}}, first: {{{tasks}}}}}\n"
    )
    assert [job.logical for job in jobs] == ["other", "first", "middle", "last"]
    assert [(after.job, after.on_failed) for after in jobs[-1].after] == [("first", "block"), ("middle", "satisfy")]


def test_no_job_waits_for_a_schedule() -> None:
    repeated = "schedule: {recurrence_interval: 1h}, job_manager_task: {command_line: m}"
    tasks = "tasks: [{command_line: a}]"
    (problem,) = problems_of(f"{TOP}{POOL}jobs: {{a: {{{repeated}}}, b: {{after: a, {tasks}}}}}\n")
    assert "[exclusive-keys] the job b cannot wait for a, which has a schedule: no run sees its end" in problem


def test_a_job_uses_the_one_pool_and_has_to_name_one_of_several() -> None:
    pools = "pools: {a: {existing: p}, b: {existing: q, os: windows}}\n"
    (job,) = jobs_of(f"{pools}job: {{pool: b}}\n{TASKS}")
    assert job.pool == "b"
    assert problems_of(f"{TOP}{pools}job: {{priority: 1}}\n{TASKS}") == [
        "4:6 [missing-key] the job does not specify its pool | add `pool: NAME`; pools: a, b"
    ]


def test_commands_are_checked_for_the_operating_system_of_the_jobs_own_pool() -> None:
    pools = "pools: {a: {existing: p}, b: {existing: q, os: windows}}\n"
    tasks = 'tasks: [{commands: ["it\'s"]}]\n'
    (job,) = jobs_of(f"{pools}job: {{pool: b}}\n{tasks}")
    assert job.pool == "b"
    (problem,) = problems_of(f"{TOP}{pools}job: {{pool: a}}\n{tasks}")
    assert problem.startswith("5:21 [unfinished-command] the command ends inside a quote")


def test_a_command_line_of_blanks_names_no_program() -> None:
    (problem,) = problems_of(f'{TOP}pool: {{existing: p}}\ntasks: [{{command_line: " "}}]\n')
    assert problem == "4:24 [invalid-recipe] a command_line of blanks alone names no program"
