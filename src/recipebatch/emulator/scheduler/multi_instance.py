"""Multi-instance tasks: the choice of nodes, and the variables of the instances.

Such a task needs several whole nodes at once. Idle nodes are reserved for it until there are enough, so that later
tasks cannot starve it; this is a choice of the emulator, the service's behavior is not documented.
Source of the texts: "Azure Batch runtime environment variables".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipebatch.emulator.scheduler.model import FreeNode

PORT = 6000
"""The port of `AZ_BATCH_MASTER_NODE`."""


def idle(nodes: Iterable[FreeNode]) -> list[FreeNode]:
    """The nodes that run no task; only these can run an instance."""
    return [node for node in nodes if node.busy == 0 and node.free > 0]


def can_ever_run(instances: int, *, nodes: int, slots_per_node: int, inter_node_communication: bool) -> bool:
    """Whether a pool can run a task with that many instances; if not, the task stays active, as on Azure.

    Args:
        nodes: how many nodes of the pool take tasks.
    """
    return inter_node_communication and slots_per_node == 1 and instances <= nodes


def variables(addresses: Sequence[str], instance: int, shared_directory: str) -> dict[str, str]:
    """The extra variables of the coordination command and the application command of one instance.

    Args:
        addresses: those of the nodes; the first is the primary's.
        instance: index of the instance; 0 is the primary.
        shared_directory: the same path for all instances.
    """
    return {
        "AZ_BATCH_HOST_LIST": ",".join(addresses),
        "AZ_BATCH_NODE_LIST": ";".join(addresses),
        "AZ_BATCH_MASTER_NODE": f"{addresses[0]}:{PORT}",
        "AZ_BATCH_IS_CURRENT_NODE_MASTER": "true" if instance == 0 else "false",
        "AZ_BATCH_TASK_SHARED_DIR": shared_directory,
        "CCP_NODES": " ".join([str(len(addresses)), *(f"{address} 1" for address in addresses)]),
    }
