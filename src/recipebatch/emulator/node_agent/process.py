"""The process of a task: started without a shell, in its own process group, which is killed at its end."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent.files import open_output
from recipebatch.emulator.node_agent.task_processes import PROCESSES
from recipebatch.emulator.node_agent.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

GRACE_SECONDS = 2.0
"""Seconds between SIGTERM and SIGKILL when a task is ended."""

_REAP_SECONDS = 5.0
"""Seconds that a process may take to end after SIGKILL; one that waits for a broken disk or network does not end."""

_LOG = logging.getLogger(__name__)
_HAS_PIDFD = hasattr(os, "pidfd_open")


@dataclass(frozen=True, slots=True)
class ProcessEnd:
    """How a process ended.

    Attributes:
        exit_code: that of the process, or 128 + n if signal n ended it.
        out_of_time: it was killed because the deadline passed.
    """

    exit_code: int
    out_of_time: bool


def split_command_line(command_line: str) -> list[str]:
    """Program and arguments by the quoting rules of POSIX; `$`, `&&`, `>` and `*` are ordinary characters.

    Raises:
        ValueError: a quotation is not closed, or the command line is empty.
    """
    arguments = shlex.split(command_line)
    if not arguments:
        raise ValueError("the command line is empty")
    return arguments


def start(
    arguments: Sequence[str], *, environment: Mapping[str, str], directory: Path, working: Path, append: bool = False
) -> subprocess.Popen[bytes]:
    """Start a program found on the PATH of `environment`, with stdout.txt and stderr.txt in `directory`.

    Args:
        append: append to the two files.

    Raises:
        FileNotFoundError: there is no such program.
        OSError: it cannot be started, or the two files cannot be created.
        ValueError: an argument or variable contains a NUL.
    """
    out = open_output(directory / "stdout.txt", append=append)
    try:
        err = open_output(directory / "stderr.txt", append=append)
        try:
            process = subprocess.Popen(
                arguments,
                env=environment,
                cwd=working,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            PROCESSES.add(process.pid, directory)
            return process
        finally:
            os.close(err)
    finally:
        os.close(out)


async def finish(process: subprocess.Popen[bytes], directory: Path, *, deadline: float | None) -> ProcessEnd:
    """Wait for the end of a process that `start` started, then kill what it left: its process group, and others.

    Args:
        process: the result of `start`.
        directory: that of its task.
        deadline: by the clock of the event loop; then the group is ended. None is never.

    Raises:
        CancelledError: the caller was cancelled; the whole group has ended.
    """
    out_of_time = False
    try:
        try:
            async with asyncio.timeout_at(deadline):
                await ended(process)
        except TimeoutError:
            out_of_time = True
            await _terminate_group(process)
    except asyncio.CancelledError:
        await _terminate_group(process)
        raise
    finally:
        # Before the leader is reaped: until then its id, and so the group's, cannot be given to another process.
        signal_group(process.pid, signal.SIGKILL)
        await reap(process)
        await PROCESSES.end_of(directory)
    code = -signal.SIGKILL if process.returncode is None else process.returncode
    return ProcessEnd(exit_code=code if code >= 0 else 128 - code, out_of_time=out_of_time)


async def reap(process: subprocess.Popen[bytes]) -> None:
    """Take the exit code of a killed child. One that hangs in the kernel is left to the exit of the program."""
    try:
        if process.poll() is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_REAP_SECONDS):
                    await ended(process)
        if process.poll() is None:
            _LOG.warning("process %d does not end although it was killed", process.pid)
    finally:
        # Only now: another task's end reaps what is no leader of a task, and its exit code would be lost.
        PROCESSES.remove(process.pid)


async def _terminate_group(leader: subprocess.Popen[bytes]) -> None:
    signal_group(leader.pid, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE_SECONDS):
            await ended(leader)


async def ended(process: subprocess.Popen[bytes]) -> None:
    """Wait until a child has ended, without reaping it on a system that has `pidfd_open`."""
    if not _HAS_PIDFD:
        await in_thread(process.wait)
        return
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    descriptor = os.pidfd_open(process.pid)
    try:
        loop.add_reader(descriptor, _set_done, done)
        await done
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _set_done(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to a process group; no error if the group has ended."""
    with suppress(ProcessLookupError, PermissionError):  # macOS raises the latter for a group of zombies
        os.killpg(leader, number)
