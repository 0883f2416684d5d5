"""Settings of every account of an emulator: quotas, auto-storage account and application packages."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.emulator.state.offerings import AutoStorage


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The quotas of each account; the defaults are high enough for tests and low enough to stop a mistyped number.

    Attributes:
        dedicated_cores: of all dedicated nodes; a resize beyond it ends with `AccountCoreQuotaReached`.
        low_priority_cores: of all spot nodes, likewise with `AccountLowPriorityCoreQuotaReached`.
        nodes: of all kinds and sizes together; a resize beyond it ends with the same errors.
        pools: one more is refused with `PoolQuotaReached`.
        active_jobs_and_job_schedules: those not completed; one more is refused with
            `ActiveJobAndScheduleQuotaReached`.
        definition_bytes: of all pools, jobs, schedules and tasks, which are kept in memory; what would be too much is
            refused with `OperationInvalidForCurrentState`.
    """

    dedicated_cores: int = 10_000
    low_priority_cores: int = 10_000
    nodes: int = 1_000
    pools: int = 10_000
    active_jobs_and_job_schedules: int = 100_000
    definition_bytes: int = 1024 * 1024 * 1024

    def __post_init__(self) -> None:
        """Raises: ValueError: one is negative."""
        if any(getattr(self, each.name) < 0 for each in fields(self)):
            raise ValueError("a quota must not be negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """The settings of every account.

    Attributes:
        auto_storage: the auto-storage account, or None.
        applications: holds `<application id>/<version>.zip`, the application packages.
    """

    quotas: Quotas = field(default_factory=Quotas)
    auto_storage: AutoStorage | None = None
    applications: Path = Path("applications")
