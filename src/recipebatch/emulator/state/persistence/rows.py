"""Converts records to rows of the database and back."""

from __future__ import annotations

import json
import logging
import sqlite3
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state.records import JobRecord, NodeRecord, PoolRecord, TaskRecord
from recipebatch.vocabulary.states import AllocationState, JobState, NodeState, PoolState, TaskResult, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.emulator.state.persistence.store import Store

_LOG = logging.getLogger(__name__)
_DAMAGED = {
    "category": "ServerError",
    "code": "Unknown",
    "message": "The record of the task is damaged; its outcome is not known",
}

_POOL = tuple(f.name for f in fields(PoolRecord) if f.name not in {"nodes", "history"})
_NODE = tuple(f.name for f in fields(NodeRecord) if f.name not in {"running", "exclusive"})
_JOB = tuple(f.name for f in fields(JobRecord) if f.name not in {"tasks", "dependencies"})
# Parts that never change have their own column, so that a change of state writes little.
_TASK = tuple(f.name for f in fields(TaskRecord) if f.name not in {"id", "seq", "spec", "queued"})


def save_pool(store: Store, account: str, pool: PoolRecord) -> None:
    """Write a pool without its nodes."""
    doc = {name: getattr(pool, name) for name in _POOL} | {"dropping": sorted(pool.dropping)}
    store.write("INSERT OR REPLACE INTO pools VALUES (?, ?, ?)", account, pool.key, json.dumps(doc))


def forget_pool(store: Store, account: str, pool: PoolRecord) -> None:
    """Remove a pool and its nodes."""
    store.write("DELETE FROM nodes WHERE account = ? AND pool = ?", account, pool.key)
    store.write("DELETE FROM pools WHERE account = ? AND key = ?", account, pool.key)


def save_node(store: Store, account: str, pool: PoolRecord, node: NodeRecord) -> None:
    """Write a node."""
    doc = json.dumps({name: getattr(node, name) for name in _NODE})
    store.write("INSERT OR REPLACE INTO nodes VALUES (?, ?, ?, ?)", account, pool.key, node.id, doc)


def forget_node(store: Store, account: str, pool: PoolRecord, node: NodeRecord) -> None:
    """Remove a node."""
    store.write("DELETE FROM nodes WHERE account = ? AND pool = ? AND id = ?", account, pool.key, node.id)


def save_job(store: Store, account: str, job: JobRecord) -> None:
    """Write a job without its tasks."""
    doc = json.dumps({name: getattr(job, name) for name in _JOB})
    store.write("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?)", job.seq, account, doc)


def forget_job(store: Store, job: JobRecord) -> None:
    """Remove a job and its tasks."""
    store.write("DELETE FROM tasks WHERE job = ?", job.seq)
    store.write("DELETE FROM jobs WHERE seq = ?", job.seq)


def add_task(store: Store, job: JobRecord, task: TaskRecord) -> None:
    """Insert a new task."""
    store.write("INSERT INTO tasks VALUES (?, ?, ?, ?, ?)", job.seq, task.seq, task.id, task.spec, _task_doc(task))


def save_task(store: Store, job: JobRecord, task: TaskRecord, *, spec: bool = False) -> None:
    """Update a task; `spec` means that the definition changed too."""
    if spec:
        store.write("UPDATE tasks SET spec = ? WHERE job = ? AND seq = ?", task.spec, job.seq, task.seq)
    store.write("UPDATE tasks SET doc = ? WHERE job = ? AND seq = ?", _task_doc(task), job.seq, task.seq)


def forget_task(store: Store, job: JobRecord, task: TaskRecord) -> None:
    """Remove a task."""
    store.write("DELETE FROM tasks WHERE job = ? AND seq = ?", job.seq, task.seq)


def load_pools(store: Store) -> list[tuple[str, PoolRecord]]:
    """All pools with their nodes, each with the name of its account; a damaged row is logged and left out."""
    pools = {}
    for account, key, doc in store.read("SELECT account, key, doc FROM pools"):
        with readable(f"pool {key}"):
            values = json.loads(doc)
            values["state"] = PoolState(values["state"])
            values["allocation_state"] = AllocationState(values["allocation_state"])
            values["dropping"] = set(values["dropping"])
            pools[account, key] = PoolRecord(**values)
    for account, key, node_id, doc in store.read("SELECT account, pool, id, doc FROM nodes"):
        with readable(f"node {node_id} of pool {key}"):
            values = json.loads(doc)
            values["state"] = NodeState(values["state"])
            values["recent_tasks"] = [tuple(task) for task in values["recent_tasks"]]
            node = NodeRecord(**values)
            pools[account, key].nodes[node.id] = node
    return [(account, pool) for (account, _), pool in pools.items()]


