"""What the service refuses of the nodes of a pool: too many that communicate, spot nodes with ephemeral disks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, Problem
from recipebatch.plan.expressions import while_known
from recipebatch.plan.resolver.pool_expiry import has_communication
from recipebatch.vocabulary.limits import MAX_COMMUNICATING_NODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import SourcePosition
    from recipebatch.plan.model import PlannedPool
    from recipebatch.plan.resolver.pools import PoolPlan
    from recipebatch.recipe.model import PoolSpec

_COUNTS = ("target_dedicated_nodes", "target_low_priority_nodes")


def check_limits(spec: PoolSpec, planned: PoolPlan) -> None:
    """Refuse numbers of nodes that the service does not give such a pool; what a formula computes is not known.

    Raises:
        InvalidRecipeError: positioned at the number of nodes, or at the disk.
    """
    found = [*while_known(_of_communication(spec, planned)), *while_known(_of_disks(spec, planned))]
    if found:
        raise InvalidRecipeError(tuple(found))


def _of_communication(spec: PoolSpec, planned: PoolPlan) -> Iterator[Problem]:
    most = planned.limits.together
    if most is not None and most > MAX_COMMUNICATING_NODES and has_communication(planned.pool):
        message = (
            f"pool {spec.logical} may have {most} nodes;"
            f" with inter-node communication Azure Batch allows {MAX_COMMUNICATING_NODES}"
        )
        hint = f"lower the number to {MAX_COMMUNICATING_NODES}, or remove enable_inter_node_communication"
        yield Problem(_nodes_at(spec), message, "inter-node-limit", hint)


def _nodes_at(spec: PoolSpec) -> SourcePosition:
    """Where the greatest number of nodes is written."""
    settings = [spec.settings[name] for name in _COUNTS]
    if spec.auto_scale is not None:
        settings = [spec.auto_scale["max_nodes"]]
    node = next((setting.node for setting in settings if setting.node is not None), None)
    return node.at if node is not None else spec.auto_scale.at if spec.auto_scale is not None else spec.at


def _of_disks(spec: PoolSpec, planned: PoolPlan) -> Iterator[Problem]:
    # The service's words: "Ephemeral OSDisk is only supported for pools consisting exclusively of dedicated nodes."
    if planned.limits.spot and has_ephemeral_disk(planned.pool):
        disk = spec.settings["properties"]["machine"]["os_disk"]
        settings = disk["ephemeral_os_disk_settings"] if disk is not None else None
        message = f"pool {spec.logical} has spot nodes: an ephemeral OS disk is for dedicated nodes only"
        hint = "remove ephemeral_os_disk_settings, or use dedicated nodes"
        yield Problem(settings.at if settings is not None else spec.at, message, "ephemeral-disk-spot", hint)


def has_ephemeral_disk(pool: PlannedPool) -> bool:
    """Whether its nodes have an ephemeral OS disk, by the pool's own keys or in `raw:`."""
    for body in (pool.properties, pool.raw or {}):
        machine = body.get("virtualMachineConfiguration")
        disk = machine.get("osDisk") if isinstance(machine, dict) else None
        if isinstance(disk, dict) and disk.get("ephemeralOSDiskSettings"):
            return True
    return False
