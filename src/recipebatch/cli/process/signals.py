"""SIGINT, SIGTERM and SIGHUP: the first interrupts a command, which says what continues; the second ends it."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from recipebatch.cli.process.streams import show_cursor
from recipebatch.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_EXIT_CODES = {
    getattr(signal, name): code
    for name, code in (
        ("SIGINT", ExitCode.INTERRUPTED),
        ("SIGTERM", ExitCode.TERMINATED),
        ("SIGHUP", ExitCode.HUNG_UP),
    )
    if hasattr(signal, name)
}

_received: list[int] = []


@contextmanager
def end_by_signals() -> Iterator[None]:
    """Within, a signal raises KeyboardInterrupt in the main thread. Ignored ones, as by nohup, stay ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _received.clear()
    before = {number: signal.getsignal(number) for number in _EXIT_CODES}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN and handler is not None:
                signal.signal(number, handler)


def exit_code_of_signal() -> ExitCode | None:
    """The exit code for the signal that interrupted the command; None if there was none."""
    return _EXIT_CODES[_received[0]] if _received else None


def _end(number: int, _frame: FrameType | None) -> None:
    if _received:
        _exit_at_once(number)
    _received.append(number)
    raise KeyboardInterrupt


def _exit_at_once(number: int) -> NoReturn:
    show_cursor()
    os._exit(_EXIT_CODES[number])
