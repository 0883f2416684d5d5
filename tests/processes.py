"""What the system shows of processes that a test knows: their command lines, their environment."""

from __future__ import annotations

import resource
from contextlib import suppress
from pathlib import Path

import psutil

FOLDER = str(Path(__file__).parent)
"""What a child of a test needs in PYTHONPATH to import this file."""


def peak_memory_mib() -> float:
    """The most memory that this program had; what `getrusage` says on Linux may be that of the program's parent."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text(encoding="ascii", errors="replace").partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def command_lines(*pids: int) -> str:
    """The command lines of these processes and of all below them, one a line."""
    lines = []
    for pid in pids:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                lines.append(" ".join(each.cmdline()))
    return "\n".join(lines)


def environment_of(pid: int) -> str:
    """The environment that a process was started with."""
    return "\n".join(f"{name}={value}" for name, value in psutil.Process(pid).environ().items())
