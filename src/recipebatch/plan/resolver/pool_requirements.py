"""What tasks need of their pool: containers, inter-node communication, task slots, nodes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from recipebatch.errors import UnknownValueError, fail_at
from recipebatch.plan.expressions import known
from recipebatch.plan.resolver.pool_expiry import has_communication

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition
    from recipebatch.plan.model import PlannedPool, PlannedTask
    from recipebatch.plan.resolver.node_limits import NodeLimits
    from recipebatch.recipe.model import Section, TaskSpec


def check_pool(spec: TaskSpec, pool: PlannedPool) -> None:
    """Refuse what the pool cannot run.

    Raises:
        InvalidRecipeError: several nodes without inter-node communication, or with more than one task slot each.
    """
    if pool.existing:
        return
    with suppress(UnknownValueError):
        check_containers(spec.settings["container_settings"], pool, "a container task")
    several = spec.settings["multi_instance_settings"]
    if several is None:
        return
    with suppress(UnknownValueError):
        if not has_communication(pool):
            message = "a multi-instance task needs a pool with inter-node communication"
            fail_at(several.at, message, "multi-instance", "add `enable_inter_node_communication: true` to the pool")
    with suppress(UnknownValueError):
        if pool.task_slots_per_node != 1:
            message = f"a multi-instance task needs nodes of one task slot; the pool's have {pool.task_slots_per_node}"
            fail_at(several.at, message, "multi-instance", "remove task_slots_per_node from the pool")


def check_task(spec: TaskSpec, task: PlannedTask, pool: PlannedPool, limits: NodeLimits) -> None:
    """Refuse a task that needs more than the pool ever has.

    Raises:
        InvalidRecipeError: more task slots than a node has, more instances than nodes, or both slots and instances.
    """
    if task.multi_instance_settings is not None:
        with suppress(UnknownValueError):
            if task.required_slots != 1:
                message = "required_slots must be 1 in a multi-instance task"
                fail_at(spec.settings["required_slots"].node.at, message, "multi-instance", "remove required_slots")
        with suppress(UnknownValueError):
            _check_instances(spec, task.multi_instance_settings.number_of_instances, pool, limits.together)
    with suppress(UnknownValueError):
        check_slots(spec.settings, task.required_slots, pool, "the task")


def _check_instances(spec: TaskSpec, wanted: int, pool: PlannedPool, most: int | None) -> None:
    if most is not None and wanted > most:
        section = spec.settings["multi_instance_settings"]
        node = section["number_of_instances"].node
        message = f"the task needs {wanted} nodes at once; pool {pool.logical} has {most} at most"
        hint = f"lower number_of_instances, or give the pool {wanted} nodes"
        fail_at(node.at if node is not None else section.at, message, "too-few-nodes", hint)


def check_slots(section: Section, slots: int, pool: PlannedPool, what: str) -> None:
    """Refuse a task that needs more slots than a node has; what an existing pool has is not known.

    Raises:
        InvalidRecipeError: positioned at `required_slots`.
    """
    if pool.existing or slots <= pool.task_slots_per_node:
        return
    node = section["required_slots"].node
    at: SourcePosition = node.at if node is not None else section.at
    has = f"{pool.task_slots_per_node} slot{'s' if pool.task_slots_per_node > 1 else ''}"
    message = f"{what} needs {slots} task slots; a node of pool {pool.logical} has {has}"
    hint = f"lower required_slots, or write `task_slots_per_node: {slots}` in the pool"
    fail_at(at, message, "too-many-slots", hint)


def check_containers(spec: Section | None, pool: PlannedPool, what: str) -> None:
    """Refuse a task in a container on a pool that has none; what an existing pool has is not known.

    Raises:
        InvalidRecipeError: the pool has no container configuration.
    """
    if spec is not None and not pool.existing and not has_containers(pool):
        message = f"{what} needs a pool with a container configuration"
        fail_at(spec.at, message, "no-container-configuration", "add one to the pool")


def has_containers(pool: PlannedPool) -> bool:
    """Whether the pool can run container tasks, by its own key or in `raw:`."""
    machine = known((pool.raw or {}).get("virtualMachineConfiguration"))
    in_raw = isinstance(machine, dict) and bool(machine.get("containerConfiguration"))
    return in_raw or pool.container_configuration is not None
