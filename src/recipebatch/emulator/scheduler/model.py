"""What the scheduler reads and answers: waiting tasks and jobs, free nodes, placements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class WaitingTask:
    """A task that is ready to run.

    Attributes:
        affinity: node id it would rather run on, or None.
        exclusive: no other task may run on its node; so a job manager may ask.
        dedicated_only: it may not run on a spot node; so a job manager may ask.
        instances: how many whole nodes a multi-instance task needs; None is any other task.
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
        room: how many more of its tasks may run at once; None is no limit.
        shunned: nodes it cannot use, because they could not be prepared for it.
    """

    seq: int
    priority: int
    tasks: Sequence[WaitingTask]
    room: int | None = None
    shunned: frozenset[str] = frozenset()


@dataclass(slots=True)
class FreeNode:
    """A node that takes tasks.

    Attributes:
        free: slots nobody holds.
        busy: slots that tasks hold.
        is_dedicated: it is no spot node.
    """

    id: str
    free: int
    busy: int = 0
    is_dedicated: bool = True


@dataclass(frozen=True, slots=True)
class Placement:
    """This task of that job runs on this node, from now on.

    Attributes:
        others: the nodes of the other instances, if it has any.
    """

    job: int
    task: str
    node: str
    others: tuple[str, ...] = ()
