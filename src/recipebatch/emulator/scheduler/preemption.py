"""Selects running tasks to preempt for a job of higher priority.

Only tasks of jobs that allow it (`allowTaskPreemption`) and that have a lower priority; they are requeued before the
other tasks of their job. Multi-instance tasks and job managers that need a node of their own preempt no task. The
service's selection is not documented; the emulator preempts as few tasks as possible, of the lowest priority,
started last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipebatch.emulator.scheduler.model import FreeNode, WaitingJob, WaitingTask


@dataclass(frozen=True, slots=True)
class RunningTask:
    """A task that may be preempted.

    Attributes:
        priority: of its job.
        started: a number that increases with the start time.
    """

    key: tuple[int, int]
    node: str
    slots: int
    priority: int
    started: int


def preempted(
    jobs: Iterable[WaitingJob], nodes: Iterable[FreeNode], running: Iterable[RunningTask]
) -> list[tuple[int, int]]:
    """The keys of the tasks to preempt.

    Args:
        jobs: the jobs with tasks waiting for slots.
        nodes: the nodes on which tasks can start, with slots that are free or about to be freed.
        running: the tasks of jobs that allow preemption.
    """
    there = [replace(node) for node in nodes]
    left = list(running)
    gone: list[tuple[int, int]] = []
    for job in sorted(jobs, key=lambda job: (-job.priority, job.seq)):
        max_new_tasks = len(job.tasks) if job.max_new_tasks is None else job.max_new_tasks
        for task in job.tasks[:max_new_tasks]:
            if task.instances is not None or task.exclusive:
                continue
            usable = [
                node
                for node in there
                if node.id not in job.excluded_nodes and (node.is_dedicated or not task.dedicated_only)
            ]
            victims = _victims(task, job.priority, usable, left)
            if victims is None:
                break
            gone += [victim.key for victim in victims]
            left = [other for other in left if other not in victims]
    return gone


def _victims(
    task: WaitingTask, priority: int, nodes: list[FreeNode], running: Sequence[RunningTask]
) -> list[RunningTask] | None:
    """The tasks to preempt for one waiting task, which then gets their slots; None if no node can be freed."""
    best: tuple[FreeNode, list[RunningTask]] | None = None
    for node in nodes:
        chosen: list[RunningTask] = []
        free = node.free
        lower = [other for other in running if other.node == node.id and other.priority < priority]
        for other in sorted(lower, key=lambda other: (other.priority, -other.started)):
            if free >= task.slots:
                break
            chosen.append(other)
            free += other.slots
        if free >= task.slots and (best is None or len(chosen) < len(best[1])):
            best = (node, chosen)
    if best is None:
        return None
    node, chosen = best
    node.free += sum(other.slots for other in chosen) - task.slots
    return chosen
