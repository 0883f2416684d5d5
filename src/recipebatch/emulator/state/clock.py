"""The service's clock: never the same tick twice, because an ETag is the tick of a modification."""

from __future__ import annotations

import time

from recipebatch.vocabulary.instants import UNIX_EPOCH_TICKS


class Clock:
    """Ticks of 100 ns since the year 1, strictly increasing within one process."""

    def __init__(self) -> None:
        self._last = 0

    def now(self) -> int:
        """The present moment, later than every moment given out before."""
        self._last = max(self._last + 1, UNIX_EPOCH_TICKS + time.time_ns() // 100)
        return self._last

    def node_now(self) -> int:
        """The present moment as a node reports it: whole microseconds (recorded answers)."""
        return self.now() // 10 * 10
