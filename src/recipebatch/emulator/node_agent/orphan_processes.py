"""Kills the processes that tasks left running: after a killed emulator, and when a multi-instance task ends.

A process belongs to a node if its environment names a task directory below the node's root; this also finds processes
that left their task's process group.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import psutil

_VARIABLE = "AZ_BATCH_TASK_DIR"
_TIMEOUT_SECONDS = 20.0
_POLL_SECONDS = 0.02


def kill_orphan_processes(root: Path) -> int:
    """Kill every process whose task directory is `root` or below it, and wait until all have ended, 20 s at most.

    Returns:
        The number of processes killed.
    """
    killed: set[int] = set()
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    # Repeat until none is found: a process may start another one before it is killed. psutil's own wait
    # would take the exit code of a child from the thread that waits for it.
    while (found := _processes_below(root)) and time.monotonic() < deadline:
        for process in found:
            with suppress(psutil.Error):
                process.kill()
            killed.add(process.pid)
        time.sleep(_POLL_SECONDS)
    return len(killed)


def _processes_below(root: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and _is_below(process, root)]


def _is_below(process: psutil.Process, root: Path) -> bool:
    try:
        directory = process.environ().get(_VARIABLE)
    except (psutil.Error, OSError):  # it has ended, or belongs to another user
        return False
    return directory is not None and Path(directory).is_relative_to(root)
