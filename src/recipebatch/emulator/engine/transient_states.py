"""Transient states, such as `deleting`: kept until a client has read them, or for half a second.

The SDK's pollers (`begin_delete_job`, `begin_resize_pool`, …) read the state once right after their call and
take any other state for the end of the operation.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from recipebatch.vocabulary.durations import TICKS_PER_SECOND

if TYPE_CHECKING:
    from recipebatch.emulator.state import Clock

HOLD_SECONDS = 0.5
"""How long a transient state is kept if no client reads it. On Azure it lasts 1.5 seconds or more."""


class TransientStates:
    """The records whose transient state is kept until a client reads it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[int, asyncio.Event] = {}

    def mark_read(self, record: object) -> None:
        """A client has read the record."""
        if (event := self._waiting.get(id(record))) is not None:
            event.set()

    async def wait_until_read(self, record: object) -> None:
        """Wait until a client has read the record, `HOLD_SECONDS` at most."""
        event = self._waiting.setdefault(id(record), asyncio.Event())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._clock.wait_seconds(HOLD_SECONDS * TICKS_PER_SECOND)):
                    await event.wait()
        finally:
            self._waiting.pop(id(record), None)
