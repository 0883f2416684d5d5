"""Transitions of a task; a transition that the service refuses raises `BatchError`.

The last modification is changed by requests of clients, not by running and ending (recorded answers).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from recipebatch.emulator.state.errors import BatchError
from recipebatch.emulator.state.persistence import rows
from recipebatch.emulator.state.records import TaskRecord
from recipebatch.emulator.state.transitions.job import refuse_closed, remove_subtasks
from recipebatch.emulator.state.transitions.quota_checks import define_task
from recipebatch.vocabulary.states import TASK_MOVES, JobState, TaskResult, TaskState

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import JobRecord, Json, NodeRecord, PoolRecord

ENDED_BY_USER: Json = {"category": "UserError", "code": "TaskEnded", "message": "Task Was Ended by User Request"}
"""`failureInfo` of a task that was terminated (recorded answers)."""


MAX_CRASHES = 3
"""A task or a boot of a node that was in progress at that many crashes of the service is not tried again."""

CRASHED: Json = {
    "category": "ServerError",
    "code": "Unknown",
    "message": f"The task was running at {MAX_CRASHES} crashes of the service; it is not run again",
}
"""`failureInfo` of a task that was running at several crashes. The code is the emulator's own."""


def add_task(account: Account, job: JobRecord, task_id: str, spec: Json) -> TaskRecord:
    """Create an active task.

    Args:
        account: the account of the job.
        job: the job of the task.
        task_id: its id, validated.
        spec: its definition, validated, with defaults.

    Raises:
        BatchError: TaskExists, or the job no longer accepts tasks.
    """
    refuse_closed(job)
    if job.tasks.get(task_id.lower()) is not None:
        raise BatchError("TaskExists")
    text = json.dumps(spec, separators=(",", ":"))
    define_task(account, job.seq, len(text))
    now = account.clock.now()
    task = TaskRecord(
        id=task_id,
        seq=job.next_task_seq,
        spec=text,
        slots=spec["requiredSlots"],
        created=now,
        modified=now,
        state_time=now,
    )
    job.next_task_seq += 1
    if "dependsOn" in spec:
        task.blocked = job.dependencies.wait(task, spec["dependsOn"])
    job.tasks.add(task)
    rows.add_task(account.store, job, task)
    account.listener.work_changed(account, job.pool_key)
    return task


def start_task(
    account: Account, job: JobRecord, task: TaskRecord, pool: PoolRecord, node: NodeRecord, *, preparing: bool
) -> None:
    """Start it on a node; with `preparing` it is `preparing` until the node is prepared for its job."""
    job.tasks.take(task)
    job.tasks.leave(task)
    now = account.clock.node_now()
    _set_state(task, TaskState.PREPARING if preparing else TaskState.RUNNING, now)
    task.start_time = None if preparing else now
    task.node = (pool.id, node.id)
    job.tasks.enter(task)
    rows.save_task(account.store, job, task)


def run_prepared_task(account: Account, job: JobRecord, task: TaskRecord) -> None:
    """Set it to `running` after its node was prepared."""
    job.tasks.leave(task)
    task.start_time = account.clock.node_now()
    _set_state(task, TaskState.RUNNING, task.start_time)
    job.tasks.enter(task)
    rows.save_task(account.store, job, task)


def retry_task(account: Account, job: JobRecord, task: TaskRecord) -> None:
    """Start the next attempt after a failed one; the state does not change in between (recorded answers)."""
    task.retry_count += 1
    task.start_time = task.last_retry_time = account.clock.node_now()
    rows.save_task(account.store, job, task)


def complete_task(
    account: Account,
    job: JobRecord,
    task: TaskRecord,
    *,
    ended: int,
    exit_code: int | None,
    failure: Json | None,
    container: Json | None = None,
) -> None:
    """Complete it; `failure` is None on success, `container` is `containerInfo`."""
    job.tasks.leave(task)
    _set_state(task, TaskState.COMPLETED, ended)
    task.end_time = ended
    task.exit_code = exit_code
    task.failure = None if failure is None else json.dumps(failure)
    task.container = None if container is None else json.dumps(container)
    task.result = TaskResult.SUCCESS if failure is None else TaskResult.FAILURE
    job.tasks.enter(task)
    rows.save_task(account.store, job, task)
    account.listener.task_completed(account, job, task)
    _after(account, job)


