"""Assigns waiting tasks to nodes.

Jobs of higher priority come first; jobs of equal priority take turns, or the older job comes first if the pool is
configured so. A job never runs more tasks than its `maxParallelTasks`. A task is never split over several nodes.
Source: Batch REST API, `taskSchedulingPolicy`, `priority`, `maxParallelTasks`; order among equals is not
documented.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.emulator.scheduler import multi_instance

if TYPE_CHECKING:
    from collections.abc import Iterable
from recipebatch.emulator.scheduler.model import FreeNode, Placement, WaitingJob, WaitingTask


def place(
    jobs: Iterable[WaitingJob], nodes: Iterable[FreeNode], *, pack: bool, by_creation: bool = False
) -> list[Placement]:
    """Assign as many tasks to nodes as fit.

    Args:
        jobs: the jobs with waiting tasks on this pool.
        nodes: the nodes on which tasks can start; not modified.
        pack: fill one node before the next; else spread evenly.
        by_creation: among jobs of equal priority the older one (lower `seq`) goes first with all its tasks.
    """
    free = [replace(node) for node in nodes if node.free > 0]
    placements: list[Placement] = []
    for group in _by_priority(jobs, by_creation=by_creation):
        queues = [_Queue(job) for job in group]
        while queues and free:
            for queue in list(queues):
                placement = _place_next(queue, free, pack=pack)
                if placement is None:
                    queues.remove(queue)
                else:
                    placements.append(placement)
            free = [node for node in free if node.free > 0]
    return placements


class _Queue:
    """The waiting tasks of a job that have not been tried yet."""

    def __init__(self, job: WaitingJob) -> None:
        self.job = job
        self.max_new_tasks = len(job.tasks) if job.max_new_tasks is None else job.max_new_tasks
        self.rest = iter(job.tasks)
        # The smallest number of slots that did not fit: later tasks that need as many cannot fit either.
        self.too_big: int | None = None


def _by_priority(jobs: Iterable[WaitingJob], *, by_creation: bool) -> list[list[WaitingJob]]:
    """Jobs of equal priority share a group and take turns; by creation every job is a group of its own."""
    groups: dict[tuple[int, int], list[WaitingJob]] = {}
    for job in sorted(jobs, key=lambda job: (-job.priority, job.seq)):
        groups.setdefault((-job.priority, job.seq if by_creation else 0), []).append(job)
    return list(groups.values())


def _place_next(queue: _Queue, nodes: list[FreeNode], *, pack: bool) -> Placement | None:
    if queue.max_new_tasks <= 0:
        return None
    usable = [node for node in nodes if node.id not in queue.job.excluded_nodes] if queue.job.excluded_nodes else nodes
    for task in queue.rest:
        if task.instances is not None:
            return _place_instances(queue, task, task.instances, usable)
        if queue.too_big is not None and task.slots >= queue.too_big:
            continue
        node = _choose(task, usable, pack=pack)
        if node is None:
            # The failure of a task with special requirements says nothing about later tasks.
            if not task.exclusive and not task.dedicated_only:
                queue.too_big = task.slots
            continue
        node.free -= node.free if task.exclusive else task.slots
        node.busy += task.slots
        queue.max_new_tasks -= 1
        return Placement(queue.job.seq, task.key, node.id)
    return None


def _place_instances(queue: _Queue, task: WaitingTask, instances: int, nodes: list[FreeNode]) -> Placement | None:
    """Whole nodes for a multi-instance task; while there are too few, idle nodes are reserved for it."""
    chosen = multi_instance.idle(nodes)[:instances]
    for node in chosen:
        node.free = 0
    if len(chosen) < instances:
        return None
    for node in chosen:
        node.busy = 1
    queue.max_new_tasks -= 1
    return Placement(queue.job.seq, task.key, chosen[0].id, tuple(node.id for node in chosen[1:]))


def _choose(task: WaitingTask, nodes: list[FreeNode], *, pack: bool) -> FreeNode | None:
    fitting = [
        node
        for node in nodes
        if node.free >= task.slots
        and (node.is_dedicated or not task.dedicated_only)
        and (node.busy == 0 or not task.exclusive)
    ]
    if not fitting:
        return None
    for node in fitting:
        if node.id == task.affinity:
            return node
    return max(fitting, key=lambda node: node.busy) if pack else min(fitting, key=lambda node: node.busy)
