"""The newest samples of a pool: one value of each metric every 30 seconds."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from recipebatch.emulator.scheduler.autoscale.metrics import METRICS
from recipebatch.emulator.scheduler.autoscale.values import TimeInterval, Timestamp, timestamp_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PERIOD: Final = timedelta(seconds=30)
"""The article: "samples are obtained every 30 seconds"."""

CAPACITY: Final = 2880
"""A day of samples. How long the service keeps samples is unverified."""


class Samples:
    """The samples of one pool. Each metric has a bounded buffer; a sample takes 16 to 32 bytes.

    Attributes:
        period: the interval at which the caller adds samples.
        delay: minimum age of readable samples. About a minute on Azure (the article), 0 by default.
    """

    def __init__(
        self, *, period: timedelta = PERIOD, delay: timedelta = timedelta(0), capacity: int = CAPACITY
    ) -> None:
        if period <= timedelta(0) or delay < timedelta(0) or capacity < 1:
            raise ValueError("samples need a period, a capacity of 1 or more, and no negative delay")
        self.period = period
        self.delay = delay
        self._capacity = capacity
        self._rings: dict[str, _Ring] = {}

    def add(self, time: datetime, values: Mapping[str, float]) -> None:
        """Add the values measured at one time.

        Samples with a later time, from before the clock was set back, are dropped.

        Args:
            time: the time; without a time zone it is UTC.
            values: by name with `$`. `$PendingTasks` may be left out: it is `$ActiveTasks` + `$RunningTasks`.

        Raises:
            ValueError: a name is not that of a metric.
        """
        unknown = sorted(set(values) - METRICS)
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no metric of the autoscale language")
        measured = dict(values)
        if "$ActiveTasks" in measured and "$RunningTasks" in measured:
            measured.setdefault("$PendingTasks", measured["$ActiveTasks"] + measured["$RunningTasks"])
        ticks = timestamp_of(time).ticks
        for name, value in measured.items():
            self._rings.setdefault(name, _Ring(self._capacity)).add(ticks, float(value))

    def newest(self, metric: str, count: int, now: Timestamp) -> tuple[float, ...]:
        """The last samples, at most `count`, oldest first; fewer if there are not as many."""
        ring = self._readable(metric, now)
        return ring.values(max(ring.end - max(count, 0), ring.begin), ring.end) if ring else ()

    def between(self, metric: str, start: Timestamp, end: Timestamp, now: Timestamp) -> tuple[float, ...]:
        """The samples after `start` and not after `end`, oldest first.

        That the start of a time frame is exclusive is unverified; ten minutes have twenty samples (the article) only if
        one end is exclusive.
        """
        ring = self._readable(metric, now)
        return ring.values(ring.up_to(start.ticks), ring.up_to(end.ticks)) if ring else ()

    def percent(self, metric: str, start: Timestamp, end: Timestamp, now: Timestamp) -> float:
        """The percentage of a time frame's expected samples that can be read, 0 to 100.

        At least one sample is expected, also in a shorter frame than a period (unverified).
        """
        expected = max((end.ticks - start.ticks) // self.period_interval.ticks, 1)
        return min(100.0, 100.0 * len(self.between(metric, start, end, now)) / expected)

    def count(self, metric: str, now: Timestamp) -> int:
        """How many samples there are."""
        ring = self._readable(metric, now)
        return ring.end - ring.begin if ring else 0

    def begin(self, metric: str, now: Timestamp) -> Timestamp | None:
        """The time of the oldest sample, or None if there is none."""
        ring = self._readable(metric, now)
        return Timestamp(ring.times[ring.begin]) if ring and ring.end > ring.begin else None

    @property
    def period_interval(self) -> TimeInterval:
        """The period as a value of the formula language."""
        return TimeInterval(self.period // timedelta(microseconds=1) * 10)

    def _readable(self, metric: str, now: Timestamp) -> _Window | None:
        ring = self._rings.get(metric)
        if ring is None:
            return None
        newest = now.ticks - self.delay // timedelta(microseconds=1) * 10
        end = bisect_right(ring.times, newest)
        return _Window(ring, max(0, len(ring.times) - self._capacity), end)


class _Ring:
    """Times and values, oldest first; holds up to twice the capacity, so that dropping old ones is cheap."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.times = array("q")
        self.values = array("d")

    def add(self, ticks: int, value: float) -> None:
        keep = bisect_right(self.times, ticks - 1)
        del self.times[keep:], self.values[keep:]
        self.times.append(ticks)
        self.values.append(value)
        if len(self.times) >= 2 * self.capacity:
            del self.times[: -self.capacity], self.values[: -self.capacity]


class _Window:
    """The part of a ring that can be read."""

    def __init__(self, ring: _Ring, begin: int, end: int) -> None:
        self.times = ring.times
        self.begin = begin
        self.end = max(begin, end)
        self._values = ring.values

    def up_to(self, ticks: int) -> int:
        return bisect_right(self.times, ticks, self.begin, self.end)

    def values(self, start: int, end: int) -> tuple[float, ...]:
        return tuple(self._values[start:end])
