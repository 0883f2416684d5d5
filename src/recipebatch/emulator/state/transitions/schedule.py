"""Transitions of a job schedule; a transition that the service refuses raises `BatchError`."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state.errors import BatchError
from recipebatch.emulator.state.persistence import forget_schedule, save_schedule
from recipebatch.emulator.state.records import ScheduleRecord
from recipebatch.emulator.state.transitions import auto_pools
from recipebatch.emulator.state.transitions import job as job_transitions
from recipebatch.emulator.state.transitions.quota_checks import check_job_quota, define, forget_definition
from recipebatch.vocabulary.states import ScheduleState

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import JobRecord, Json

TERMINATED_WITH_SCHEDULE = "TerminateWorkitem"
"""`terminateReason` of a job whose schedule was terminated (recorded answers; the documentation says otherwise)."""

_CLOSED = {
    ScheduleState.TERMINATING: "JobScheduleBeingTerminated",
    ScheduleState.COMPLETED: "JobScheduleCompleted",
    ScheduleState.DELETING: "JobScheduleBeingDeleted",
}


def create_schedule(account: Account, schedule_id: str, body: Json) -> ScheduleRecord:
    """Create an active schedule.

    Raises:
        BatchError: JobScheduleExists, JobScheduleBeingDeleted or JobWithSameIdExists.
    """
    if (there := account.schedules.get(schedule_id.lower())) is not None:
        raise BatchError("JobScheduleBeingDeleted" if there.state is ScheduleState.DELETING else "JobScheduleExists")
    if schedule_id.lower() in account.jobs:
        raise BatchError("JobWithSameIdExists")
    check_job_quota(account)
    define(account, "schedule", schedule_id.lower(), body)
    now = account.clock.now()
    schedule = ScheduleRecord(id=schedule_id, body=body, created=now, modified=now, state_time=now)
    account.schedules[schedule.key] = schedule
    _changed(account, schedule)
    return schedule


def update_schedule(account: Account, schedule: ScheduleRecord, changes: dict[str, Any]) -> None:
    """Replace properties; one that is None is removed. Existing jobs do not change. Raises: BatchError."""
    _refuse_closed(schedule)
    define(account, "schedule", schedule.key, {**schedule.body, **changes})
    for name, value in changes.items():
        if value is None:
            schedule.body.pop(name, None)
        else:
            schedule.body[name] = value
    schedule.modified = account.clock.now()
    if schedule.runs and "schedule" in changes:
        # New times apply from now on: no jobs are created for earlier due times.
        schedule.served = schedule.modified
    _changed(account, schedule)


def disable_schedule(account: Account, schedule: ScheduleRecord) -> None:
    """Disable it: it creates no jobs. Raises: BatchError JobScheduleDisabled, or like `update_schedule`."""
    _refuse_closed(schedule)
    if schedule.state is ScheduleState.DISABLED:
        raise BatchError("JobScheduleDisabled")
    _move(account, schedule, ScheduleState.DISABLED)


def enable_schedule(account: Account, schedule: ScheduleRecord) -> None:
    """Enable it. Raises: BatchError OperationInvalidForCurrentState, or like `update_schedule`."""
    _refuse_closed(schedule)
    if schedule.state is not ScheduleState.DISABLED:
        raise BatchError("OperationInvalidForCurrentState", ("Reason", "The specified job schedule is not disabled"))
    _move(account, schedule, ScheduleState.ACTIVE)


def terminate_schedule(account: Account, schedule: ScheduleRecord) -> None:
    """Terminate it and its job. Raises: BatchError like `update_schedule`."""
    _refuse_closed(schedule)
    _move(account, schedule, ScheduleState.TERMINATING)


def delete_schedule(account: Account, schedule: ScheduleRecord) -> None:
    """Mark it for deletion; the engine deletes its jobs. Raises: BatchError JobScheduleBeingDeleted."""
    if schedule.state is ScheduleState.DELETING:
        raise BatchError("JobScheduleBeingDeleted")
    # The last modification does not change (recorded answers).
    _move(account, schedule, ScheduleState.DELETING, touches=False)


def complete_schedule(account: Account, schedule: ScheduleRecord) -> None:
    """Complete it: it creates no more jobs and the last one has ended."""
    if schedule.state is ScheduleState.TERMINATING:
        # The previous state of a completed schedule is the one before "terminating" (recorded answers).
        schedule.state, schedule.state_time = ScheduleState.COMPLETED, account.clock.now()
    else:
        _move(account, schedule, ScheduleState.COMPLETED, touches=False, notify=False)
    schedule.end_time = schedule.state_time
    save(account, schedule)
    auto_pools.delete_pool_of_schedule(account, schedule)


def drop_schedule(account: Account, schedule: ScheduleRecord) -> None:
    """Remove a schedule whose jobs are removed; its id can be used again."""
    auto_pools.delete_pool_of_schedule(account, schedule)
    del account.schedules[schedule.key]
    forget_definition(account, "schedule", schedule.key)
    forget_schedule(account.store, account.name, schedule)


def make_job(account: Account, schedule: ScheduleRecord, seq: int, *, due: int) -> JobRecord:
    """Create the next job of the schedule for a due time."""
    schedule.runs += 1
    schedule.served = due
    job_id = f"{schedule.id}:job-{schedule.runs}"
    body = copy.deepcopy(schedule.body["jobSpecification"])
    schedule.recent_job, schedule.active_job = job_id, job_id.lower()
    job = job_transitions.create_job(account, seq, job_id, body, schedule=schedule)
    save(account, schedule)
    return job


def save(account: Account, schedule: ScheduleRecord) -> None:
    """Write changes of a schedule to disk."""
    save_schedule(account.store, account.name, schedule)


def jobs_of(account: Account, schedule: ScheduleRecord) -> list[JobRecord]:
    """The existing jobs of the schedule."""
    prefix = f"{schedule.key}:"
    return [job for key, job in account.jobs.items() if key.startswith(prefix)]


def _move(
    account: Account, schedule: ScheduleRecord, state: ScheduleState, *, touches: bool = True, notify: bool = True
) -> None:
    # A transient state is never the previous state (recorded answers).
    if schedule.state is not ScheduleState.TERMINATING:
        schedule.previous_state, schedule.previous_state_time = schedule.state, schedule.state_time
    schedule.state, schedule.state_time = state, account.clock.now()
    if touches:
        schedule.modified = schedule.state_time
    save(account, schedule)
    if notify:
        account.listener.schedule_changed(account, schedule)


def _changed(account: Account, schedule: ScheduleRecord) -> None:
    save(account, schedule)
    account.listener.schedule_changed(account, schedule)


def _refuse_closed(schedule: ScheduleRecord) -> None:
    if schedule.state in _CLOSED:
        raise BatchError(_CLOSED[schedule.state])
