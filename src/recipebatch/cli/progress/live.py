"""LiveProgress: what goes on, at the end of a terminal; lines that stay are printed above it."""

from __future__ import annotations

import time
from threading import Condition, Thread
from typing import TYPE_CHECKING, Self

from recipebatch.cli.process import has_colours, live_region, tell, tells_unicode
from recipebatch.cli.progress.lines import columns, live_lines
from recipebatch.cli.progress.said import said_of
from recipebatch.cli.progress.state import LiveState
from recipebatch.cli.render import quoted
from recipebatch.report import PhaseEnded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from recipebatch.cli.process import LiveRegion
    from recipebatch.cli.progress.lines import Span
    from recipebatch.report import Event

_SHORTEST = 0.25
"""Seconds between two pictures, at least."""

_STILL = 4
"""So many times longer a picture stays where nothing has changed but the time."""

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class LiveProgress:
    """The live view.

    Args:
        verbose: say each file and each request too.
        shows_phases: say how each phase ended, where stdout does not show it.
        region: where it is painted; default: the end of the terminal that shows stderr.
        clock: seconds that never jump.
        paints_itself: a thread paints it; else `paint` does.
    """

    def __init__(
        self,
        *,
        verbose: bool = False,
        shows_phases: bool = False,
        region: LiveRegion | None = None,
        clock: Callable[[], float] = time.monotonic,
        paints_itself: bool = True,
    ) -> None:
        self._paints_itself = paints_itself
        self._state = LiveState()
        self._verbose = verbose
        self._shows_phases = shows_phases
        self._region = live_region() if region is None else region
        self._clock = clock
        self._changed = Condition()
        self._closed = False
        self._thread: Thread | None = None
        self._tick = 0
        self._is_new = False
        self._coloured, self._unicode = has_colours(), tells_unicode()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._region.hide()
        self._say_failures()

    def say(self, text: str) -> None:
        """Say one line that stays."""
        tell(quoted(text))

    def tell(self, event: Event) -> None:
        """Follow an event."""
        with self._changed:
            self._is_new = True
            text = self._state.take(event, self._clock())
            if self._thread is None and self._state.is_live and self._paints_itself:
                self._thread = Thread(target=self._paint_until_closed, name="live view", daemon=True)
                self._thread.start()
        if isinstance(event, PhaseEnded):
            self._region.hide()
            self._say_failures()
        for line in filter(None, [text, said_of(event, verbose=self._verbose, phases=self._shows_phases)]):
            self.say(line)

    def paint(self) -> None:
        """Show how it stands now."""
        with self._changed:
            self._tick += 1
            if not self._state.is_live:
                lines = []
            else:
                width, height = self._region.size()
                lines = live_lines(
                    self._state,
                    self._clock(),
                    width=width - 1,
                    height=max(height - 2, 1),
                    tick=self._tick,
                    unicode=self._unicode,
                )
        if lines:
            self._region.paint([(self._painted(line), sum(columns(span.text) for span in line)) for line in lines])
        else:
            self._region.hide()

    def _paint_until_closed(self) -> None:
        painted: tuple[int, int] | None = None
        waits = 0
        while not self._wait():
            waits += 1
            size = self._region.size()
            if self._is_new or size != painted or waits >= _STILL:
                self._is_new, painted, waits = False, size, 0
                self.paint()

    def _wait(self) -> bool:
        """Wait until another picture may be painted; whether there is to be none any more."""
        with self._changed:
            return self._closed or (self._changed.wait(_SHORTEST) and self._closed)

    def _painted(self, line: Sequence[Span]) -> str:
        if not self._coloured:
            return "".join(span.text for span in line)
        return "".join(f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if style else text for text, style in line)

    def _say_failures(self) -> None:
        with self._changed:
            lines = self._state.take_failures()
        for line in lines:
            self.say(line)
