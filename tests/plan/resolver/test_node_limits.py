"""Pools and jobs that can never run for want of nodes are refused, with the position of what is to be changed."""

from typing import Any

import pytest
from plan.planned_tasks import refusals

PlanOf = Any

TASKS = "tasks: [{command_line: a}]"
MANAGER = "job: {job_manager_task: {command_line: a}}"
IMAGE = "image: ubuntu-24.04, vm_size: a"
FORGOTTEN = "pool pool has no nodes: target_dedicated_nodes and spot_nodes are 0, and it has no auto_scale"
ADD = "add `target_dedicated_nodes: 1`, `spot_nodes: 1`, or `auto_scale`"
NEVER = "auto_scale never gives pool pool a node"


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        (f"{{{IMAGE}}}", f"3:7 [pool-without-nodes] {FORGOTTEN} | {ADD}"),
        (f"{{{IMAGE}, target_dedicated_nodes: 0}}", f"3:65 [pool-without-nodes] {FORGOTTEN} | {ADD}"),
        (f"{{{IMAGE}, spot_nodes: '${{{{ 1 - 1 }}}}'}}", f"3:53 [pool-without-nodes] {FORGOTTEN} | {ADD}"),
        (
            f"{{{IMAGE}, auto_scale: {{scenario: workday, max_nodes: 0}}}}",
            f"3:84 [pool-without-nodes] {NEVER} | write `max_nodes: 1`",
        ),
        (
            f"{{{IMAGE}, auto_scale: {{formula: '$TargetDedicatedNodes = 0;'}}}}",
            f"3:53 [pool-without-nodes] {NEVER} | let the formula set a target above 0",
        ),
    ],
)
def test_a_pool_that_never_has_a_node_is_refused(plan_of: PlanOf, pool: str, expected: str) -> None:
    assert refusals(plan_of, TASKS, pool=pool) == [expected]


@pytest.mark.parametrize(
    "more",
    [
        "target_dedicated_nodes: 1",
        "spot_nodes: 1",
        "auto_scale: {scenario: weekend, max_nodes: 1}",
        "auto_scale: {formula: '$TargetDedicatedNodes = 0; $TargetLowPriority = 1;'}",
        "auto_scale: {formula: '$TargetDedicatedNodes = $PendingTasks.GetSample(1);'}",
    ],
)
def test_a_pool_that_may_have_nodes_at_some_time_is_accepted(plan_of: PlanOf, more: str) -> None:
    assert refusals(plan_of, TASKS, pool=f"{{{IMAGE}, {more}}}") == []


def test_nothing_is_known_of_an_existing_pool(plan_of: PlanOf) -> None:
    pool = "{existing: p, os: linux}"
    assert refusals(plan_of, "tasks: [{command_line: a, required_slots: 9}]", pool=pool) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "provisioning: {min_ready_nodes: 2}, spot_nodes: 1",
            (
                "3:73 [too-few-nodes] min_ready_nodes is 2, but the pool has 1 target nodes"
                " | lower it, or increase the target nodes"
            ),
        ),
        (
            "provisioning: {min_ready_nodes: 1}, auto_scale: {scenario: pending_tasks, max_nodes: 4}",
            (
                "3:73 [too-few-nodes] min_ready_nodes is 1, but the pool has 0 nodes until tasks are submitted"
                " | write `min_nodes: 1`, or remove min_ready_nodes"
            ),
        ),
        (
            "provisioning: {min_ready_nodes: 5}, auto_scale: {scenario: workday, max_nodes: 4}",
            (
                "3:73 [too-few-nodes] min_ready_nodes is 5, but auto_scale gives the pool 4 nodes at most"
                " | lower it, or increase the nodes"
            ),
        ),
    ],
)
def test_more_ready_nodes_than_there_will_be_are_refused(plan_of: PlanOf, more: str, expected: str) -> None:
    assert refusals(plan_of, TASKS, pool=f"{{{IMAGE}, {more}}}") == [expected]
    enough = more.replace("max_nodes: 4", "min_nodes: 1, max_nodes: 5").replace("spot_nodes: 1", "spot_nodes: 2")
    assert refusals(plan_of, TASKS, pool=f"{{{IMAGE}, {enough}}}") == []


def test_a_job_manager_that_takes_dedicated_nodes_only_is_refused_on_spot_nodes(plan_of: PlanOf) -> None:
    expected = (
        "4:25 [too-few-nodes] the job manager task of job needs a dedicated node; pool pool has spot nodes only"
        " | write `allow_low_priority_node: true` in job_manager_task, or add a dedicated node"
    )
    for nodes in ("spot_nodes: 2", "auto_scale: {scenario: pending_tasks, max_nodes: 2, spot: true}"):
        assert refusals(plan_of, MANAGER, pool=f"{{{IMAGE}, {nodes}}}") == [expected]
    both = f"{{{IMAGE}, spot_nodes: 2, target_dedicated_nodes: 1}}"
    assert refusals(plan_of, MANAGER, pool=both) == []
    allowed = MANAGER.replace("a}", "a, allow_low_priority_node: true}")
    assert refusals(plan_of, allowed, pool=f"{{{IMAGE}, spot_nodes: 2}}") == []


def test_what_is_wrong_with_a_pool_and_with_its_tasks_is_said_together(plan_of: PlanOf) -> None:
    tasks = "tasks: [{command_line: a, required_slots: 2}, {name: b, command_line: '${{ 1 / 0 }}'}]"
    codes = [text.split("]")[0] for text in refusals(plan_of, tasks, pool=f"{{{IMAGE}}}")]
    assert codes == ["3:7 [pool-without-nodes", "4:43 [too-many-slots", "4:71 [expression-failed"]
