"""What is wrong with jobs, and with tasks that wait for each other."""

from pathlib import Path

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.recipe import parse_recipe

TOP = "schema_version: 1\nname: demo\n"
POOL = "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3}\n"
STORAGE = "storage: {input: {}, output: {}}\n"
PARAMETERS = "parameters: {n: {}, tok: {type: secret, source: {environment_variable: T}}}\n"


def cases(name: str) -> list[tuple[str, str]]:
    """What is wrong, and below it, indented, what is said about it: one case per paragraph of a text file."""
    text = (Path(__file__).parents[1] / "broken" / f"{name}.txt").read_text(encoding="utf-8")
    found = []
    for paragraph in text.strip().split("\n\n"):
        wrong, *said = paragraph.split("\n    ")
        found.append((wrong, " | ".join(said).replace(" | hint: ", " | ")))
    return found


def problems_of(text: str) -> list[str]:
    with pytest.raises(InvalidRecipeError) as caught:
        parse_recipe(text, file="r.yaml", folder=Path())
    return [
        f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message}"
        + (f" | {problem.hint}" if problem.hint else "")
        for problem in caught.value.problems
    ]


@pytest.mark.parametrize(("tasks", "expected"), cases("waiting"))
def test_wrong_task_settings_are_named(tasks: str, expected: str) -> None:
    assert problems_of(f"{TOP}{PARAMETERS}{STORAGE}{POOL}tasks: {tasks}\n") == [expected]


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
