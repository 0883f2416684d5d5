"""An executor whose threads never delay the exit of the program.

An executor of the standard library joins its threads when the program ends: one thread that hangs, for example on a
broken disk, would prevent a stop for good.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
P = ParamSpec("P")

_MAX_THREADS = 64


class DaemonExecutor(ThreadPoolExecutor):
    """An executor whose threads neither delay the exit of the program nor its own shutdown.

    Args:
        max_workers: at most as many threads at once; further work waits for one of them.
    """

    def __init__(self, max_workers: int = _MAX_THREADS) -> None:
        super().__init__(max_workers)
        self._guard = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._active = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """See `Executor.submit`."""
        future: Future[T] = Future()

        def work() -> None:
            if future.set_running_or_notify_cancel():
                complete(future, lambda: fn(*args, **kwargs))

        with self._guard:
            self._waiting.append(work)
            starts = self._active < self._max_workers
            self._active += starts
        if starts:
            threading.Thread(target=self._work, daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        """Return at once; work in progress is abandoned when the program ends."""

    def _work(self) -> None:
        while True:
            with self._guard:
                if not self._waiting:
                    self._active -= 1
                    return
                work = self._waiting.popleft()
            work()


def complete(future: Future[T], work: Callable[[], T]) -> None:
    """Do the work, and set its result or its error as the outcome of the future."""
    try:
        answer = work()
    except BaseException as error:  # noqa: BLE001  # it is raised again where the result is awaited
        future.set_exception(error)
    else:
        future.set_result(answer)
