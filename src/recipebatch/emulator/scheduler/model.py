"""The scheduler's input and output: waiting tasks and jobs, free nodes, placements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class WaitingTask:
    """A task that is ready to run.

    Attributes:
        affinity: id of the node it prefers, or None.
        exclusive: no other task may run on its node (`runExclusive` of a job manager).
        dedicated_only: it may not run on a spot node (`allowLowPriorityNode` of a job manager).
        instances: how many whole nodes a multi-instance task needs; None for any other task.
    """

    key: str
    slots: int
    affinity: str | None = None
    exclusive: bool = False
    dedicated_only: bool = False
    instances: int | None = None


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """A job with tasks that are ready to run, in the order in which they should start.

    Attributes:
        max_new_tasks: how many more of its tasks may run now; None means no limit.
        excluded_nodes: nodes whose preparation for this job failed.
    """

    seq: int
    priority: int
    tasks: Sequence[WaitingTask]
    max_new_tasks: int | None = None
    excluded_nodes: frozenset[str] = frozenset()


@dataclass(slots=True)
class FreeNode:
    """A node on which tasks can start.

    Attributes:
        free: number of free slots.
        busy: number of occupied slots.
        is_dedicated: not a spot node.
    """

    id: str
    free: int
    busy: int = 0
    is_dedicated: bool = True


@dataclass(frozen=True, slots=True)
class Placement:
    """The decision to start a task on a node.

    Attributes:
        others: the nodes of the other instances, if it has any.
    """

    job: int
    task: str
    node: str
    others: tuple[str, ...] = ()
