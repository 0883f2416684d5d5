"""Finds the running tasks that make room for a job of higher priority: snapshot, decide; `runs.py` applies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from recipebatch.emulator.engine.tasks.placement_input import waiting_job
from recipebatch.emulator.scheduler import FreeNode, RunningTask, preempted
from recipebatch.vocabulary.states import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.emulator.state import Account, JobRecord, NodeRecord, PoolRecord, TaskRecord


class Run(Protocol):
    """A task that holds slots, as far as this file cares."""

    job: JobRecord
    task: TaskRecord
    node: NodeRecord

    @property
    def key(self) -> tuple[int, int]:
        """Tells it from every other one."""

    @property
    def is_ending(self) -> bool:
        """Whether its slots are about to be free."""


def may_preempt(account: Account, pool: PoolRecord) -> bool:
    """Whether there can be anything to do: some job allows it and one of higher priority has tasks that wait."""
    jobs = account.jobs_by_pool.get(pool.key, {}).values()
    lowest = min((job.body["priority"] for job in jobs if job.body["allowTaskPreemption"]), default=None)
    return lowest is not None and any(job.body["priority"] > lowest and job.tasks.ready(1) for job in jobs)


def to_preempt(account: Account, pool: PoolRecord, runs: Iterable[Run]) -> list[tuple[int, int]]:
    """The keys of the runs on that pool that have to go."""
    there = list(runs)
    coming: dict[str, int] = {}
    for run in there:
        if run.is_ending:
            coming[run.node.id] = coming.get(run.node.id, 0) + run.task.slots
    slots = pool.slots_per_node
    nodes = [
        FreeNode(node.id, slots - sum(node.running.values()) + coming.get(node.id, 0), 0, node.is_dedicated)
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
