"""NodeRecord and PoolRecord: the state of a node and of a pool.

All times are ticks (`timestamps`). `body` is the validated request body with defaults. A key is an id in lower
case: ids are case-insensitive but case-preserving.
"""

from __future__ import annotations

import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from recipebatch.vocabulary.states import AllocationState, NodeState, PoolState

Json = dict[str, Any]
_FIRST_ADDRESS = (127 << 24) | (64 << 16)
_ADDRESS_BITS = 22
_NODES_PER_PART = 256
_FIRST_NODE = 4
"""The number of the first node in an Azure subnet; the addresses before it are reserved."""
HISTORY = 2880
"""Maximum number of samples kept for each pool: one day. The service's limit is not documented."""


@dataclass(slots=True, kw_only=True, eq=False)
class NodeRecord:
    """One compute node: a directory of this machine.

    Attributes:
        number: number of the node in the pool; determines its address.
        running: run key → slots, for every task that holds slots on this node; in memory only.
        exclusive: run key of the job manager that uses the node exclusively; in memory only.
        leaving: what happens to its tasks before it is removed from the pool; None if it is not being removed.
        back_at: when it is restored after it was preempted or lost; None means never.
        emptying: what happens to its tasks before it reboots or is deallocated.
        users: name → user account created by a client, without password and key.
        errors: why it is unusable, as in replies.
        crashes: how often the service crashed while the node was booting, since it was last up.
        recent_tasks: the last tasks that ran on it, latest first: (job id, task id).
    """

    id: str
    number: int
    is_dedicated: bool
    state: NodeState
    state_time: int
    allocation_time: int
    scheduling_enabled: bool = True
    boot_time: int | None = None
    start_task: Json | None = None
    start_task_info: Json | None = None
    total_tasks_run: int = 0
    total_tasks_succeeded: int = 0
    recent_tasks: list[tuple[str, str]] = field(default_factory=list)
    leaving: str | None = None
    back_at: int | None = None
    emptying: str = "requeue"
    users: dict[str, Json] = field(default_factory=dict)
    errors: list[Json] = field(default_factory=list)
    crashes: int = 0
    running: dict[tuple[int, int], int] = field(default_factory=dict)
    exclusive: tuple[int, int] | None = None

    @property
    def takes_tasks(self) -> bool:
        """Whether tasks may be placed on it."""
        if self.exclusive is not None:
            return False
        return self.scheduling_enabled and self.leaving is None and self.state in {NodeState.IDLE, NodeState.RUNNING}


@dataclass(slots=True, kw_only=True, eq=False)
class PoolRecord:
    """One pool.

    Attributes:
        modified: last change of the pool's definition; not changed by allocation (recorded answers).
        dropping: ids of nodes to be removed by the current resize.
        deallocation_option: what happens to the tasks of nodes removed by the current resize.
        scaling_enabled: when a client last enabled automatic scaling.
        scaling_run: the last evaluation of the formula, as in replies but for its timestamp.
        history: samples with their times; in memory only.
    """

    id: str
    body: Json
    created: int
    modified: int
    state_time: int
    allocation_time: int
    state: PoolState = PoolState.ACTIVE
    allocation_state: AllocationState = AllocationState.RESIZING
    target_dedicated: int = 0
    target_low_priority: int = 0
    resize_timeout: int = 0
    resize_errors: list[Json] = field(default_factory=list)
    dropping: set[str] = field(default_factory=set)
    deallocation_option: str = "requeue"
    next_number: int = 0
    scaling_enabled: int | None = None
    scaling_run: Json | None = None
    history: deque[tuple[int, dict[str, float]]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    nodes: dict[str, NodeRecord] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The id in lower case."""
        return self.id.lower()

    @property
    def slots_per_node(self) -> int:
        """Number of task slots on one node."""
        return int(self.body["taskSlotsPerNode"])


def node_address(pool: PoolRecord, node: NodeRecord) -> str:
    """The node's IPv4 address.

    On Linux every address in 127.0.0.0/8 belongs to this machine, so processes of one node can listen on its address
    and processes of other nodes can connect to them. Each pool has its own range, so ports of two pools do not
    collide.
    """
    part = zlib.crc32(f"{pool.key}/{pool.created}".encode())
    number = _FIRST_ADDRESS + (part * _NODES_PER_PART + node.number + _FIRST_NODE) % (1 << _ADDRESS_BITS)
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
