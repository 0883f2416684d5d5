"""What a pool cannot run, found before anything is made."""

from typing import Any

import pytest
from plan.planned_tasks import refusal

from recipebatch.errors import InvalidRecipeError

PlanOf = Any


WITHOUT = "{image: ubuntu-24.04, vm_size: a}"


CONTAINER = "container_settings: {image_name: tool:1}"


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (f"job: {{job_preparation_task: {{commands: [a], {CONTAINER}}}}}\ntasks: [{{command_line: a}}]", "4:65"),
        (f"job: {{job_manager_task: {{commands: [a], {CONTAINER}}}}}", "4:61"),
    ],
)
def test_special_tasks_in_containers_need_a_pool_with_containers(plan_of: PlanOf, sections: str, expected: str) -> None:
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(sections, pool=WITHOUT)
    (problem,) = caught.value.problems
    assert f"{problem.at.line}:{problem.at.column}" == expected
    assert (problem.code, problem.message, problem.hint) == (
        "no-container-configuration",
        "a container task needs a pool with a container configuration",
        "add one to the pool",
    )


def test_a_start_task_in_a_container_needs_one_too(plan_of: PlanOf) -> None:
    pool = f"{{image: ubuntu-24.04, vm_size: a, start_task: {{commands: [a], {CONTAINER}}}}}"
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of("tasks: [{command_line: a}]", pool=pool)
    (problem,) = caught.value.problems
    assert (problem.at.line, problem.at.column) == (3, 89)
    assert problem.message == "a container start task needs a pool with a container configuration"
    assert plan_of("tasks: [{command_line: a}]", pool=pool[:-1] + ", container_configuration: {}}").pools


def test_what_a_pool_cannot_run_is_an_error(plan_of: PlanOf) -> None:
    task = "tasks: [{command_line: a, multi_instance_settings: {number_of_instances: 2}}]"
    assert "[multi-instance] a multi-instance task needs a pool with inter-node" in refusal(plan_of, task)
    container = "tasks: [{command_line: a, container_settings: {image_name: i}}]"
    assert "[no-container-configuration]" in refusal(plan_of, container)
