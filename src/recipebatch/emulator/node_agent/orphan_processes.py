"""Finds the processes of tasks by their environment, and kills those that were left running.

A process belongs to a node if its environment names a task directory below the node's root; this also finds processes
that left their task's process group.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

_VARIABLE = "AZ_BATCH_TASK_DIR"
_TIMEOUT_SECONDS = 10.0
_POLL_SECONDS = 0.02


def kill_orphan_processes(root: Path) -> int:
    """Kill every process whose task directory is `root` or below it, and wait until all have ended, 10 s at most.

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


def task_directory_of(pid: int) -> Path | None:
    """The directory of the task that started a process; None if its environment does not name it or is not readable."""
    return _directory_on_linux(pid) if sys.platform == "linux" else _directory_elsewhere(pid)


def _directory_elsewhere(pid: int) -> Path | None:
    try:
        directory = psutil.Process(pid).environ().get(_VARIABLE)
    except (psutil.Error, OSError):  # it has ended, or belongs to another user
        return None
    return None if directory is None else Path(directory)


def _directory_on_linux(pid: int) -> Path | None:
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    prefix = f"{_VARIABLE}=".encode()
    directory = next((each[len(prefix) :] for each in variables if each.startswith(prefix)), None)
    return None if directory is None else Path(os.fsdecode(directory))


def _processes_below(root: Path) -> list[psutil.Process]:
    found = []
    for pid in psutil.pids():
        directory = task_directory_of(pid) if pid != os.getpid() else None
        if directory is not None and directory.is_relative_to(root):
            # It notes the start time, so that `kill` cannot hit another process that gets the same id.
            with suppress(psutil.Error):
                process = psutil.Process(pid)
                if process.status() != psutil.STATUS_ZOMBIE and task_directory_of(pid) == directory:
                    found.append(process)
    return found
