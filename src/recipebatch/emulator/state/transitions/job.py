"""Transitions of a job; a transition that the service refuses raises `BatchError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state.errors import BatchError
from recipebatch.emulator.state.persistence import rows
from recipebatch.emulator.state.records import JobRecord
from recipebatch.emulator.state.transitions import auto_pools, job_manager
from recipebatch.emulator.state.transitions.quota_checks import check_job_quota, define, forget_definition
from recipebatch.vocabulary.states import JOB_MOVES, JobState

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import Json, ScheduleRecord, TaskRecord

_CLOSED = {
    JobState.TERMINATING: "JobBeingTerminated",
    JobState.COMPLETED: "JobCompleted",
    JobState.DELETING: "JobBeingDeleted",
}
"""States in which a job accepts no changes, and the error code of each."""

CLOSED_STATES = frozenset(_CLOSED)
_TRANSIENT = frozenset({JobState.DISABLING, JobState.ENABLING, JobState.TERMINATING})
_UNMODIFIED = frozenset({JobState.DISABLED, JobState.COMPLETED, JobState.DELETING})
"""States whose entry does not update a job's last modification."""


def create_job(
    account: Account, seq: int, job_id: str, body: Json, *, schedule: ScheduleRecord | None = None
) -> JobRecord:
    """Create an active job with its job manager task and its auto pool.

    If the auto pool cannot be created, the job is created and completed immediately (recorded answers).

    Args:
        schedule: the schedule that creates the job; None for a client.

    Raises:
        BatchError: JobExists, JobBeingDeleted, JobScheduleWithSameIdExists or ActiveJobAndScheduleQuotaReached. The
            jobs of a schedule do not count (unverified).
    """
    if job_id.lower() in account.schedules:
        raise BatchError("JobScheduleWithSameIdExists")
    if (there := account.jobs.get(job_id.lower())) is not None:
        raise BatchError("JobBeingDeleted" if there.state is JobState.DELETING else "JobExists")
    if schedule is None:
        check_job_quota(account)
        define(account, "job", job_id.lower(), body)
    created = account.clock.now()
    started = account.clock.now()
    job = JobRecord(
        id=job_id, seq=seq, body=body, created=created, modified=started, state_time=started, start_time=started
    )
    job.auto_pool_id = auto_pools.name_pool(body, schedule)
    account.jobs[job.key] = job
    job.scheduling_error = auto_pools.make_pool(account, job)
    job_manager.add_manager(account, job)
    if job.scheduling_error is None:
        account.bind(job)
    else:
        job.previous_state, job.previous_state_time = job.state, job.state_time
        job.state, job.state_time = JobState.COMPLETED, account.clock.now()
        job.end_time = job.state_time
    rows.save_job(account.store, account.name, job)
    account.listener.work_changed(account, job.pool_key)
    account.listener.job_changed(account, job)
    return job


def update_job(account: Account, job: JobRecord, changes: dict[str, Any]) -> None:
    """Replace properties; one that is None is removed.

    Raises:
        BatchError: JobBeingTerminated, JobCompleted or JobBeingDeleted; or OperationInvalidForCurrentState when the
            pool is to change and the job is not disabled.
    """
    refuse_closed(job)
    define(account, "job", job.key, {**job.body, **changes})
    old_pool = job.pool_key
    for name, value in changes.items():
        if value is None:
            job.body.pop(name, None)
        else:
            job.body[name] = value
    if job.pool_key != old_pool:
        account.unbind(job, old_pool)
        account.bind(job)
    job.modified = account.clock.now()
    _changed(account, job)
    account.listener.work_changed(account, job.pool_key)


def disable_job(account: Account, job: JobRecord, option: str) -> None:
    """Disable it; `option` says what happens to its running tasks. Raises: BatchError like `update_job`."""
    refuse_closed(job)
    job.disable_option = option
    if job.state is not JobState.DISABLED:
        set_job_state(account, job, JobState.DISABLING)
    else:
        job.modified = account.clock.now()
        _changed(account, job)


def enable_job(account: Account, job: JobRecord) -> None:
    """Enable it. Raises: BatchError like `update_job`; OperationInvalidForCurrentState if active."""
    refuse_closed(job)
    if job.state not in {JobState.DISABLED, JobState.DISABLING}:
        raise BatchError("OperationInvalidForCurrentState", ("Reason", "The specified job is not disabled"))
    job.disable_option = None
    set_job_state(account, job, JobState.ENABLING)
    # Recorded answers never show "enabling": the first read after the call says "active".
    set_job_state(account, job, JobState.ACTIVE)
    account.listener.work_changed(account, job.pool_key)


