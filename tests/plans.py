"""Plans for tests of the phases, with every property filled in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.plan.model import (
    ImageReference,
    Plan,
    PlannedContainer,
    PlannedJob,
    PlannedPool,
    PlannedTask,
    PlannedUpload,
)
from recipebatch.properties.files import OutputFile
from recipebatch.properties.purge import PurgeRule, PurgeWhen
from recipebatch.service import PoolSnapshot, TaskSnapshot
from recipebatch.vocabulary.ids import ContainerName, JobId, PoolId, TaskId

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.properties.files import Collect

UBUNTU = ImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server")


def a_pool(**changed: object) -> PlannedPool:
    settings: dict[str, object] = {
        "logical": "pool",
        "id": PoolId("p1"),
        "existing": False,
        "os": "linux",
        "image": UBUNTU,
        "vm_size": "standard_d2s_v3",
        "target_dedicated_nodes": 1,
        "target_low_priority_nodes": 0,
        "task_slots_per_node": 1,
        "resize_timeout": timedelta(minutes=15),
        "start_task": None,
    }
    return PlannedPool(**(settings | changed))  # type: ignore[arg-type]


def a_job(*tasks: PlannedTask, **changed: object) -> PlannedJob:
    settings: dict[str, object] = {
        "logical": "job",
        "id": JobId("j1"),
        "pool": "pool",
        "priority": 0,
        "max_wall_clock_time": timedelta(hours=1),
        "max_task_retry_count": 0,
        "max_parallel_tasks": -1,
        "common_environment_settings": (),
        "tasks": tasks,
    }
    return PlannedJob(**(settings | changed))  # type: ignore[arg-type]


def a_task(name: str, command_line: str = "/bin/true", **changed: object) -> PlannedTask:
    return PlannedTask(id=TaskId(name), template="t", command_line=command_line, **changed)  # type: ignore[arg-type]


def an_output(pattern: str, path: str | None = None, *, on: str = "tasksuccess", container: str = "out") -> OutputFile:
    return OutputFile(file_pattern=pattern, container=container, path=path, upload_condition=on)


def a_container(logical: str, name: str, *files: Path, existing: bool = False) -> PlannedContainer:
    uploads = tuple(PlannedUpload(blob=file.name, source=file, size=file.stat().st_size) for file in files)
    return PlannedContainer(logical=logical, name=ContainerName(name), existing=existing, uploads=uploads)


def a_plan(
    *,
    run_id: str = "r1",
    containers: tuple[PlannedContainer, ...] = (),
    pools: tuple[PlannedPool, ...] = (),
    jobs: tuple[PlannedJob, ...] = (),
    collect: tuple[Collect, ...] = (),
    purge: PurgeWhen | PurgeRule = PurgeWhen.ALWAYS,
) -> Plan:
    return Plan(
        run_id=run_id,
        recipe_name="r",
        recipe_version=None,
        containers=containers,
        pools=pools,
        jobs=jobs,
        collect=collect,
        purge=PurgeRule.of(purge) if isinstance(purge, PurgeWhen) else purge,
        watch_timeout=None,
        run_limit=timedelta(hours=2),
    )


def a_task_snapshot(**changed: object) -> TaskSnapshot:
    """A task that has succeeded."""
    settings: dict[str, object] = {
        "id": "t",
        "state": "completed",
        "state_transition_time": None,
        "exit_code": 0,
        "result": "success",
        "failure": None,
        "failure_details": (),
        "node_id": "n1",
        "retry_count": 0,
    }
    return TaskSnapshot(**(settings | changed))  # type: ignore[arg-type]


def a_pool_snapshot(**changed: object) -> PoolSnapshot:
    settings: dict[str, object] = {
        "id": "p1",
        "state": "active",
        "allocation_state": "steady",
        "vm_size": "standard_d2s_v3",
        "image": UBUNTU,
        "task_slots_per_node": 1,
        "target_dedicated_nodes": 1,
        "target_low_priority_nodes": 0,
        "current_dedicated_nodes": 1,
        "current_low_priority_nodes": 0,
        "auto_scale_formula": None,
        "resize_errors": (),
        "metadata": {},
        "start_command_line": None,
    }
    return PoolSnapshot(**(settings | changed))  # type: ignore[arg-type]
