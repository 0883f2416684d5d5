"""Workers that complete transient states of pools, jobs and schedules: at most one worker for each record."""

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
_RETRY_SECONDS = 1.0


class Workers(Generic[T]):
    """The workers of one kind of record.

    Args:
        kind: the name of the kind in log lines.
        is_needed: whether a record exists and is in a transient state.
        work: completes the transient state.
    """

    def __init__(
        self,
        kind: str,
        is_needed: Callable[[Account, T], bool],
        work: Callable[[Account, T], Coroutine[Any, Any, None]],
    ) -> None:
        self._kind = kind
        self._is_needed = is_needed
        self._work = work
        self._running: dict[T, asyncio.Task[None]] = {}
        self._timers: dict[T, asyncio.TimerHandle] = {}

    def reconcile(self, account: Account, record: T) -> None:
        """Start a worker for the record if it needs one and has none."""
        if record in self._running or not self._is_needed(account, record):
            return
        worker = asyncio.get_running_loop().create_task(self._work(account, record))
        self._running[record] = worker
        worker.add_done_callback(lambda done: self._ended(account, record, done))

    async def stop(self) -> None:
        """Cancel all workers; the records stay as they are, and the next emulator continues."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        workers = list(self._running.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def _ended(self, account: Account, record: T, worker: asyncio.Task[None]) -> None:
        del self._running[record]
        if worker.cancelled():
            return
        if (error := worker.exception()) is None:
            # The record may have changed again since the worker's last step.
            self.reconcile(account, record)
            return
        _LOG.error("a %s is stuck in a transient state; retrying in %g s", self._kind, _RETRY_SECONDS, exc_info=error)
        self._timers[record] = asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._retry, account, record)

    def _retry(self, account: Account, record: T) -> None:
        del self._timers[record]
        self.reconcile(account, record)
