"""LiveRegion: the last lines of a terminal, painted again and again; all other text stands above them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

terminal = RLock()
"""Held while something is written to a terminal."""

_painted: list[LiveRegion] = []
"""The region that is on the terminal now; one at most."""

_line_begun = [False]

_held: list[tuple[Callable[[], object], bool]] = []
"""What is written once a question has its answer."""

_asked = [False]
"""A question waits for its answer."""

_NO_REFLOW = ("linux", "vt", "screen", "ansi", "cons")
"""Beginnings of TERM whose terminals cut lines that become too long, where others wrap them."""


class LiveRegion:
    """Lines that are painted over the ones before.

    Args:
        write: writes to the terminal and does nothing else.
        size: the columns and lines of the terminal, now.
        reflows: it rewraps lines when it becomes narrower.
    """

    def __init__(self, write: Callable[[str], object], size: Callable[[], tuple[int, int]], *, reflows: bool) -> None:
        self._write = write
        self.size = size
        self._reflows = reflows
        self._widths: list[int] = []

    def paint(self, lines: Sequence[tuple[str, int]]) -> None:
        """Show lines in place of those that are shown.

        Args:
            lines: each with the columns it takes, no more than the terminal has.
        """
        with terminal:
            if _line_begun[0]:
                # A question waits for its answer, or a task for the rest of its line.
                return
            # The cursor stays at the end of the last line: a terminal that rewraps lines keeps it there.
            text = self._back() + "\r\n".join(f"{line}\x1b[K" for line, _ in lines) + "\x1b[J"
            if not self._widths:
                text = "\x1b[?25l" + text
            self._write(text)
            self._widths = [width for _, width in lines]
            _painted[:] = [self]

    def hide(self) -> None:
        """Take the lines away, and show the cursor again."""
        with terminal:
            if self._widths:
                self._write(self._back() + "\x1b[J\x1b[?25h")
            self._widths = []
            _painted[:] = [each for each in _painted if each is not self]

    def _back(self) -> str:
        """Moves the cursor to where the lines begin."""
        columns, height = self.size()
        rows = sum(max(-(-width // columns), 1) if self._reflows else 1 for width in self._widths)
        up = min(rows, height) - 1
        return f"\r\x1b[{up}A" if up > 0 else "\r"


def other_text(*, ends_line: bool) -> None:
    """Take away what is painted, because other text is going to be written: to be called while holding `terminal`.

    Args:
        ends_line: the text ends with the end of a line.
    """
    for region in _painted:
        region.hide()
    _line_begun[0] = not ends_line


def write_other_text(write: Callable[[], object], *, ends_line: bool) -> None:
    """Write text on the terminal; while a question waits for its answer, after that.

    Args:
        write: writes it.
        ends_line: as `other_text` takes it.
    """
    with terminal:
        if _asked[0]:
            _held.append((write, ends_line))
            return
        other_text(ends_line=ends_line)
        write()


@contextmanager
def awaiting_answer() -> Iterator[None]:
    """Within, nothing is written on the line of a question; after it, the terminal has shown the end of that line."""
    with terminal:
        _asked[0] = True
    try:
        yield
    finally:
        with terminal:
            _asked[0] = _line_begun[0] = False
            for write, ends_line in _held:
                other_text(ends_line=ends_line)
                write()
            _held.clear()


def rewraps_lines(environ: Mapping[str, str]) -> bool:
    """Whether the terminal rewraps lines when its width changes, by TERM and the like: most do."""
    term = environ.get("TERM", "")
    if "TMUX" in environ:
        return True
    return not term.startswith(_NO_REFLOW) and "XTERM_VERSION" not in environ


def size_of(descriptor: int) -> tuple[int, int]:
    """The columns and lines of the terminal behind a descriptor; 80 and 24 where it does not say."""
    try:
        columns, lines = os.get_terminal_size(descriptor)
    except (OSError, ValueError):
        return 80, 24
    return columns or 80, lines or 24
