"""Identifies, checks and ends processes that are not children of this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.02
"""Polling interval in seconds; only a parent process can wait without polling."""

_KILL_SECONDS = 5.0
"""Seconds that a killed process may take to end; one that waits for a broken disk does not end."""


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """Identifies a process; another process that reuses the process id has a different identity.

    Attributes:
        started: its start time in a system-specific form, for comparison only. It does not depend on the clock.
            psutil's does: after the clock was set, a running service would look dead to other processes.
    """

    pid: int
    started: str


def identity_of(pid: int) -> ProcessIdentity | None:
    """The identity of a process, or None if there is no such process or it is a zombie."""
    started = _started_on_linux(pid) if sys.platform == "linux" else _started_by_ps(pid)
    return ProcessIdentity(pid, started) if started else None


def is_running(process: ProcessIdentity) -> bool:
    """Whether exactly this process is running."""
    return identity_of(process.pid) == process


def terminate(process: ProcessIdentity, *, timeout: float) -> bool:
    """Send SIGTERM, and SIGKILL after `timeout` seconds; waits until it has exited; True if it was killed.

    A process that was stopped (SIGSTOP) is continued, so that it can end by itself.
    """
    for numbers, seconds in (((signal.SIGTERM, signal.SIGCONT), timeout), ((signal.SIGKILL,), _KILL_SECONDS)):
        for number in numbers:
            send_signal(process, number)
        if wait_until_ended(process, timeout=seconds):
            return signal.SIGKILL in numbers
    return True


def send_signal(process: ProcessIdentity, number: signal.Signals) -> None:
    """Send a signal to exactly this process; no error if it has ended."""
    if is_running(process):
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


def wait_until_ended(process: ProcessIdentity, *, timeout: float) -> bool:
    """Wait up to `timeout` seconds for the process to exit; True if it has."""
    deadline = time.monotonic() + timeout
    while is_running(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def command_line_of(process: ProcessIdentity) -> tuple[str, ...]:
    """The program and the arguments of a running process; empty if they cannot be read."""
    return _command_on_linux(process.pid) if sys.platform == "linux" else _command_by_psutil(process.pid)


def _command_on_linux(pid: int) -> tuple[str, ...]:
    try:
        content = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(part.decode("utf-8", "surrogateescape") for part in content.split(b"\0"))


def _command_by_psutil(pid: int) -> tuple[str, ...]:
    # Not `ps`, which does not show where an argument with blanks begins and ends.
    try:
        import psutil
    except ImportError:  # part of the emulator's libraries; without them no service was started
        return ()
    try:
        return tuple(psutil.Process(pid).cmdline())
    except (psutil.Error, OSError):
        return ()


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
    state, _, started = _ps("stat=,lstart=", pid).partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def _ps(columns: str, pid: int) -> str:
    command = ["/bin/ps", "-ww", "-o", columns, "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env={"LC_ALL": "C"})
    return answer.stdout.strip()
