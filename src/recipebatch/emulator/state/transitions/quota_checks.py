"""Refuses pools and jobs beyond the quotas of an account, and nodes beyond its core quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.emulator.state.errors import BatchError
from recipebatch.vocabulary.states import JobState, ScheduleState
from recipebatch.vocabulary.vm_sizes import cores

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


def nodes_within_quota(account: Account, pool: PoolRecord, *, dedicated: bool) -> int:
    """How many more nodes of one kind the quota allows for the pool."""
    quota = account.settings.quotas.dedicated_cores if dedicated else account.settings.quotas.low_priority_cores
    used = sum(
        cores(other.body["vmSize"]) * sum(node.is_dedicated is dedicated for node in other.nodes.values())
        for other in account.pools.values()
    )
    return max(0, quota - used) // cores(pool.body["vmSize"])
