"""Numbers of nodes that the service does not give a pool."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from plan.planned_tasks import refusal

PlanOf = Any

TASK = "tasks: [{command_line: a}]"
TODAY = date(2026, 1, 1)
MPI = "enable_inter_node_communication: true"
EPHEMERAL = "os_disk: {ephemeral_os_disk_settings: {placement: cache_disk}}"


def pool(more: str) -> str:
    return f"{{image: ubuntu-24.04, vm_size: standard_d2ds_v5, {more}}}"


@pytest.mark.parametrize(
    ("nodes", "at", "most"),
    [
        ("target_dedicated_nodes: 101", "3:80", 101),
        ("spot_nodes: 200", "3:68", 200),
        ("target_dedicated_nodes: 60, spot_nodes: 60", "3:80", 120),
        ("auto_scale: {scenario: active_tasks, max_nodes: 150}", "3:104", 150),
        ("auto_scale: {formula: '$TargetDedicatedNodes = 300;'}", "3:68", 300),
    ],
)
def test_more_than_100_nodes_do_not_communicate(plan_of: PlanOf, nodes: str, at: str, most: int) -> None:
    assert refusal(plan_of, TASK, pool=pool(f"{nodes}, {MPI}"), today=TODAY) == (
        f"{at} [inter-node-limit] pool pool may have {most} nodes;"
        " with inter-node communication Azure Batch allows 100"
        " | lower the number to 100, or remove enable_inter_node_communication"
    )
    assert plan_of(TASK, pool=pool(nodes), today=TODAY).pools


def test_100_nodes_and_what_a_formula_computes_are_not_refused(plan_of: PlanOf) -> None:
    assert plan_of(TASK, pool=pool(f"target_dedicated_nodes: 100, {MPI}"), today=TODAY).pools
    formula = "auto_scale: {formula: '$TargetDedicatedNodes = $PendingTasks.GetSample(1);'}"
    assert plan_of(TASK, pool=pool(f"{formula}, {MPI}"), today=TODAY).pools


@pytest.mark.parametrize(
    "nodes",
    [
        "spot_nodes: 1",
        "target_dedicated_nodes: 5, target_low_priority_nodes: 1",
        "auto_scale: {scenario: active_tasks, max_nodes: 2, spot: true}",
        "auto_scale: {formula: '$TargetLowPriorityNodes = 2;'}",
    ],
)
def test_an_ephemeral_os_disk_is_for_dedicated_nodes_only(plan_of: PlanOf, nodes: str) -> None:
    found = refusal(plan_of, TASK, pool=pool(f"{EPHEMERAL}, {nodes}"), today=TODAY)
    assert found == (
        "3:94 [ephemeral-disk-spot] pool pool has spot nodes: an ephemeral OS disk is for dedicated nodes only"
        " | remove ephemeral_os_disk_settings, or use dedicated nodes"
    )
    assert plan_of(TASK, pool=pool(nodes), today=TODAY).pools
    assert plan_of(TASK, pool=pool(f"{EPHEMERAL}, target_dedicated_nodes: 3"), today=TODAY).pools
