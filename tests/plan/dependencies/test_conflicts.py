"""What only all tasks of a job together show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.plan.model import PlannedDependencies, PlannedTask

if TYPE_CHECKING:
    from recipebatch.plan import Plan

PlanOf = Any


STORAGE = "storage: {input: {}, output: {}, parts: {}}\n"


def tasks_of(plan: Plan) -> dict[str, PlannedTask]:
    return {str(task.id): task for task in plan.jobs[0].tasks or ()}


def waits(*ids: str, ranges: tuple[tuple[int, int], ...] = ()) -> PlannedDependencies:
    return PlannedDependencies(task_ids=ids, task_id_ranges=ranges)


def refusal(plan_of: PlanOf, sections: str, **arguments: Any) -> str:
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(sections, **arguments)
    (problem,) = caught.value.problems
    return f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message} | {problem.hint}"


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