def terminate_job(account: Account, job: JobRecord, reason: str, *, force: bool = False) -> None:
    """Terminate it; waiting tasks do not change.

    Args:
        force: do not wait for release tasks; allowed if it is already terminating.

    Raises:
        BatchError: as `update_job`.
    """
    job.forced = job.forced or force
    if force and job.state is JobState.TERMINATING:
        _changed(account, job)
        return
    refuse_closed(job)
    job.terminate_reason = reason
    set_job_state(account, job, JobState.TERMINATING)


def record_node_status(account: Account, job: JobRecord, pool_id: str, node_id: str, kind: str, info: Json) -> None:
    """Record the status of the preparation or release task (`kind`) on a node."""
    job.on_nodes.setdefault(node_id, {"poolId": pool_id})[kind] = info
    rows.save_job(account.store, account.name, job)


def remove_node_status(account: Account, job: JobRecord, node_id: str, kind: str) -> None:
    """Remove the status of a preparation or release task that was stopped early: it counts as never run."""
    known = job.on_nodes.get(node_id, {})
    known.pop(kind, None)
    if "preparation" not in known:
        job.on_nodes.pop(node_id, None)
    rows.save_job(account.store, account.name, job)


def node_rebooted(account: Account, job: JobRecord, node_id: str) -> None:
    """Mark the node for another preparation, if the last one failed or the job requires it after a reboot."""
    known = job.on_nodes.get(node_id)
    if known is None or "release" in known or "jobPreparationTask" not in job.body:
        return
    succeeded = known["preparation"].get("result") == "success"
    if job.body["jobPreparationTask"]["rerunOnNodeRebootAfterSuccess"] or not succeeded:
        known["again"] = True
        rows.save_job(account.store, account.name, job)


def record_subtask(account: Account, job: JobRecord, task: TaskRecord, number: int, info: Json) -> None:
    """Record the status of an instance of a multi-instance task; the primary, 0, is the task itself."""
    others = [known for known in job.subtasks.get(task.key, ()) if known["id"] != number]
    job.subtasks[task.key] = sorted([*others, {**info, "id": number}], key=lambda known: int(known["id"]))
    rows.save_job(account.store, account.name, job)


def remove_subtasks(account: Account, job: JobRecord, task: TaskRecord) -> None:
    """Remove the subtasks of a task that was deleted or restarts."""
    if job.subtasks.pop(task.key, None) is not None:
        rows.save_job(account.store, account.name, job)


def complete_job(account: Account, job: JobRecord) -> None:
    """Complete it after its last process has ended."""
    set_job_state(account, job, JobState.COMPLETED)
    job.end_time = job.state_time
    rows.save_job(account.store, account.name, job)
    account.unbind(job)
    auto_pools.delete_pool_of_job(account, job)


def delete_job(account: Account, job: JobRecord, *, force: bool = False) -> None:
    """Mark it for deletion; the engine ends its tasks and removes their files.

    Args:
        force: do not run release tasks; allowed if it is already being deleted.

    Raises:
        BatchError: JobBeingDeleted.
    """
    job.forced = job.forced or force
    if force and job.state is JobState.DELETING:
        _changed(account, job)
        return
    if job.state is JobState.DELETING:
        raise BatchError("JobBeingDeleted")
    set_job_state(account, job, JobState.DELETING)


def drop_job(account: Account, job: JobRecord) -> None:
    """Remove a deleted job; its id can be used again."""
    del account.jobs[job.key]
    forget_definition(account, "job", job.key)
    forget_definition(account, "tasks", str(job.seq))
    account.unbind(job)
    rows.forget_job(account.store, job)
    auto_pools.delete_pool_of_job(account, job)
    account.listener.job_removed(account, job)


def set_job_state(account: Account, job: JobRecord, state: JobState) -> None:
    """Change its state; a change by a request also updates its last modification (recorded answers)."""
    if state is not job.state:
        if state not in JOB_MOVES[job.state]:
            raise AssertionError(f"a job cannot go from {job.state} to {state}")
        # A transient state is never the previous state (recorded answers): a completed job was active.
        if job.state not in _TRANSIENT:
            job.previous_state, job.previous_state_time = job.state, job.state_time
        job.state = state
        job.state_time = account.clock.now()
        if state not in _UNMODIFIED:
            job.modified = job.state_time
    _changed(account, job)


def refuse_closed(job: JobRecord) -> None:
    """Raises: BatchError JobBeingTerminated, JobCompleted or JobBeingDeleted when the job has ended or is about to."""
    if job.state in _CLOSED:
        raise BatchError(_CLOSED[job.state])


def _changed(account: Account, job: JobRecord) -> None:
    rows.save_job(account.store, account.name, job)
    account.listener.job_changed(account, job)
