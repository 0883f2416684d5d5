"""`raw:` blocks: properties of a request that the language does not know, under the names of the REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from recipebatch.recipe.parser import pool_property_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader

Modelled: TypeAlias = "Mapping[str, str | Mapping[str, str]]"
"""REST name → the recipe's key for it, or the REST names below it that have one."""

_CONSTRAINTS = {
    "maxWallClockTime": "constraints.max_wall_clock_time",
    "maxTaskRetryCount": "constraints.max_task_retry_count",
    "retentionTime": "constraints.retention_time",
}
_CONTAINER = {
    "imageName": "container_settings.image_name",
    "containerRunOptions": "container_settings.container_run_options",
    "workingDirectory": "container_settings.working_directory",
    "registry": "container_settings.registry",
}
_COMMAND: Modelled = {
    "commandLine": "command_line",
    "resourceFiles": "resource_files",
    "environmentSettings": "environment_settings",
    "userIdentity": "user_identity",
    "containerSettings": _CONTAINER,
}
TASK: Modelled = {
    **_COMMAND,
    "id": "id",
    "displayName": "display_name",
    "outputFiles": "output_files",
    "constraints": _CONSTRAINTS,
    "requiredSlots": "required_slots",
    "exitConditions": "exit_conditions",
    "dependsOn": "depends_on",
    "multiInstanceSettings": "multi_instance_settings",
    "applicationPackageReferences": "application_package_references",
}
JOB_TASK: Modelled = {
    **_COMMAND,
    "id": "id",
    "displayName": "display_name",
    "outputFiles": "output_files",
    "constraints": _CONSTRAINTS,
    "requiredSlots": "required_slots",
    "applicationPackageReferences": "application_package_references",
    "maxWallClockTime": "max_wall_clock_time",
    "retentionTime": "retention_time",
    "waitForSuccess": "wait_for_success",
    "rerunOnNodeRebootAfterSuccess": "rerun_on_node_reboot_after_success",
    "killJobOnCompletion": "kill_job_on_completion",
    "runExclusive": "run_exclusive",
    "allowLowPriorityNode": "allow_low_priority_node",
}
POOL: Modelled = {
    "id": "id",
    "displayName": "display_name",
    "vmSize": "vm_size",
    "virtualMachineConfiguration": {
        "imageReference": "image",
        "nodeAgentSKUId": "image",
        "containerConfiguration": "container_configuration",
        **{shape.wire: key for key, shape in pool_property_tables.MACHINE.items()},
    },
    "taskSchedulingPolicy": "task_scheduling_policy",
    **{shape.wire: key for key, shape in pool_property_tables.POOL.items()},
    "mountConfiguration": "mount_configuration",
    "applicationPackageReferences": "application_package_references",
    "enableInterNodeCommunication": "enable_inter_node_communication",
    "enableAutoScale": "auto_scale",
    "autoScaleFormula": "auto_scale.formula",
    "autoScaleEvaluationInterval": "auto_scale.evaluation_interval",
    "resizeTimeout": "resize_timeout",
    "targetDedicatedNodes": "target_dedicated_nodes",
    "targetLowPriorityNodes": "target_low_priority_nodes",
    "taskSlotsPerNode": "task_slots_per_node",
    "startTask": "start_task",
    "metadata": "metadata",
}
START_TASK: Modelled = {**_COMMAND, "maxTaskRetryCount": "max_task_retry_count", "waitForSuccess": "wait_for_success"}
JOB: Modelled = {
    "id": "id",
    "displayName": "display_name",
    "priority": "priority",
    "maxParallelTasks": "max_parallel_tasks",
    "allowTaskPreemption": "allow_task_preemption",
    "constraints": _CONSTRAINTS,
    "commonEnvironmentSettings": "common_environment_settings",
    "poolInfo": "pool",
    "onAllTasksComplete": "on_all_tasks_complete",
    "onTaskFailure": "on_task_failure",
    "usesTaskDependencies": "depends_on",
    "jobPreparationTask": "job_preparation_task",
    "jobReleaseTask": "job_release_task",
    "jobManagerTask": "job_manager_task",
    "metadata": "metadata",
}


def raw_block(parent: Node | None, reader: Reader, modelled: Modelled) -> Node | None:
    """The `raw:` of a mapping, once it is known to hold nothing that the language has a key for."""
    node = parent.get("raw") if parent is not None else None
    if node is None:
        return None
    _check(node, reader, modelled, "raw")
    reader.tree(node)
    return node


def _check(node: Node, reader: Reader, modelled: Modelled, path: str) -> None:
    by_key = {key: rest for rest, key in modelled.items() if isinstance(key, str)}
    for name, entry in node.entries().items():
        known = modelled.get(name)
        if isinstance(known, str):
            message = f"{path} cannot hold {name}: the recipe says it as {known}"
            reader.problem(entry.key_at, message, "raw-modelled", f"move it out of raw, to {known}")
        elif known is not None:
            _check(entry.value, reader, known, f"{path}.{name}")
        elif "_" in name:
            hint = "write it as the REST API does, such as affinityInfo"
            if name in by_key:
                hint = "remove it from raw: it is a key of the recipe"
            reader.problem(entry.key_at, f"{path} has the names of the REST API, not {name}", "raw-name", hint)
