"""Poller: how often a wait asks the service, and when it times out; and the clock that it waits by."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import timedelta


class Intervals(Protocol):
    """What a poller needs of the context of a phase."""

    @property
    def clock(self) -> Clock:
        """The clock to wait by."""

    @property
    def poll_interval(self) -> timedelta:
        """The shortest interval."""

    @property
    def slow_poll_interval(self) -> timedelta:
        """The longest interval."""


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


class Poller:
    """The intervals of a wait: short ones first, longer ones while nothing changes, and a limit.

    Args:
        context: gives the clock and the shortest and longest interval.
        limit: when the wait times out; None is never.
    """

    def __init__(self, context: Intervals, *, limit: timedelta | None) -> None:
        self._clock = context.clock
        self._first = context.poll_interval.total_seconds()
        self._slowest = context.slow_poll_interval.total_seconds()
        self._interval = self._first
        self._started = self._clock.monotonic()
        self._limit = None if limit is None else limit.total_seconds()

    @property
    def elapsed(self) -> float:
        """Seconds since the wait started."""
        return self._clock.monotonic() - self._started

    @property
    def timed_out(self) -> bool:
        """The limit is reached."""
        return self._limit is not None and self.elapsed >= self._limit

    def wait(self, *, changed: bool) -> None:
        """Sleep until the next request; `changed`: the last one saw a change."""
        self._interval = self._first if changed else min(self._interval * 1.5, self._slowest)
        remaining = self._interval if self._limit is None else max(0.0, self._limit - self.elapsed)
        self._clock.sleep(min(self._interval, remaining))
