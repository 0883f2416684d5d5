"""What the system shows of processes that a test knows: their command lines, their environment."""

from __future__ import annotations

from contextlib import suppress

import psutil


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
