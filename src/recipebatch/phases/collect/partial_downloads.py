"""Files on their way: downloads under a name of their own, taken up again where a killed command left them.

The name cannot be predicted, and a file is opened without following a link: what others put into the folder, a link or
a hard link to a file elsewhere, is not written to.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Self

from recipebatch.runs import is_alive

if TYPE_CHECKING:
    from recipebatch.folder_files import OpenDirectory

_SHAPE = re.compile(
    r"\.(?P<target>[0-9a-f]{16})-(?P<content>[0-9a-f]{16})\.(?P<process>[0-9]{1,9})(\.[0-9a-f]{16})?\.part"
)

_in_use: set[str] = set()
"""The names of this process's downloads under way."""


class PartialDownload:
    """One file on its way, open to read and write; after `with` it is closed and, unless kept or moved, deleted."""

    def __init__(self, directory: OpenDirectory, name: str, descriptor: int) -> None:
        self._directory = directory
        self._name: str | None = name
        self._first_name = name
        _in_use.add(name)
        self.file: BinaryIO = os.fdopen(descriptor, "rb+")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        if self._name is not None:
            self._directory.remove(self._name)
        _in_use.discard(self._first_name)

    def keep(self) -> None:
        """Leave it for the next attempt."""
        self._name = None

    def move_to(self, name: str) -> None:
        """Give the complete file its final name; what has it, a link too, is replaced.

        Raises:
            OSError: the disk is full, or the name is a directory.
        """
        self.file.flush()
        if self._name is not None:
            self._directory.rename(self._name, name)
        self._name = None


class PartialDownloads:
    """What earlier commands left in the directories of one folder; each directory is listed once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: dict[str, dict[str, list[str]]] = {}

    def claim(self, directory: OpenDirectory, place: str, name: str, etag: str | None) -> PartialDownload:
        """Where to download a file to; what is there already is its start.

        Args:
            directory: where the file will be.
            place: what tells that directory from others.
            name: the final name, to which `.<name>-<content>.<process id>.<random>.part` belongs, as short for a long
                name as for a short one.
            etag: identifies the content of the blob; None if nothing does, which starts over.

        Raises:
            OSError: no file can be created there.
        """
        content = _digest(etag or "")
        begun: int | None = None
        mine = f".{_digest(name)}-{content}.{os.getpid()}.{secrets.token_hex(8)}.part"
        for left in self._take(directory, place, _digest(name)):
            shape = _SHAPE.fullmatch(left)
            if shape is None or _is_in_use(left, int(shape["process"])):
                continue
            if begun is None and etag is not None and shape["content"] == content:
                begun = _taken_up(directory, left, mine)
            directory.remove(left)  # no error if it has the new name now
        return PartialDownload(directory, mine, directory.new_file(mine) if begun is None else begun)

    def _take(self, directory: OpenDirectory, place: str, digest: str) -> list[str]:
        with self._lock:
            if place not in self._left:
                found: dict[str, list[str]] = {}
                for name in directory.names():
                    if shape := _SHAPE.fullmatch(name):
                        found.setdefault(shape["target"], []).append(name)
                self._left[place] = found
            return self._left[place].pop(digest, [])


def _is_in_use(name: str, process: int) -> bool:
    return name in _in_use if process == os.getpid() else is_alive(process)


def _taken_up(directory: OpenDirectory, left: str, mine: str) -> int | None:
    """A descriptor of what was left, under its new name; None if it is not a plain file of this user."""
    try:
        descriptor = directory.existing_file(left, os.O_RDWR)
    except OSError:
        return None
    status = os.fstat(descriptor)
    try:
        # Another name of the file would be one of the user's elsewhere.
        if status.st_nlink == 1 and status.st_uid == os.geteuid():
            directory.rename(left, mine)
            return descriptor
    except OSError:  # another command claimed it in the same moment
        pass
    os.close(descriptor)
    return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
