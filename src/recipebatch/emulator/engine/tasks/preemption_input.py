"""The running tasks to preempt for a job of higher priority; `task_attempts` requeues them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from recipebatch.emulator.engine.tasks.placement_input import waiting_job
from recipebatch.emulator.scheduler import FreeNode, RunningTask, preempted
from recipebatch.vocabulary.states import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.emulator.state import Account, JobRecord, NodeRecord, PoolRecord, TaskRecord


class RunningAttempt(Protocol):
    """The part of a task attempt that preemption reads."""

    job: JobRecord
    task: TaskRecord
    node: NodeRecord

    @property
    def key(self) -> tuple[int, int]:
        """Unique among all attempts."""

    @property
    def is_ending(self) -> bool:
        """Whether its slots are about to be freed."""


def may_preempt(account: Account, pool: PoolRecord) -> bool:
    """Whether some job allows preemption and a job of higher priority has waiting tasks."""
    jobs = account.jobs_by_pool.get(pool.key, {}).values()
    lowest = min((job.body["priority"] for job in jobs if job.body["allowTaskPreemption"]), default=None)
    return lowest is not None and any(job.body["priority"] > lowest and job.tasks.ready(1) for job in jobs)


def to_preempt(account: Account, pool: PoolRecord, attempts: Iterable[RunningAttempt]) -> list[tuple[int, int]]:
    """The keys of the attempts on that pool to preempt."""
    there = list(attempts)
    freeing: dict[str, int] = {}
    for run in there:
        if run.is_ending:
            freeing[run.node.id] = freeing.get(run.node.id, 0) + run.task.slots
    slots = pool.slots_per_node
    nodes = [
        FreeNode(node.id, slots - sum(node.running.values()) + freeing.get(node.id, 0), 0, node.is_dedicated)
        for node in pool.nodes.values()
        if node.takes_tasks
    ]
    running = [
        RunningTask(run.key, run.node.id, run.task.slots, run.job.body["priority"], run.task.start_time or 0)
        for run in there
        if run.job.body["allowTaskPreemption"] and not run.is_ending
    ]
    most = slots * len(nodes)
    jobs = account.jobs_by_pool.get(pool.key, {}).values()
    return preempted((waiting_job(job, most, pool) for job in jobs if job.state is JobState.ACTIVE), nodes, running)
