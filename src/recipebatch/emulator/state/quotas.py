"""What an account may have at most."""

from __future__ import annotations

from dataclasses import dataclass

from recipebatch.vocabulary.states import JobState

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
