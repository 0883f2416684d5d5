"""What can happen to a job; each move is refused when the service would refuse it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state import rows
from recipebatch.emulator.state.records import JobRecord
from recipebatch.emulator.state.refusal import Refusal
from recipebatch.vocabulary.states import JOB_MOVES, JobState

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import Json

_CLOSED = {
    JobState.TERMINATING: "JobBeingTerminated",
    JobState.COMPLETED: "JobCompleted",
    JobState.DELETING: "JobBeingDeleted",
}
"""States in which a job takes no more changes, and what the service says then."""

ENDED_STATES = frozenset(_CLOSED)


def create_job(account: Account, seq: int, job_id: str, body: Json) -> JobRecord:
    """A new job, active at once. Raises: Refusal JobExists or JobBeingDeleted."""
    if (there := account.jobs.get(job_id.lower())) is not None:
        raise Refusal("JobBeingDeleted" if there.state is JobState.DELETING else "JobExists")
    created = account.clock.now()
    started = account.clock.now()
    job = JobRecord(
        id=job_id, seq=seq, body=body, created=created, modified=started, state_time=started, start_time=started
    )
    account.jobs[job.key] = job
    account.bind(job)
    rows.save_job(account.store, account.name, job)
    account.listener.job_changed(account, job)
    return job


def update_job(account: Account, job: JobRecord, changes: dict[str, Any]) -> None:
    """Replace properties; one that is None is removed.

    Raises:
        Refusal: JobBeingTerminated, JobCompleted or JobBeingDeleted; or OperationInvalidForCurrentState when the pool
            is to change and the job is not disabled.
    """
    refuse_closed(job)
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
    """Let it pass to disabled, its running tasks treated as `option` says. Raises: Refusal as `update_job`."""
    refuse_closed(job)
    job.disable_option = option
    if job.state is not JobState.DISABLED:
        move_job(account, job, JobState.DISABLING)
    else:
        job.modified = account.clock.now()
        _changed(account, job)


def enable_job(account: Account, job: JobRecord) -> None:
    """Let its tasks run again. Raises: Refusal as `update_job`, or OperationInvalidForCurrentState if it is active."""
    refuse_closed(job)
    if job.state not in {JobState.DISABLED, JobState.DISABLING}:
        raise Refusal("OperationInvalidForCurrentState", ("Reason", "The specified job is not disabled"))
    job.disable_option = None
    move_job(account, job, JobState.ENABLING)
    # Recorded answers never show "enabling": the first read after the call says "active".
    move_job(account, job, JobState.ACTIVE)
    account.listener.work_changed(account, job.pool_key)


def terminate_job(account: Account, job: JobRecord, reason: str) -> None:
    """Let it pass to completed; tasks that wait stay as they are. Raises: Refusal as `update_job`."""
    refuse_closed(job)
    job.terminate_reason = reason
    move_job(account, job, JobState.TERMINATING)


def note_on_node(account: Account, job: JobRecord, pool_id: str, node_id: str, kind: str, info: Json) -> None:
    """Remember how the preparation or release task (`kind`) fares on a node."""
    job.on_nodes.setdefault(node_id, {"poolId": pool_id})[kind] = info
    rows.save_job(account.store, account.name, job)


def forget_on_node(account: Account, job: JobRecord, node_id: str, kind: str) -> None:
    """The preparation or release task was ended before its end; it never ran."""
    known = job.on_nodes.get(node_id, {})
    known.pop(kind, None)
    if "preparation" not in known:
        job.on_nodes.pop(node_id, None)
    rows.save_job(account.store, account.name, job)


def complete_job(account: Account, job: JobRecord) -> None:
    """Its last process has ended."""
    move_job(account, job, JobState.COMPLETED)
    job.end_time = job.state_time
    rows.save_job(account.store, account.name, job)
    account.unbind(job)


def delete_job(account: Account, job: JobRecord) -> None:
    """Mark it; the loop ends what runs and removes the files. Raises: Refusal JobBeingDeleted."""
    if job.state is JobState.DELETING:
        raise Refusal("JobBeingDeleted")
    move_job(account, job, JobState.DELETING)


def drop_job(account: Account, job: JobRecord) -> None:
    """Forget a job that was deleted; its id is free again."""
    del account.jobs[job.key]
    account.unbind(job)
    rows.forget_job(account.store, job)


def move_job(account: Account, job: JobRecord, state: JobState) -> None:
    """Change its state and, as the service does, its last modification."""
    if state is not job.state:
        if state not in JOB_MOVES[job.state]:
            raise AssertionError(f"a job cannot go from {job.state} to {state}")
        job.previous_state, job.previous_state_time = job.state, job.state_time
        job.state = state
        job.state_time = job.modified = account.clock.now()
    _changed(account, job)


def refuse_closed(job: JobRecord) -> None:
    """Raises: Refusal JobBeingTerminated, JobCompleted or JobBeingDeleted when the job has ended or is about to."""
    if job.state in _CLOSED:
        raise Refusal(_CLOSED[job.state])


def _changed(account: Account, job: JobRecord) -> None:
    rows.save_job(account.store, account.name, job)
    account.listener.job_changed(account, job)
