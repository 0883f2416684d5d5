"""Pools of a plan: their nodes, how long these stay, and what runs on each of them first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.cli.render.plan import parts
from recipebatch.cli.render.plan.sections import Block, Section
from recipebatch.plan import nodes_go_text
from recipebatch.report.changes import POOL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recipebatch.cli.render.plan.marks import Marks
    from recipebatch.plan import PoolSize
    from recipebatch.plan.model import Plan, PlannedAutoScale, PlannedPool
    from recipebatch.properties.pool import StartTask


def pool_section(planned: Plan, scaled: Mapping[str, PoolSize], marks: Marks) -> Section:
    """The pools; `scaled` has the target nodes of those that the unfinished run keeps from `scale`."""
    blocks = (
        _pool(pool, planned.turn_of_pool(pool.logical), scaled.get(pool.logical), marks) for pool in planned.pools
    )
    return Section("Pools" if len(planned.pools) > 1 else "Pool", tuple(blocks))


def _pool(pool: PlannedPool, turn: str, size: PoolSize | None, marks: Marks) -> Block:
    symbol, notes = marks.symbol(POOL, pool.id), marks.notes(POOL, pool.id, indent=6)
    if pool.existing:
        return Block(
            (f"  {symbol}existing pool {pool.id}", *notes, "    the run neither adds nor removes nodes"), "pool"
        )
    slots = f"{parts.counted(pool.task_slots_per_node, 'task slot')} per node"
    lines = [f"  {symbol}pool {pool.id}: {_count(pool, size)} × {pool.vm_size} · {slots}", *notes]
    lines.append(f"    image {pool.image}")
    lines += [f"    made {turn}"] if turn else []
    lines += [f"    {nodes_go_text(pool)}", *_properties(pool)]
    lines += parts.raw_properties(pool.raw, indent=4)
    if pool.start_task is not None:
        lines += _start_task(pool.start_task, pool.os)
    return Block(tuple(lines), "pool")


def _count(pool: PlannedPool, size: PoolSize | None) -> str:
    """How many nodes a pool gets; `size` is what `scale` gave it."""
    spot = f" + {pool.target_low_priority_nodes} spot" if pool.target_low_priority_nodes else ""
    count = "autoscaled" if pool.auto_scale is not None else f"{pool.target_dedicated_nodes}{spot}"
    return count if size is None else f"{size} by `scale` (recipe: {count})"


def _start_task(task: StartTask, os: str) -> Iterable[str]:
    image = f"in the container image {task.container_settings.image_name}" if task.container_settings else ""
    facts = [parts.identity(task.user_identity, os), parts.tries(task.max_task_retry_count), image]
    facts += [] if task.wait_for_success else ["tasks do not wait for its success"]
    yield f"    start task{''.join(f', {fact}' for fact in facts if fact)}:"
    yield from parts.command(task.command_line, indent=6)
    yield from parts.resource_files(task.resource_files, indent=6)
    yield from parts.environment(task.environment_settings, indent=6)
    yield from parts.raw_properties(task.raw, indent=6)


def _scaling(rule: PlannedAutoScale) -> Iterable[str]:
    if rule.scenario is not None:
        yield f"    scenario: {rule.scenario}"
    for line in rule.formula.split("\n"):
        if line.strip():
            yield f"    formula: {line}"


def _properties(pool: PlannedPool) -> Iterable[str]:
    if pool.auto_scale is not None:
        yield from _scaling(pool.auto_scale)
    if pool.vm_sizes:
        yield f"    VM sizes to try if it is not available: {', '.join(pool.vm_sizes[1:])}"
    if pool.min_ready_nodes is not None:
        yield f"    continues with {pool.min_ready_nodes} ready nodes"
    if pool.node_fill_type is not None:
        yield f"    node fill type: {pool.node_fill_type}"
    if pool.enable_inter_node_communication:
        yield "    inter-node communication"
    if pool.container_configuration is not None:
        images = ", ".join(pool.container_configuration.image_names) or "pulled when needed"
        yield f"    containers: {images}"
    for mount in pool.mounts:
        what = f"container {mount.container}" if mount.container is not None else next(iter(mount.other), "")
        yield f"    mounts {what} as {mount.relative_mount_path}"
    yield from parts.packages(pool.application_package_references, indent=4)
    for name, value in pool.properties.items():
        yield f"    {name}: {parts.redacted(value)}"
