"""A search for keys and signatures through everything that the tests wrote, printed or started.

Keys of this run are known by their form: account keys are 64 bytes in base64; a SAS has a signature. They may stand in
files that only their owner can read, where the services and `accounts.yaml` keep them, and nowhere else.
"""

from __future__ import annotations

import re
import secrets
import stat
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = re.compile(rb"(?<![A-Za-z0-9+/-])[A-Za-z0-9+/]{86}==|sig=[A-Za-z0-9%+/]{30,}")
_KEEPERS = re.compile(r"(key|batch\.key|storage\.key|accounts\.yaml|state\.sqlite\d*(-wal|-shm|-journal)?)\Z")
_INSTALLED = frozenset({"node_modules", "site-packages"})
_SAMPLE_SECONDS = 0.25
_MARK = "SECRET_SEARCH"
NOT_WATCHED = {_MARK: "nobody"}
"""The environment of processes that show invented secrets on purpose, and of all that they start."""


def leaks_below(root: Path) -> Iterator[str]:
    """The files that hold a key or a signature and should not, or that others can read."""
    for path in _files(root):
        try:
            found = SECRET.search(path.read_bytes())
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue
        if found is None:
            continue
        if _KEEPERS.match(path.name) is None:
            yield f"{path} holds a secret: {_around(found)}"
        elif mode & 0o077:
            yield f"{path} holds secrets and has the mode {mode:o}"


def leak_in(text: str) -> str | None:
    """Where a text holds a secret, or None."""
    found = SECRET.search(text.encode("utf-8", "surrogateescape"))
    return None if found is None else _around(found)


def redacted(text: str) -> str:
    """The text with `***` in place of its secrets."""
    return SECRET.sub(b"***", text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def _files(root: Path) -> Iterator[Path]:
    paths: list[Path] = []
    with suppress(FileNotFoundError):
        paths.extend(root.iterdir())
    for path in paths:
        if path.is_symlink() or path.name in _INSTALLED:
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def _around(found: re.Match[bytes]) -> str:
    return found.string[max(0, found.start() - 80) : found.start() + 12].decode("utf-8", "replace") + "…"


class ProcessWatch:
    """Looks at the command lines of the processes that this one starts, again and again, from `start` to `stop`.

    A process belongs to the watch that its environment names: so one is found that detached before anybody saw it. A
    process whose environment names none belongs to the watch of its parent, and still does when the parent has ended.

    Attributes:
        mark: for the environment of the processes to watch.
        leaks: the command lines with a secret, cut where it begins.
        watched: the processes that the last look found.
    """

    def __init__(self) -> None:
        self.mark = {_MARK: secrets.token_hex(8)}
        self.leaks: set[str] = set()
        self.watched: set[psutil.Process] = set()
        self._root = psutil.Process()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_again, name="process watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Look a last time and end; again is no error."""
        self._over.set()
        self._thread.join()

    def look(self) -> None:
        """Look once."""
        alive = set()
        # Parents come before their children, or a moment later; the next look finds the others.
        for pid in psutil.pids():
            with suppress(psutil.Error):
                process = psutil.Process(pid)
                alive.add(process)
                self._look_at(process)
        self.watched &= alive

    def _look_again(self) -> None:
        over = False
        while not over:
            over = self._over.wait(_SAMPLE_SECONDS)
            self.look()

    def _look_at(self, process: psutil.Process) -> None:
        line = ""
        with suppress(psutil.Error):
            line = " ".join(process.cmdline())
        if not line:  # of the kernel, ended, or somebody else's
            return
        # After the command line: a process that becomes another program in between must not lend it its old mark.
        environment = _environment(process)
        if not self._is_watched(process, environment.get(_MARK)):
            self.watched.discard(process)
            return
        self.watched.add(process)
        if (leak := leak_in(line)) is not None:
            test = environment.get("PYTEST_CURRENT_TEST")
            self.leaks.add(leak if test is None else f"{leak} (started during {test})")

    def _is_watched(self, process: psutil.Process, mark: str | None) -> bool:
        if mark is not None:
            return mark == self.mark[_MARK]
        if process in self.watched:
            return True
        parent = process.parent()
        return parent is not None and (parent == self._root or parent in self.watched)


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:  # it has ended, or belongs to somebody else
        return {}
