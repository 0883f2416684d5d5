"""A search for keys and signatures through everything that the tests wrote, printed or started.

Keys of this run are known by their form: account keys are 64 bytes in base64; a SAS has a signature. They may stand in
files that only their owner can read, where the services and `accounts.yaml` keep them, and nowhere else.
"""

from __future__ import annotations

import re
import stat
import threading
from typing import TYPE_CHECKING

from processes import command_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = re.compile(rb"(?<![A-Za-z0-9+/-])[A-Za-z0-9+/]{86}==|sig=[A-Za-z0-9%+/]{30,}")
_KEEPERS = re.compile(r"(key|batch\.key|storage\.key|accounts\.yaml|state\.sqlite\d*(-wal|-shm|-journal)?)\Z")
_INSTALLED = frozenset({"node_modules", "site-packages"})
_SAMPLE_SECONDS = 0.25


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


def _files(root: Path) -> Iterator[Path]:
    for path in root.iterdir():
        if path.is_symlink() or path.name in _INSTALLED:
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def _around(found: re.Match[bytes]) -> str:
    return found.string[max(0, found.start() - 80) : found.start() + 12].decode("utf-8", "replace") + "…"


class ProcessWatch:
    """Looks at the command lines of this machine again and again, from `start` to `stop`."""

    def __init__(self) -> None:
        self.leaks: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="process watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self.leaks |= {line for line in command_lines().splitlines() if leak_in(line) is not None}
