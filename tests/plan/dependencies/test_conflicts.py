"""What only all tasks of a job together show."""

from __future__ import annotations

from typing import Any

import pytest
from plan.planned_tasks import STORAGE, refusal, tasks_of, waits

from recipebatch.errors import InvalidRecipeError

PlanOf = Any


def test_an_id_that_no_task_has_would_wait_for_ever(plan_of: PlanOf) -> None:
    assert refusal(plan_of, "tasks: [{name: a, depends_on: {task_ids: b}, command_line: a}]") == (
        "4:31 [unknown-task] the task a depends on b, but no task of the job has this id | "
        "the task would wait indefinitely; depend on a template by its name"
    )


def test_tasks_of_a_template_may_wait_for_each_other_but_not_in_a_circle(plan_of: PlanOf) -> None:
    chain = (
        "tasks: [{name: a, for_each: {items: [0, 1, 2]}, command_line: a, "
        "depends_on: {task_ids: 'a-${{ WHICH }}'}}, {name: x, id: a-9, command_line: x}]"
    )
    tasks = tasks_of(plan_of(chain.replace("WHICH", "index + 1 if index < 2 else 9")))
    assert tasks["a-0"].depends_on == waits("a-1")
    circle = refusal(plan_of, chain.replace("WHICH", "(index + 1) % 3"))
    assert "[dependency-cycle] the task a-0 depends on itself through task ids" in circle


def test_two_tasks_that_write_one_blob_are_an_error(plan_of: PlanOf) -> None:
    sections = (
        f"{STORAGE}tasks:\n  - {{name: a, for_each: {{items: [1, 2]}}, command_line: a, "
        "output_files: [{file_pattern: x.txt, container: output}]}\n"
    )
    assert refusal(plan_of, sections) == (
        "6:74 [same-blob] the tasks a-0 and a-1 both write the blob x.txt of output | add ${{ task.id }} to `path`"
    )


def outputs(files: str) -> str:
    return f"{STORAGE}tasks:\n  - {{name: a, command_line: a, output_files: [{files}]}}\n"


def test_a_task_that_writes_one_blob_twice_is_an_error(plan_of: PlanOf) -> None:
    twice = "{file_pattern: x, container: output}, {file_pattern: y, container: output, path: x}"
    assert refusal(plan_of, outputs(twice)) == (
        "6:85 [same-blob] a writes twice the blob x of output | add ${{ task.id }} to `path`"
    )


@pytest.mark.parametrize(
    "files",
    [
        "{file_pattern: x, container: output}, {file_pattern: x, container: parts}",
        "{file_pattern: '*.x', container: output}, {file_pattern: '*.x', container: output}",
        (
            "{file_pattern: x, container: output, upload_condition: task_success}, "
            "{file_pattern: y, container: output, path: x, upload_condition: task_failure}"
        ),
    ],
)
def test_other_containers_wildcards_and_conditions_that_exclude_each_other_are_no_conflict(
    plan_of: PlanOf, files: str
) -> None:
    (task,) = tasks_of(plan_of(outputs(files))).values()
    assert len(task.output_files) == 2


def test_at_most_ten_conflicts_are_reported(plan_of: PlanOf) -> None:
    sections = (
        f"{STORAGE}tasks:\n  - {{name: a, for_each: {{range: {{stop: 20}}}}, command_line: a, "
        "output_files: [{file_pattern: x.txt, container: output}]}\n"
    )
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(sections)
    assert len(caught.value.problems) == 10


def test_ids_are_found_in_any_case_as_in_the_service(plan_of: PlanOf) -> None:
    tasks = tasks_of(
        plan_of("tasks: [{name: a, command_line: a}, {name: b, depends_on: {task_ids: A}, command_line: b}]")
    )
    assert tasks["b"].depends_on == waits("A")


def test_a_task_that_depends_on_its_own_id_depends_on_itself(plan_of: PlanOf) -> None:
    assert refusal(plan_of, "tasks: [{name: a, depends_on: {task_ids: a}, command_line: a}]") == (
        "4:31 [dependency-cycle] the task a depends on itself through task ids | remove one of these dependencies"
    )


def test_a_circle_through_an_id_and_a_template_is_found(plan_of: PlanOf) -> None:
    sections = (
        "tasks:\n  - {name: a, depends_on: {task_ids: b}, command_line: a}\n"
        "  - {name: b, depends_on: a, command_line: b}\n"
    )
    assert refusal(plan_of, sections).startswith("5:27 [dependency-cycle] the task a depends on itself")
