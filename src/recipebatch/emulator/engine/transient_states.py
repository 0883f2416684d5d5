"""States that pass: a client that reads a thing right after a call must find the state the call began.

The SDK's pollers read once at once and take any other state for the end (`begin_delete_job`, `begin_resize_pool`,
…). So such a state stays until somebody has read it, or for a moment.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from recipebatch.vocabulary.durations import TICKS_PER_SECOND

if TYPE_CHECKING:
    from recipebatch.emulator.state import Clock

HOLD_SECONDS = 0.5
"""How long a passing state waits for a reader. The real service takes 1.5 seconds and more."""


class Passing:
    """Who waits for which thing to be read."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[int, asyncio.Event] = {}

    def seen(self, record: object) -> None:
        """Somebody has read it."""
        if (event := self._waiting.get(id(record))) is not None:
            event.set()

    async def shown(self, record: object) -> None:
        """Wait until somebody has read it, but not long."""
        event = self._waiting.setdefault(id(record), asyncio.Event())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._clock.wait_seconds(HOLD_SECONDS * TICKS_PER_SECOND)):
                    await event.wait()
        finally:
            self._waiting.pop(id(record), None)