def load_jobs(store: Store) -> list[tuple[str, JobRecord]]:
    """All jobs with their tasks, each with the name of its account.

    A damaged row is logged and left out; the task of one is kept as failed.
    """
    jobs: dict[int, tuple[str, JobRecord]] = {}
    for seq, account, doc in store.read("SELECT seq, account, doc FROM jobs"):
        with readable(f"job {seq}"):
            values = json.loads(doc)
            values["state"] = JobState(values["state"])
            previous = values["previous_state"]
            values["previous_state"] = None if previous is None else JobState(previous)
            jobs[seq] = (account, JobRecord(**values))
    for job, seq, task_id, spec, doc in store.read("SELECT job, seq, id, spec, doc FROM tasks ORDER BY job, seq"):
        with readable(f"task {task_id} of job {job}"):
            record = jobs[job][1]
            try:
                task = _task(task_id, seq, spec, doc)
            except Exception:  # noqa: BLE001  a damaged row may fail in any way
                _LOG.exception("the row of task %s of job %s is damaged; the task counts as failed", task_id, record.id)
                task = _damaged_task(record, task_id, seq, spec)
            record.tasks.add(task)
            # A job's row is not updated for each added task.
            record.next_task_seq = max(record.next_task_seq, seq + 1)
    for _, loaded in jobs.values():
        with readable(f"the dependencies of job {loaded.id}"):
            if loaded.body["usesTaskDependencies"]:
                _load_dependencies(loaded)
    return list(jobs.values())


def highest_job_seq(store: Store) -> int:
    """The highest number of a job on disk, damaged ones included; 0 if there is none."""
    return max((int(seq) for (seq,) in store.read("SELECT seq FROM jobs ORDER BY seq DESC LIMIT 1")), default=0)


@contextmanager
def readable(row: str) -> Iterator[None]:
    """Log a row that cannot be read: one damaged row does not make the whole account unusable."""
    try:
        yield
    except sqlite3.Error:
        raise
    except Exception:  # noqa: BLE001  a damaged row may fail in any way
        _LOG.exception("the row of %s is damaged and was left out", row)


def _damaged_task(job: JobRecord, task_id: str, seq: int, spec: str) -> TaskRecord:
    try:
        slots = int(json.loads(spec)["requiredSlots"])
    except (ValueError, KeyError, TypeError):
        # Nothing of the definition is left; answers need one.
        raise ValueError("the definition of the task is damaged too") from None
    moment = job.created
    return TaskRecord(
        id=task_id,
        seq=seq,
        spec=spec,
        slots=slots,
        created=moment,
        modified=moment,
        state_time=moment,
        state=TaskState.COMPLETED,
        end_time=moment,
        result=TaskResult.FAILURE,
        failure=json.dumps(_DAMAGED),
    )


def _load_dependencies(job: JobRecord) -> None:
    for task in job.tasks:
        if task.satisfies:
            job.dependencies.satisfy(task.key)
    for task in job.tasks:
        if task.blocked:
            job.dependencies.wait(task, json.loads(task.spec)["dependsOn"])


def _task_doc(task: TaskRecord) -> str:
    return json.dumps([getattr(task, name) for name in _TASK], separators=(",", ":"))


def _task(task_id: str, seq: int, spec: str, doc: str) -> TaskRecord:
    # Rows written by earlier versions lack the last values, which have defaults.
    values: dict[str, Any] = dict(zip(_TASK, json.loads(doc), strict=False))
    values["state"] = TaskState(values["state"])
    previous, result, node = values["previous_state"], values["result"], values["node"]
    values["previous_state"] = None if previous is None else TaskState(previous)
    values["result"] = None if result is None else TaskResult(result)
    values["node"] = None if node is None else tuple(node)
    return TaskRecord(id=task_id, seq=seq, spec=spec, **values)
