"""Processes that are not our children: whether one still is the one that was recorded, and its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LOOK_AGAIN = 0.02
"""Seconds; a parent waits for its children, others can only look."""


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process, not to be mistaken for a later one with the same number.

    Attributes:
        started: when it started, in the system's own notation; only good for comparing.
    """

    pid: int
    started: str


def mark_of(pid: int) -> ProcessMark | None:
    """The mark of a process, or None if there is no such process or it has ended and only waits for its parent."""
    started = _started_on_linux(pid) if sys.platform == "linux" else _started_by_ps(pid)
    return ProcessMark(pid, started) if started else None


def is_running(mark: ProcessMark) -> bool:
    """Whether it is the marked process that runs under this number."""
    return mark_of(mark.pid) == mark


def end(mark: ProcessMark, *, patience: float) -> bool:
    """Ask the process to end and kill it after `patience` seconds; returns when it is gone, True if it was killed."""
    for sign, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10.0)):
        if is_running(mark):
            with suppress(ProcessLookupError):
                os.kill(mark.pid, sign)
        if gone(mark, patience=seconds):
            return sign is signal.SIGKILL
    return True


def gone(mark: ProcessMark, *, patience: float) -> bool:
    """Wait up to `patience` seconds for the process to end; whether it has."""
    deadline = time.monotonic() + patience
    while is_running(mark):
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_AGAIN)
    return True


def _started_on_linux(pid: int) -> str | None:
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    # The second field is the program's name in parentheses and may contain anything; proc(5) counts state as field 3
    # and the start, in ticks since boot, as field 22.
    fields = line.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else f"{fields[19]}@{boot}"


def _started_by_ps(pid: int) -> str | None:
    command = ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env={"LC_ALL": "C"})
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()
