"""Refuses pools and jobs beyond the quotas of an account, and nodes beyond its core quotas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.state.errors import BatchError
from recipebatch.vocabulary.machines.vm_sizes import cores
from recipebatch.vocabulary.states import JobState, ScheduleState

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import PoolRecord

_UNCOUNTED = frozenset({JobState.COMPLETED, JobState.DELETING})


def check_pool_quota(account: Account) -> None:
    """Check the quota of pools. Raises: BatchError PoolQuotaReached."""
    if len(account.pools) >= account.settings.quotas.pools:
        raise BatchError("PoolQuotaReached")


def check_job_quota(account: Account) -> None:
    """Check the quota of active jobs and job schedules. Raises: BatchError ActiveJobAndScheduleQuotaReached."""
    most = account.settings.quotas.active_jobs_and_job_schedules
    if len(account.jobs) + len(account.schedules) < most:
        return
    jobs = sum(job.state not in _UNCOUNTED for job in account.jobs.values())
    schedules = sum(schedule.state is not ScheduleState.COMPLETED for schedule in account.schedules.values())
    if jobs + schedules >= most:
        raise BatchError("ActiveJobAndScheduleQuotaReached")


def define(account: Account, kind: str, key: str, body: Any) -> None:
    """Count the definition of a new or changed pool, job or schedule.

    Raises:
        BatchError: OperationInvalidForCurrentState if all definitions of the account would take too much memory.
    """
    _count(account, (kind, key), len(json.dumps(body)) - account.definitions.get((kind, key), 0))


def define_task(account: Account, seq: int, size: int) -> None:
    """Count the definition of a task that is added to a job, or removed if the size is negative. Raises: BatchError."""
    _count(account, ("tasks", str(seq)), size)


def forget_definition(account: Account, kind: str, key: str) -> None:
    """Count no longer what was removed."""
    account.definition_bytes -= account.definitions.pop((kind, key), 0)


def _count(account: Account, which: tuple[str, str], size: int) -> None:
    most = account.settings.quotas.definition_bytes
    if size > 0 and account.definition_bytes + size > most:
        reason = f"The definitions of all pools, jobs, job schedules and tasks would have more than {most} bytes"
        raise BatchError("OperationInvalidForCurrentState", ("Reason", reason))
    account.definitions[which] = account.definitions.get(which, 0) + size
    account.definition_bytes += size


def nodes_within_quota(account: Account, pool: PoolRecord, *, dedicated: bool) -> int:
    """How many more nodes of one kind the quota allows for the pool."""
    quota = account.settings.quotas.dedicated_cores if dedicated else account.settings.quotas.low_priority_cores
    used = sum(
        cores(other.body["vmSize"]) * sum(node.is_dedicated is dedicated for node in other.nodes.values())
        for other in account.pools.values()
    )
    return max(0, quota - used) // cores(pool.body["vmSize"])
