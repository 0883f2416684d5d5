"""What a pool cannot run, found before anything is made."""

from typing import Any

import pytest
from plan.planned_tasks import refusal, refusals

from recipebatch.errors import InvalidRecipeError

PlanOf = Any


WITHOUT = "{image: ubuntu-24.04, vm_size: a, target_dedicated_nodes: 1}"


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
    pool = f"{{image: ubuntu-24.04, vm_size: a, start_task: {{commands: [a], {CONTAINER}}}, spot_nodes: 1}}"
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


def test_more_slots_than_a_node_has_are_refused_once_for_all_tasks(plan_of: PlanOf) -> None:
    pool = "{image: ubuntu-24.04, vm_size: a, target_dedicated_nodes: 1, task_slots_per_node: 2}"
    expected = (
        "[too-many-slots] the task needs 4 task slots; a node of pool pool has 2 slots%s"
        " | lower required_slots, or write `task_slots_per_node: 4` in the pool"
    )
    assert refusals(plan_of, "tasks: [{command_line: a, required_slots: 4}]", pool=pool) == ["4:43 " + expected % ""]
    loop = "tasks: [{command_line: a, required_slots: 4, for_each: {items: [1, 2, 3]}}]"
    assert refusals(plan_of, loop, pool=pool) == ["4:43 " + expected % " (item 1, and 2 more tasks)"]
    by_item = "tasks: [{command_line: a, required_slots: '${{ item }}', for_each: {items: [1, 4, 2]}}]"
    assert refusals(plan_of, by_item, pool=pool) == ["4:43 " + expected % " (item 4)"]
    manager = "job: {job_manager_task: {command_line: a, required_slots: 4}}"
    assert refusals(plan_of, manager, pool=pool) == [
        "4:59 " + expected.replace("the task", "the job manager task") % ""
    ]


def test_more_instances_than_nodes_are_refused(plan_of: PlanOf) -> None:
    task = "tasks: [{command_line: a, multi_instance_settings: {number_of_instances: 4}}]"
    pool = "{image: ubuntu-24.04, vm_size: a, enable_inter_node_communication: true, %s}"
    expected = (
        "4:74 [too-few-nodes] the task needs 4 nodes at once; pool pool has %s at most"
        " | lower number_of_instances, or give the pool 4 nodes"
    )
    few = ("target_dedicated_nodes: 2, spot_nodes: 1", "auto_scale: {scenario: pending_tasks, max_nodes: 3}")
    for nodes in few:
        assert refusals(plan_of, task, pool=pool % nodes) == [expected % 3]
    enough = ("target_dedicated_nodes: 2, spot_nodes: 2", "auto_scale: {scenario: pending_tasks, max_nodes: 4}")
    for nodes in (*enough, "auto_scale: {formula: '$TargetDedicatedNodes = $ActiveTasks.GetSample(1);'}"):
        assert refusals(plan_of, task, pool=pool % nodes) == []


def test_a_multi_instance_task_cannot_have_slots(plan_of: PlanOf) -> None:
    task = (
        "tasks: [{command_line: a, required_slots: '${{ 1 + 1 }}', multi_instance_settings: {number_of_instances: 1}}]"
    )
    pool = "{image: ubuntu-24.04, vm_size: a, enable_inter_node_communication: true, spot_nodes: 1}"
    expected = "4:43 [multi-instance] required_slots must be 1 in a multi-instance task | remove required_slots"
    assert refusals(plan_of, task, pool=pool) == [expected]
