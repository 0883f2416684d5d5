"""How long the local account was not used, and how long it may be until its service stops."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from recipebatch.local.folders import read_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipebatch.local.folders import Folders


class LastUse:
    """When a command last touched a file, by a clock that does not step.

    The time of the file itself is compared with nothing but its earlier value: the clock that it was written by may
    have been set since.

    Args:
        path: the file; it counts as touched just now.
        read_steady: a clock in seconds that never steps. None is that of Python.
    """

    def __init__(self, path: Path, *, read_steady: Callable[[], float] | None = None) -> None:
        self._path = path
        self._read_steady = read_steady or time.monotonic
        self._touched = self._read_touched()
        self._noticed = self._read_steady()

    def seconds(self) -> float:
        """The seconds since the call that noticed the last touch; a deleted file was not touched."""
        touched = self._read_touched()
        if touched not in {None, self._touched}:
            self._touched = touched
            self._noticed = self._read_steady()
        return self._read_steady() - self._noticed

    def _read_touched(self) -> int | None:
        with suppress(OSError):
            return self._path.stat().st_mtime_ns
        return None


def idle_limit(paths: Folders) -> float | None:
    """The running service stops after this many idle minutes; None means never."""
    with suppress(OSError, ValueError):
        minutes = float(read_private(paths.idle_limit))
        return minutes if 0 < minutes < math.inf else None
    return None


def has_running_tasks(counts: dict[str, int]) -> bool:
    """Whether a task or start task is running; then the account is not idle."""
    return counts.get("running_tasks", 0) > 0
