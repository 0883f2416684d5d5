"""What every phase is given: the plan, the services, a place to speak and a clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.plan.model import Plan, PlannedContainer
    from recipebatch.report import Progress
    from recipebatch.runs import Marks
    from recipebatch.service import Access, BatchService, BlobStore


class Clock(Protocol):
    """Time, so that a wait can be tested without one."""

    def now(self) -> datetime:
        """The time of day, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never jump."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class RealClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseContext:
    """One run at work.

    Attributes:
        marks: what the run's resources bear, so that they can be told from others.
        accounts: other storage accounts, by their names in `accounts.yaml`.
        poll_interval: how often a wait looks at the service; the waits of a long run grow to `slow_poll_interval`.
    """

    plan: Plan
    marks: Marks
    batch: BatchService
    blobs: BlobStore
    access: Access
    progress: Progress
    poll_interval: timedelta
    slow_poll_interval: timedelta
    clock: Clock = field(default_factory=RealClock)
    accounts: Mapping[str, BlobStore] = field(default_factory=dict)

    def store_of(self, container: PlannedContainer) -> BlobStore:
        """The storage account that holds a container."""
        return self.blobs if container.account is None else self.accounts[container.account]


class Patience:
    """The rhythm of a wait: quick looks first, slower ones when nothing moves, and a limit.

    Args:
        limit: when the wait is over; None is never.
    """

    def __init__(self, context: PhaseContext, *, limit: timedelta | None) -> None:
        self._clock = context.clock
        self._first = context.poll_interval.total_seconds()
        self._slowest = context.slow_poll_interval.total_seconds()
        self._interval = self._first
        self._started = self._clock.monotonic()
        self._limit = None if limit is None else limit.total_seconds()

    @property
    def waited(self) -> float:
        """Seconds since the wait began."""
        return self._clock.monotonic() - self._started

    @property
    def over(self) -> bool:
        """The limit is reached."""
        return self._limit is not None and self.waited >= self._limit

    def pause(self, *, moved: bool) -> None:
        """Sleep until the next look; `moved` tells that the last look saw a change."""
        self._interval = self._first if moved else min(self._interval * 1.5, self._slowest)
        remaining = self._interval if self._limit is None else max(0.0, self._limit - self.waited)
        self._clock.sleep(min(self._interval, remaining))
