"""What an account may have at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.emulator.state.refusal import Refusal
from recipebatch.vocabulary.states import JobState, ScheduleState
from recipebatch.vocabulary.vm_sizes import cores

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import PoolRecord

_UNCOUNTED = frozenset({JobState.COMPLETED, JobState.DELETING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The quotas of each account; by default more than any test needs and less than a mistake asks for.

    Attributes:
        dedicated_cores: of all dedicated nodes; a resize beyond it ends with `AccountCoreQuotaReached`.
        low_priority_cores: of all spot nodes, likewise with `AccountLowPriorityCoreQuotaReached`.
        pools: one more is refused with `PoolQuotaReached`.
        active_jobs_and_job_schedules: those not completed; one more is refused with
            `ActiveJobAndScheduleQuotaReached`.
    """

    dedicated_cores: int = 10_000
    low_priority_cores: int = 10_000
    pools: int = 10_000
    active_jobs_and_job_schedules: int = 100_000

    def __post_init__(self) -> None:
        """Raises: ValueError when one is negative."""
        if min(self.dedicated_cores, self.low_priority_cores, self.pools, self.active_jobs_and_job_schedules) < 0:
            raise ValueError("a quota must not be negative")


def refuse_another_pool(account: Account) -> None:
    """Raises: Refusal PoolQuotaReached."""
    if len(account.pools) >= account.settings.quotas.pools:
        raise Refusal("PoolQuotaReached")


def refuse_another_job(account: Account) -> None:
    """The same for a job and a job schedule. Raises: Refusal ActiveJobAndScheduleQuotaReached."""
    most = account.settings.quotas.active_jobs_and_job_schedules
    if len(account.jobs) + len(account.schedules) < most:
        return
    jobs = sum(job.state not in _UNCOUNTED for job in account.jobs.values())
    schedules = sum(schedule.state is not ScheduleState.COMPLETED for schedule in account.schedules.values())
    if jobs + schedules >= most:
        raise Refusal("ActiveJobAndScheduleQuotaReached")


def nodes_within(account: Account, pool: PoolRecord, *, dedicated: bool) -> int:
    """How many more nodes of a kind the pool may get."""
    quota = account.settings.quotas.dedicated_cores if dedicated else account.settings.quotas.low_priority_cores
    used = sum(
        cores(other.body["vmSize"]) * sum(node.is_dedicated is dedicated for node in other.nodes.values())
        for other in account.pools.values()
    )
    return max(0, quota - used) // cores(pool.body["vmSize"])
