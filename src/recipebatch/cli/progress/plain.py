"""PlainProgress: what goes on, in lines for a log, a pipe or a terminal that cannot move its cursor."""

from __future__ import annotations

import time
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Self

from recipebatch.cli.process import tell
from recipebatch.cli.progress.lines import plain_line
from recipebatch.cli.progress.said import said_of
from recipebatch.cli.progress.state import LiveState
from recipebatch.cli.render import quoted
from recipebatch.report import PhaseEnded, PhaseStarted

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from recipebatch.report import Event

EVERY = 10.0
"""Seconds: a long wait says something now and then, not at every look."""


class PlainProgress:
    """Lines of text.

    Args:
        quiet: say failures only.
        verbose: say each file and each request too.
        shows_phases: say how each phase ended, where stdout does not show it.
        clock: seconds that never jump.
        today: the time of day.
    """

    def __init__(
        self,
        *,
        quiet: bool = False,
        verbose: bool = False,
        shows_phases: bool = False,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._shows_phases = shows_phases
        self._clock = clock
        self._today = today
        self._state = LiveState()
        self._said, self._said_at = "", clock()
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._say_failures()

    def say(self, text: str) -> None:
        """Say one line."""
        if not self._quiet:
            tell(quoted(text))

    def tell(self, event: Event) -> None:
        """Follow an event; how it stands is said when it has changed and some seconds have passed."""
        with self._lock:
            now = self._clock()
            if failure := self._state.take(event, now):
                tell(quoted(failure))
            if isinstance(event, PhaseStarted):
                self._said_at = now
            counts = plain_line(self._state) if now - self._said_at >= EVERY and not self._quiet else ""
            if counts and counts != self._said:
                tell(f"{self._today():%H:%M:%S} {plain_line(self._state, now)}")
                self._said, self._said_at = counts, now
        if isinstance(event, PhaseEnded):
            self._say_failures()
        if text := said_of(event, verbose=self._verbose, phases=self._shows_phases):
            self.say(text)

    def _say_failures(self) -> None:
        for line in self._state.take_failures():
            tell(quoted(line))
