"""The processes that tasks started: those that left their task's process group end with the task too.

A process that forks twice and begins a session of its own is no longer in the group of its task, and its parent has
ended. On Linux a service that calls `adopt_orphans` becomes the parent of such processes (a child subreaper), so it
finds all of them. They belong to the task that their environment names; without that variable, to one of the tasks that
were running when they were first seen, and they end with the last of these. Elsewhere, only the environment shows them.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.emulator.node_agent.orphan_processes import kill_orphan_processes, task_directory_of
from recipebatch.emulator.node_agent.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

_PR_SET_CHILD_SUBREAPER = 36
_ENGINE_PROGRAMS = frozenset({"podman", "conmon", "catatonit", "pasta", "slirp4netns", "fuse-overlayfs"})
_END_SECONDS = 3.0
_POLL_SECONDS = 0.02


class _Orphan(NamedTuple):
    pid: int
    parent: int
    session: int
    is_zombie: bool
    started: str


class TaskProcesses:
    """The processes of all tasks of this program; used on the thread of the event loop only."""

    def __init__(self) -> None:
        self._adopts = False
        self._leaders: dict[int, Path] = {}
        self._kept: set[Path] = set()
        self._unmarked: dict[tuple[int, str], set[Path]] = {}

    def adopt_orphans(self) -> None:
        """Become the parent of processes whose parents have ended, where the system can.

        For a program that runs nothing but an emulator: every child of this program in another session that is no
        task counts as a process that a task left.
        """
        if sys.platform == "linux":
            library = ctypes.CDLL(None, use_errno=True)
            self._adopts = library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0

    def add(self, leader: int, directory: Path) -> None:
        """Note the first process of a task, right after its start."""
        self._leaders[leader] = directory

    def remove(self, leader: int) -> None:
        """Forget a process that has been reaped."""
        self._leaders.pop(leader, None)

    def keep(self, directory: Path) -> None:
        """Let the processes that a start task detached run until `end_below`: they are services of the node."""
        self._kept.add(directory)

    async def end_of(self, directory: Path) -> None:
        """Kill what a task that has ended left running, 3 s at most; unless other processes of it go on."""
        if directory in self._kept or directory in self._leaders.values():
            return
        if not self._adopts:
            await in_thread(partial(kill_orphan_processes, directory))
            return
        for seen in self._unmarked.values():
            seen.discard(directory)
        await self._end_adopted()

    async def end_below(self, root: Path) -> None:
        """Kill the detached processes of all tasks of a node, or of all nodes."""
        self._kept = {directory for directory in self._kept if not directory.is_relative_to(root)}
        if self._adopts:
            for seen in self._unmarked.values():
                seen.difference_update([each for each in seen if each.is_relative_to(root)])
            await self._end_adopted()
        await in_thread(partial(kill_orphan_processes, root))

    def sweep(self) -> list[int]:
        """End processes whose tasks have ended; returns the ids of the others. Empty unless this program adopts."""
        if not self._adopts:
            return []
        self._kill([each for each in self._adopted() if self._has_no_task(each)])
        return [process.pid for process in self._with_descendants(self._children()) if not process.is_zombie]

    async def _end_adopted(self) -> None:
        deadline = time.monotonic() + _END_SECONDS
        # Repeat: a process may start another one before it is killed, and children of a killed one are adopted.
        while (ended := [each for each in self._adopted() if self._has_no_task(each)]) and time.monotonic() < deadline:
            self._kill(ended)
            await asyncio.sleep(_POLL_SECONDS)

    def _kill(self, processes: list[_Orphan]) -> None:
        for process in self._with_descendants(processes):
            # A child is not reaped yet, so its id belongs to no other process; one of its own was read just now.
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signal.SIGKILL)

    def _active(self) -> set[Path]:
        return {*self._leaders.values(), *self._kept}

    def _has_no_task(self, process: _Orphan) -> bool:
        marked = task_directory_of(process.pid)
        active = self._active()
        if marked is not None:
            return not any(marked == each or marked.is_relative_to(each) for each in active)
        if _is_of_container_engine(process.pid):
            return False
        key = (process.pid, process.started)
        seen = self._unmarked.setdefault(key, active)
        if not seen & active:
            del self._unmarked[key]
            return True
        return False

    def _adopted(self) -> list[_Orphan]:
        """The running children that are no tasks; those that have ended are reaped."""
        found = []
        for process in self._children():
            if process.pid in self._leaders:
                continue
            if process.is_zombie:
                with suppress(ChildProcessError):
                    os.waitpid(process.pid, os.WNOHANG)
                self._unmarked.pop((process.pid, process.started), None)
            else:
                found.append(process)
        return found

    @staticmethod
    def _children() -> list[_Orphan]:
        """The children of this program in other sessions: tasks, and what they left."""
        session = os.getsid(0)
        return [each for each in _children_of(os.getpid()) if each.session != session]

    @staticmethod
    def _with_descendants(processes: list[_Orphan]) -> list[_Orphan]:
        found = list(processes)
        for process in found:  # it grows
            found.extend(_children_of(process.pid))
        return found


def _children_of(pid: int) -> Iterator[_Orphan]:
    for thread in _listed(f"/proc/{pid}/task"):
        try:
            children = Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            process = _read(int(child))
            # The list may be outdated by a moment.
            if process is not None and process.parent == pid:
                yield process


def _is_of_container_engine(pid: int) -> bool:
    """Whether it is a process that podman keeps for all containers of the user; `end_container` ends the others."""
    try:
        program = Path(f"/proc/{pid}/exe")
        return program.readlink().name in _ENGINE_PROGRAMS and program.stat().st_uid == 0
    except OSError:
        return False


def _listed(directory: str) -> list[str]:
    try:
        return os.listdir(directory)  # noqa: PTH208  Path would make an object of each thread
    except OSError:
        return []


def _read(pid: int) -> _Orphan | None:
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # proc(5): after the name in parentheses come state, parent, group and session; the start time is field 22.
    fields = line.rpartition(")")[2].split()
    return _Orphan(pid, int(fields[1]), int(fields[3]), fields[0] in {"Z", "X"}, fields[19])


PROCESSES = TaskProcesses()
"""Those of this program: the parent of an orphan is the program, not one of its emulators."""
