"""Watched: something that is looked at again and again while someone wants to know, and told when it has changed."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")

SHARE = 10
"""A look that takes a second is repeated after so many: looking costs a tenth of the time at most."""


FRESH = 3
"""A value of a look that took a second is that of now for so many."""


class Watched(Generic[Value]):
    """A value with its versions.

    Args:
        look: gives the value of now; what it raises is given to those who ask, and is tried again.
        every: seconds between two looks at least.
        mark: what of a value tells that it has changed.

    Attributes:
        version: counts what ends a wait: changes of the value, and what `tell` says.
        changes: counts changes of the value.
    """

    def __init__(self, look: Callable[[], Value], every: float, mark: Callable[[Value], object]) -> None:
        self._look = look
        self._every = every
        self._mark = mark
        self._changed = threading.Condition()
        self._looking = threading.Lock()
        self._value: Value | None = None
        self._marked: object = None
        self._at = float("-inf")
        self._took = 0.0
        self._watchers = 0
        self._thread: threading.Thread | None = None
        self._closed = False
        self.version = 0
        self.changes = 0

    def value(self) -> Value:
        """The value of now, or of a moment ago; raises as `look`."""
        with self._looking:
            if self._value is None or time.monotonic() - self._at > max(self._every, FRESH * self._took):
                self._again()
            if self._value is None:
                raise RuntimeError("a look gave nothing")
            return self._value

    def tell(self) -> None:
        """Something has changed that is no part of the value."""
        with self._changed:
            self.version += 1
            self._changed.notify_all()

    def close(self) -> None:
        """End all waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        """It was closed."""
        return self._closed

    def __enter__(self) -> Self:
        """Begin to watch: while anyone does, it is looked at again and again."""
        with self._changed:
            self._watchers += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="ui-watch", daemon=True)
                self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._watchers -= 1
            self._changed.notify_all()

    def wait(self, version: int, seconds: float) -> int:
        """The newest version, as soon as it is another one than `version`, or after so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != version or self._closed, seconds)
            return self.version

    def _again(self) -> None:
        begun = time.monotonic()
        try:
            value = self._look()
        finally:
            self._at = time.monotonic()
            self._took = self._at - begun
        marked = self._mark(value)
        if self._value is not None and marked != self._marked:
            self.changes += 1
            self.tell()
        self._value, self._marked = value, marked

    def _watch(self) -> None:
        while True:
            with self._changed:
                pause = max(self._every, SHARE * self._took)
                self._changed.wait_for(lambda: self._closed or not self._watchers, pause)
                if self._closed or not self._watchers:
                    self._thread = None
                    return
            # Whoever opens the page is told what fails; the next look may work.
            with self._looking, suppress(Exception):
                self._again()
