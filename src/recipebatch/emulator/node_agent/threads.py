"""Runs blocking work in threads that do not delay the exit of the program."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
Item = TypeVar("Item")

_SECONDS_TO_STOP = 2.0


async def in_thread(work: Callable[[], T], *, stop: Callable[[], None] | None = None) -> T:
    """Run `work` in a thread of its own; returns its result or raises its error.

    When the waiting task is cancelled, `stop` is called and the thread gets two seconds to end. A thread that
    does not end does not block the exit of the program, unlike an executor's thread.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            answer = work()
        except BaseException as error:  # noqa: BLE001  # it is raised again where the result is awaited
            future.set_exception(error)
        else:
            future.set_result(answer)

    threading.Thread(target=run, daemon=True).start()
    waiting = asyncio.wrap_future(future)
    try:
        return await asyncio.shield(waiting)
    except asyncio.CancelledError:
        if stop is not None:
            stop()
            await asyncio.wait([waiting], timeout=_SECONDS_TO_STOP)
        waiting.cancel()
        raise


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
