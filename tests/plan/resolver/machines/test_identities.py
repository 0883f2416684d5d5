"""A pool that the recipe makes has no managed identity."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from plan.planned_tasks import refusals

PlanOf = Any

TODAY = date(2026, 1, 1)
ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"
OWN = (
    "{image: ubuntu-24.04-containers, vm_size: standard_d2s_v5, target_dedicated_nodes: 1, container_configuration: {}"
)
STORAGE = f"storage: {{data: {{access: {{managed_identity: {ID}}}}}, plain: {{}}}}\n"
TASK = "tasks: [{command_line: a}]"
REFUSED = (
    "[identity-needs-existing-pool] a pool that the recipe makes has no managed identity:"
    " the Batch service cannot give it one"
    " | make the pool with the identity outside of recipebatch, and use it: `pool: {existing: POOL_ID}`"
)


@pytest.mark.parametrize(
    "tasks",
    [
        "tasks: [{command_line: a, resource_files: [{container: data}]}]",
        "tasks: [{command_line: a, output_files: [{file_pattern: x, container: data}]}]",
        "tasks: [{command_line: a, keep_logs: data}]",
        "tasks: [{command_line: a, for_each: {files: {container: data}}, resource_files: [file]}]",
        "job: {job_preparation_task: {command_line: b, resource_files: [{container: data}]}}\n" + TASK,
    ],
)
def test_a_container_that_nodes_reach_by_an_identity_is_refused(plan_of: PlanOf, tasks: str) -> None:
    found = refusals(plan_of, STORAGE + tasks, pool=OWN + "}", today=TODAY, listings={"data": ("x",)})
    assert found == [f"4:45 {REFUSED}"]
    sections = STORAGE + tasks
    assert refusals(plan_of, sections, pool="{existing: p}", today=TODAY, listings={"data": ("x",)}) == []
    assert refusals(plan_of, sections, pool=OWN + "}", listings={"data": ("x",)}) == []


@pytest.mark.parametrize(
    "more",
    [
        f"mount_configuration: [{{azure_blob_file_system_configuration: {{container: plain, relative_mount_path: m, identity: {ID}}}}}]",  # noqa: E501
        "raw: {identity: {type: UserAssigned, userAssignedIdentities: {}}}",
        "raw: {virtualMachineConfiguration: {extensions: [{name: e, settings: {identityReference: {resourceId: x}}}]}}",
        f"disk_encryption_configuration: {{targets: [os_disk], customer_managed_key: {{identity_reference: {{resource_id: {ID}}}}}}}",  # noqa: E501
    ],
)
def test_an_identity_of_the_pool_itself_is_refused(plan_of: PlanOf, more: str) -> None:
    found = refusals(plan_of, "storage: {plain: {}}\n" + TASK, pool=f"{OWN}, {more}}}", today=TODAY)
    assert [line.partition(" ")[2] for line in found] == [REFUSED]


def test_a_registry_by_identity_is_refused_in_pool_and_task(plan_of: PlanOf) -> None:
    registry = f"{{registry_server: r.example, identity: {ID}}}"
    of_pool = OWN.replace(
        "container_configuration: {}", f"container_configuration: {{container_registries: [{registry}]}}"
    )
    assert [line.partition(" ")[2] for line in refusals(plan_of, TASK, pool=of_pool + "}", today=TODAY)] == [REFUSED]
    task = f"tasks: [{{command_line: a, container_settings: {{image_name: i:1, registry: {registry}}}}}]"
    assert [line.partition(" ")[2] for line in refusals(plan_of, task, pool=OWN + "}", today=TODAY)] == [REFUSED]
    assert refusals(plan_of, task, pool="{existing: p}", today=TODAY) == []


def test_a_container_that_only_this_machine_reaches_needs_no_identity(plan_of: PlanOf) -> None:
    collect = "collect: [{container: data, into: x}]\n"
    assert refusals(plan_of, STORAGE + collect + TASK, pool=OWN + "}", today=TODAY) == []
