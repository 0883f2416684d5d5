"""What tasks need of their pool: containers, inter-node communication, one task slot a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import fail_at

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedPool
    from recipebatch.recipe.model import Section, TaskSpec


def check_pool(spec: TaskSpec, pool: PlannedPool) -> None:
    """Refuse what the pool cannot run.

    Raises:
        InvalidRecipeError: several nodes without inter-node communication, or with more than one task slot each.
    """
    if pool.existing:
        return
    check_containers(spec.settings["container_settings"], pool, "a container task")
    several = spec.settings["multi_instance_settings"]
    if several is None:
        return
    if not _has_communication(pool):
        message = "a multi-instance task needs a pool with inter-node communication"
        fail_at(several.at, message, "multi-instance", "add `enable_inter_node_communication: true` to the pool")
    if pool.task_slots_per_node != 1:
        message = f"a multi-instance task needs nodes of one task slot; the pool's have {pool.task_slots_per_node}"
        fail_at(several.at, message, "multi-instance", "remove task_slots_per_node from the pool")


def check_containers(spec: Section | None, pool: PlannedPool, what: str) -> None:
    """Refuse a task in a container on a pool that has none; what an existing pool has is not known.

    Raises:
        InvalidRecipeError: the pool has no container configuration.
    """
    if spec is not None and not pool.existing and not _has_containers(pool):
        message = f"{what} needs a pool with a container configuration"
        fail_at(spec.at, message, "no-container-configuration", "add one to the pool")


def _has_communication(pool: PlannedPool) -> bool:
    """What the pool says, by its own key or in `raw:`."""
    return pool.enable_inter_node_communication or (pool.raw or {}).get("enableInterNodeCommunication") is True


def _has_containers(pool: PlannedPool) -> bool:
    machine = (pool.raw or {}).get("virtualMachineConfiguration")
    in_raw = isinstance(machine, dict) and bool(machine.get("containerConfiguration"))
    return in_raw or pool.container_configuration is not None
