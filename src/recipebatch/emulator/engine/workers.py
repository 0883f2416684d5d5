"""Work that brings a pool, a job or a schedule out of a passing state: one at a time for each."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from recipebatch.emulator.state import Account

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_AGAIN_SECONDS = 1.0


class Keepers(Generic[T]):
    """The works of one kind.

    Args:
        kind: how the log calls what is kept.
        needed: whether a thing is there and in a passing state.
        keep: what brings it out of that state.
    """

    def __init__(
        self,
        kind: str,
        needed: Callable[[Account, T], bool],
        keep: Callable[[Account, T], Coroutine[Any, Any, None]],
    ) -> None:
        self._kind = kind
        self._needed = needed
        self._keep = keep
        self._works: dict[T, asyncio.Task[None]] = {}
        self._timers: dict[T, asyncio.TimerHandle] = {}

    def attend(self, account: Account, thing: T) -> None:
        """Begin to work on it, if that is needed and nobody does."""
        if thing in self._works or not self._needed(account, thing):
            return
        work = asyncio.get_running_loop().create_task(self._keep(account, thing))
        self._works[thing] = work
        work.add_done_callback(lambda done: self._ended(account, thing, done))

    async def stop(self) -> None:
        """Leave everything as it is; the next emulator goes on."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        works = list(self._works.values())
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    def _ended(self, account: Account, thing: T, work: asyncio.Task[None]) -> None:
        del self._works[thing]
        if work.cancelled():
            return
        if (error := work.exception()) is None:
            # Somebody may have asked for more between its last step and this moment.
            self.attend(account, thing)
            return
        _LOG.error("a %s stays in a passing state; trying again", self._kind, exc_info=error)
        self._timers[thing] = asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self._again, account, thing)

    def _again(self, account: Account, thing: T) -> None:
        del self._timers[thing]
        self.attend(account, thing)