def satisfy_dependents(account: Account, job: JobRecord, task: TaskRecord) -> None:
    """Mark it as satisfying its dependents, and make those ready that have no other unsatisfied dependency."""
    task.satisfies = True
    rows.save_task(account.store, job, task)
    for dependent in job.dependencies.satisfy(task.key):
        dependent.blocked = False
        rows.save_task(account.store, job, dependent)
        if dependent.state is TaskState.ACTIVE and job.tasks.get(dependent.key) is dependent:
            job.tasks.make_ready(dependent)
            account.listener.work_changed(account, job.pool_key)


def requeue_task(account: Account, job: JobRecord, task: TaskRecord, *, counts: bool = True) -> None:
    """Put it back at the front of the queue, because its node was removed or its job disabled; not a retry.

    Args:
        account: the account of the job.
        job: the task's job.
        task: a running or preparing task.
        counts: increment its requeue count; false if its node could not be prepared.
    """
    job.tasks.leave(task)
    now = account.clock.node_now()
    _set_state(task, TaskState.ACTIVE, now)
    task.start_time = None
    task.node = None
    if counts:
        task.requeue_count += 1
        task.last_requeue_time = now
    job.tasks.enter(task)
    job.tasks.make_ready(task, first=True)
    rows.save_task(account.store, job, task)
    account.listener.work_changed(account, job.pool_key)
    _after(account, job)


def recover_task(account: Account, job: JobRecord, task: TaskRecord) -> None:
    """Requeue a task that was running when the service crashed; after several crashes it is failed instead."""
    task.crashes += 1
    if task.crashes < MAX_CRASHES:
        requeue_task(account, job, task)
        return
    complete_task(account, job, task, ended=account.clock.node_now(), exit_code=None, failure=CRASHED)


def terminate_task(account: Account, job: JobRecord, task: TaskRecord) -> None:
    """Complete it immediately; the engine ends its process, if any. Raises: BatchError TaskCompleted."""
    if task.state is TaskState.COMPLETED:
        raise BatchError("TaskCompleted")
    task.modified = account.clock.now()
    complete_task(account, job, task, ended=task.modified, exit_code=None, failure=ENDED_BY_USER)
    account.listener.task_stopped(account, job, task)


def reactivate_task(account: Account, job: JobRecord, task: TaskRecord) -> None:
    """Queue a failed task again and reset its retry count.

    Raises:
        BatchError: TaskNotCompleted, TaskSucceeded, or the job no longer accepts tasks.
    """
    refuse_closed(job)
    if task.state is not TaskState.COMPLETED:
        raise BatchError("TaskNotCompleted")
    if task.result is TaskResult.SUCCESS:
        raise BatchError("TaskSucceeded")
    job.tasks.leave(task)
    task.modified = account.clock.now()
    _set_state(task, TaskState.ACTIVE, task.modified)
    task.start_time = task.end_time = task.exit_code = task.result = task.failure = None
    task.last_retry_time = task.last_requeue_time = task.node = task.container = None
    task.retry_count = task.requeue_count = task.crashes = 0
    job.tasks.enter(task)
    job.tasks.make_ready(task)
    rows.save_task(account.store, job, task)
    account.listener.work_changed(account, job.pool_key)


def update_task(account: Account, job: JobRecord, task: TaskRecord, constraints: Json) -> None:
    """Replace its constraints. Raises: BatchError TaskCompleted."""
    if task.state is TaskState.COMPLETED:
        raise BatchError("TaskCompleted")
    spec = json.loads(task.spec)
    spec["constraints"] = constraints
    task.spec = json.dumps(spec, separators=(",", ":"))
    task.modified = account.clock.now()
    rows.save_task(account.store, job, task, spec=True)


def delete_task(account: Account, job: JobRecord, task: TaskRecord) -> None:
    """Remove it; the engine ends its process and removes its files."""
    define_task(account, job.seq, -len(task.spec))
    job.tasks.remove(task)
    rows.forget_task(account.store, job, task)
    account.listener.task_stopped(account, job, task)
    remove_subtasks(account, job, task)
    _after(account, job)


def _set_state(task: TaskRecord, state: TaskState, moment: int) -> None:
    if state not in TASK_MOVES[task.state]:
        raise AssertionError(f"a task cannot go from {task.state} to {state}")
    task.previous_state, task.previous_state_time = task.state, task.state_time
    task.state, task.state_time = state, moment


def _after(account: Account, job: JobRecord) -> None:
    """Notify the engine if this may complete the job."""
    busy = job.tasks.count(TaskState.RUNNING) + job.tasks.count(TaskState.PREPARING)
    if job.tasks.all_completed or (job.state is not JobState.ACTIVE and not busy):
        account.listener.job_changed(account, job)
