"""The waiting tasks of a job, as input of `scheduler.placement`."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.emulator.engine.job_preparation import failed
from recipebatch.emulator.scheduler import WaitingJob, WaitingTask, can_ever_run
from recipebatch.emulator.state.transitions.job_manager import definition, is_manager
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from recipebatch.emulator.state import JobRecord, PoolRecord, TaskRecord


def waiting_job(job: JobRecord, limit: int, pool: PoolRecord) -> WaitingJob:
    """A job with its waiting tasks, at most as many as could start.

    Args:
        job: it is bound to the pool.
        limit: number of free slots.
        pool: runs its tasks.
    """
    most = job.body["maxParallelTasks"]
    running = job.tasks.count(TaskState.RUNNING) + job.tasks.count(TaskState.PREPARING)
    tasks = [_waiting_task(job, task) for task in job.tasks.ready(limit, partial(_can_never_run, job, pool))]
    excluded_nodes = frozenset(node for node, known in job.on_nodes.items() if failed(job, known))
    return WaitingJob(
        job.seq, job.body["priority"], tasks, None if most == -1 else max(0, most - running), excluded_nodes
    )


def is_exclusive(job: JobRecord, task: TaskRecord) -> bool:
    """Whether the task is a job manager that needs a node of its own."""
    return is_manager(job, task) and bool((definition(job) or {})["runExclusive"])


def _waiting_task(job: JobRecord, task: TaskRecord) -> WaitingTask:
    if is_manager(job, task):
        manager = definition(job) or {}
        return WaitingTask(
            task.key,
            task.slots,
            exclusive=manager["runExclusive"],
            dedicated_only=not manager["allowLowPriorityNode"],
        )
    return WaitingTask(task.key, task.slots, _affinity(task), instances=task.instances)


def _can_never_run(job: JobRecord, pool: PoolRecord, task: TaskRecord) -> bool:
    """Whether the pool, as configured now, cannot run this task: it must not block the tasks queued after it."""
    if (instances := task.instances) is not None:
        return not can_ever_run(
            instances,
            nodes=sum(node.takes_tasks for node in pool.nodes.values()),
            slots_per_node=pool.slots_per_node,
            inter_node_communication=pool.body["enableInterNodeCommunication"],
        )
    if is_manager(job, task) and not (definition(job) or {})["allowLowPriorityNode"]:
        return not any(node.is_dedicated for node in pool.nodes.values())
    return False


def _affinity(task: TaskRecord) -> str | None:
    if '"affinityInfo"' not in task.spec:
        return None
    info = json.loads(task.spec).get("affinityInfo") or {}
    return str(info.get("affinityId", "")).removeprefix("TVM:") or None
