"""Ends the processes that tasks have left running: after a killed emulator, and when a node goes away.

A process belongs to a node when its environment names a task directory below the node's root. So even one that has
left its task's process group is found. This needs /proc; a system without it, macOS for example, finds none.
"""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from pathlib import Path

_PROCESSES = Path("/proc")
_VARIABLE = b"AZ_BATCH_TASK_DIR="
_ROUNDS = 10
_SECONDS_TO_DIE = 2.0


def kill_left_overs(root: Path) -> int:
    """Kill every process of a task below that directory: a task's, a node's or that of all nodes.

    Waits until they are gone, a few seconds at most.

    Returns:
        How many were killed.
    """
    killed: set[int] = set()
    # A process may start another while it is looked for: until a round finds none.
    for _ in range(_ROUNDS):
        found = _processes_below(root)
        if not found:
            break
        for process in found:
            _kill(process)
        killed.update(found)
    return len(killed)


def _processes_below(root: Path) -> list[int]:
    inside = os.fsencode(root)
    return [
        int(entry.name)
        for entry in _PROCESSES.glob("[0-9]*")
        if (directory := _task_directory_of(entry)) is not None
        and (directory == inside or directory.startswith(inside + b"/"))
        and int(entry.name) != os.getpid()
    ]


def _task_directory_of(process: Path) -> bytes | None:
    try:
        environment = (process / "environ").read_bytes()
    except OSError:  # it has ended, or belongs to somebody else
        return None
    return next((s.removeprefix(_VARIABLE) for s in environment.split(b"\0") if s.startswith(_VARIABLE)), None)


def _kill(process: int) -> None:
    with suppress(OSError):
        descriptor = os.pidfd_open(process)
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            # Until it has let go of its environment, the next round would find it again.
            select.select([descriptor], [], [], _SECONDS_TO_DIE)
        finally:
            os.close(descriptor)
