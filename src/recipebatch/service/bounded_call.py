"""A call that is waited for in bounded time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def call_within(seconds: float, call: Callable[[], T]) -> T:
    """What a call returns or raises, if it ends within so many seconds; later it has no effect.

    The thread of the call is a daemon: a call that hangs, such as a broken Azure CLI, keeps no command from ending.

    Raises:
        TimeoutError: it has not ended.
        Exception: what the call raises.
    """
    results: list[T] = []
    problems: list[Exception] = []

    def run() -> None:
        try:
            results.append(call())
        except Exception as error:  # noqa: BLE001 - it is raised in the thread that waits
            problems.append(error)

    thread = threading.Thread(target=run, name="call_within", daemon=True)
    thread.start()
    thread.join(seconds)
    for problem in problems:
        raise problem
    if not results:
        raise TimeoutError(f"no answer within {seconds:g} s")
    return results[0]
