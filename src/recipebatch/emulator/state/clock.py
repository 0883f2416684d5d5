"""The service's clock: never returns the same tick twice, because an ETag is the tick of a modification.

It also scales the service's delays: with a time scale of 60, a delay of one hour takes one minute. Times of day and
limits on the run time of processes are not scaled.
"""

from __future__ import annotations

import time

from recipebatch.emulator.state.timestamps import UNIX_EPOCH_TICKS
from recipebatch.vocabulary.durations import TICKS_PER_SECOND


class Clock:
    """Ticks of 100 ns since the year 1, strictly increasing within one process.

    Attributes:
        time_scale: divisor of all delays of the service.
    """

    def __init__(self, time_scale: float = 1.0) -> None:
        self._last = 0
        self.time_scale = time_scale

    def wait_seconds(self, ticks: float) -> float:
        """The scaled duration of a delay in seconds. Waits for processes are not scaled."""
        return ticks / TICKS_PER_SECOND / self.time_scale

    def later(self, moment: int, wait: int) -> int:
        """The end of a scaled delay that begins at `moment`; all in ticks."""
        return moment + round(wait / self.time_scale)

    def now(self) -> int:
        """The current time in ticks, later than every value returned before."""
        self._last = max(self._last + 1, UNIX_EPOCH_TICKS + time.time_ns() // 100)
        return self._last

    def node_now(self) -> int:
        """The current time as a node reports it: whole microseconds (recorded answers)."""
        return self.now() // 10 * 10
