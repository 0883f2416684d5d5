"""The service's clock: never returns the same tick twice, because an ETag is the tick of a modification.

The clock of the machine may step. A step forward is followed. After a step back the service's time runs on, a tenth
slower, until the machine's clock has caught up: times in answers never go back, and delays are a tenth longer at most.
What compares a time of a client with the present, such as the check of a signature's date, uses `wall`.

It also scales the service's delays: with a time scale of 60, a delay of one hour takes one minute. Times of day and
limits on the run time of processes are not scaled.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from recipebatch.emulator.state.timestamps import UNIX_EPOCH_TICKS
from recipebatch.vocabulary.durations import TICKS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

_SLOWED = (9, 10)
_IN_STEP = TICKS_PER_SECOND
"""Ticks by which the service's time may be ahead of the machine's clock because of many calls in one moment."""


class Clock:
    """Ticks of 100 ns since the year 1, strictly increasing within one process.

    Attributes:
        time_scale: divisor of all delays of the service.

    Args:
        read_wall: the clock of the machine in nanoseconds since 1970; may step. None is that of Python.
        read_steady: a clock in nanoseconds that never steps. None is that of Python.
    """

    def __init__(
        self,
        time_scale: float = 1.0,
        *,
        read_wall: Callable[[], int] | None = None,
        read_steady: Callable[[], int] | None = None,
    ) -> None:
        self.time_scale = time_scale
        self._read_wall = read_wall or time.time_ns
        self._read_steady = read_steady or time.monotonic_ns
        self._steady = self._read_steady()
        self._last = 0

    def wait_seconds(self, ticks: float) -> float:
        """The scaled duration of a delay in seconds. Waits for processes are not scaled."""
        return ticks / TICKS_PER_SECOND / self.time_scale

    def later(self, moment: int, wait: int) -> int:
        """The end of a scaled delay that begins at `moment`; all in ticks."""
        return moment + round(wait / self.time_scale)

    def now(self) -> int:
        """The current time in ticks, later than every value returned before."""
        steady = self._read_steady()
        passed = max(0, steady - self._steady) // 100 * _SLOWED[0] // _SLOWED[1]
        self._steady = steady
        self._last = max(self._last + 1, self.wall(), self._last + passed)
        return self._last

    def wall(self) -> int:
        """The machine's clock in ticks; may be earlier than a value returned before."""
        return UNIX_EPOCH_TICKS + self._read_wall() // 100

    def ahead(self) -> int:
        """By how many ticks the service's time is ahead of the machine's clock: 0 unless that has stepped back."""
        ahead = self.now() - self.wall()
        return ahead if ahead > _IN_STEP else 0

    def node_now(self) -> int:
        """The current time as a node reports it: whole microseconds (recorded answers)."""
        return self.now() // 10 * 10
