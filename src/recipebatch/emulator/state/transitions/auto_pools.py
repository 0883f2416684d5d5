"""Auto pools: created with a job or job schedule and deleted with it.

`poolLifetimeOption` selects which; `keepAlive` prevents the deletion. Source: Batch REST API, `AutoPoolSpecification`;
recorded answers for the ids.
"""

from __future__ import annotations

import copy
import uuid
from typing import TYPE_CHECKING

from recipebatch.emulator.state.errors import BatchError
from recipebatch.emulator.state.transitions import pool as pool_transitions
from recipebatch.vocabulary.durations import parse_ticks
from recipebatch.vocabulary.states import PoolState

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import JobRecord, Json, ScheduleRecord

_CODES = {
    "PoolQuotaReached": "AutoPoolCreationFailedWithQuotaReached",
    "InvalidApplicationPackageReferences": "InvalidApplicationPackageReferencesInAutoPool",
}
"""`schedulingError` of a job whose pool cannot be created, by the error code of the pool. Source: .NET client,
`JobSchedulingErrorCodes`."""


def specification(job_body: Json) -> Json | None:
    """The job's `autoPoolSpecification`, or None if it uses an existing pool."""
    found: Json | None = job_body["poolInfo"].get("autoPoolSpecification")
    return found


def name_pool(body: Json, schedule: ScheduleRecord | None) -> str | None:
    """The id of a new job's auto pool: `[<prefix>_]<GUID>`; None if it has none.

    The jobs of a schedule share a pool if its lifetime is the schedule.
    """
    auto_pool = specification(body)
    if auto_pool is None:
        return None
    shared = schedule is not None and auto_pool["poolLifetimeOption"] == "jobschedule"
    if shared and schedule is not None and schedule.auto_pool_id is not None:
        return schedule.auto_pool_id
    prefix = auto_pool.get("autoPoolIdPrefix")
    pool_id = f"{prefix + '_' if prefix else ''}{str(uuid.uuid4()).upper()}"
    if shared and schedule is not None:
        schedule.auto_pool_id = pool_id
    return pool_id


def make_pool(account: Account, job: JobRecord) -> Json | None:
    """Create the job's auto pool unless it exists; returns the job's `schedulingError` if that fails."""
    auto_pool = specification(job.body)
    if auto_pool is None or job.auto_pool_id is None or job.auto_pool_id.lower() in account.pools:
        return None
    body = copy.deepcopy(auto_pool.get("pool") or {})
    try:
        pool_transitions.create_pool(account, job.auto_pool_id, body, resize_timeout=parse_ticks(body["resizeTimeout"]))
    except BatchError as error:
        return {
            "category": "UserError",
            "code": _CODES.get(error.code, "Unknown"),
            "message": error.kind.message,
            "details": [{"name": key, "value": value} for key, value in error.values],
        }
    return None


def delete_pool_of_job(account: Account, job: JobRecord) -> None:
    """Delete the auto pool of an ended job, if its lifetime is the job and `keepAlive` is false."""
    auto_pool = specification(job.body)
    if auto_pool is not None and auto_pool["poolLifetimeOption"] == "job" and not auto_pool["keepAlive"]:
        _delete(account, job.auto_pool_id)


def delete_pool_of_schedule(account: Account, schedule: ScheduleRecord) -> None:
    """Delete the auto pool of an ended schedule, if `keepAlive` is false."""
    auto_pool = specification(schedule.body["jobSpecification"])
    if auto_pool is None or not auto_pool["keepAlive"]:
        _delete(account, schedule.auto_pool_id)


def _delete(account: Account, pool_id: str | None) -> None:
    pool = None if pool_id is None else account.pools.get(pool_id.lower())
    if pool is not None and pool.state is not PoolState.DELETING:
        pool_transitions.delete_pool(account, pool)
