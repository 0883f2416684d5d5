"""Runs blocking work in threads that never delay the exit of the program.

The threads are daemons: an executor of the standard library joins its threads when the program ends, so one that
hangs would prevent a stop for good.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from recipebatch.emulator.daemon_executor import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from recipebatch.emulator.node_agent.http_client import Stop

T = TypeVar("T")
Item = TypeVar("Item")

STALL_SECONDS = 300.0
"""Seconds without progress after which blocking work is given up."""

_SECONDS_TO_STOP = 2.0


class StalledError(Exception):
    """Blocking work made no progress for too long and was given up; its thread is abandoned."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"given up after {seconds:g} seconds without progress")


async def in_thread(work: Callable[[], T], *, stop: Stop | None = None, stall_seconds: float = STALL_SECONDS) -> T:
    """Run `work` in a thread of its own; returns its result or raises its error.

    When the waiting task is cancelled, `stop` is set and the thread gets two seconds to end. A thread that
    does not end is abandoned; it does not block the exit of the program.

    Args:
        work: the blocking work.
        stop: stops it, and knows when it last made progress; None if it ends in bounded time by itself.
        stall_seconds: it is given up after that time without progress.

    Raises:
        StalledError: the work was given up.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()
    threading.Thread(target=complete, args=(future, work), daemon=True).start()
    waiting = asyncio.wrap_future(future)
    try:
        while stop is not None and not waiting.done():
            left = stop.last_step + stall_seconds - time.monotonic()
            if left <= 0:
                stop.set()
                waiting.add_done_callback(_ignore_outcome)
                raise StalledError(stall_seconds)
            await asyncio.wait([waiting], timeout=left)
        return await asyncio.shield(waiting)
    except asyncio.CancelledError:
        if stop is not None:
            stop.set()
            await asyncio.wait([waiting], timeout=_SECONDS_TO_STOP)
        waiting.cancel()
        raise


def _ignore_outcome(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()


def in_parallel(items: Iterable[Item], work: Callable[[Iterator[Item]], None], *, threads: int) -> None:
    """Share the items among some threads: each calls `work` with an iterator; no two iterators yield the same item.

    Raises:
        BaseException: the first error of a thread; the remaining items are dropped.
    """
    queue = deque(items)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work(_taken_from(queue))
        except BaseException as error:  # noqa: BLE001  # it is raised again below
            queue.clear()
            failures.append(error)

    helpers = [threading.Thread(target=run, daemon=True) for _ in range(min(threads, len(queue)) - 1)]
    for helper in helpers:
        helper.start()
    run()
    for helper in helpers:
        helper.join()
    if failures:
        raise failures[0]


def _taken_from(queue: deque[Item]) -> Iterator[Item]:
    while True:
        try:
            item = queue.popleft()
        except IndexError:  # asking for the length first would race with the other threads
            return
        yield item
