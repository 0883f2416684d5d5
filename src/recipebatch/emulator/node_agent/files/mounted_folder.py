"""The folder of a mounted container on a node: what is in it, and what arrives in or leaves it. Blocking."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent.files.directories import remove_tree, safe_join
from recipebatch.emulator.node_agent.files.mount_changes import FOLDER, FOUND, FileMark, Synced
from recipebatch.vocabulary.blob_names import unfit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_UNSETTLED_NANOSECONDS = 50_000_000
"""A file that was written so shortly before may be written again with the same times."""

_WRITABLE_MODE = 0o777
_READ_FILE_MODE = 0o444
_READ_FOLDER_MODE = 0o555


class MountedFolder:
    """The folder. Names are relative to it; those of folders end with a slash.

    Args:
        path: of the folder.
        writable: whether tasks may write in it; decides the permissions of files and folders.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        self._path = path
        self._writable = writable

    def create(self, *, empty: bool) -> None:
        """Create the folder if it is missing; `empty`: remove what is in it."""
        if empty:
            remove_tree(self._path)
        if not self._path.exists():
            self._path.mkdir(parents=True)
            self._path.chmod(_WRITABLE_MODE if self._writable else _READ_FOLDER_MODE)

    def files(self, known: Mapping[str, Synced]) -> tuple[dict[str, FileMark], dict[str, str]]:
        """The files and empty folders, and what no container can hold with the reasons.

        Args:
            known: a folder that is marked in it counts although it is not empty.
        """
        files: dict[str, FileMark] = {}
        refused: dict[str, str] = {}
        waiting = [""]
        while waiting:
            prefix = waiting.pop()
            try:
                with os.scandir(self._path / prefix) as entries:
                    listed = list(entries)
            except OSError as error:
                if not prefix:
                    raise
                refused[prefix.rstrip("/")] = f"cannot be read: {error.strerror}"
                continue
            marked = known.get(prefix)
            if prefix and (not listed or (marked is not None and marked.digest == FOUND)):
                files[prefix] = FOLDER
            for entry in listed:
                name = f"{prefix}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{name}/")
                elif (why := _refusal(entry, name)) is not None:
                    refused[name] = why
                else:
                    with suppress(FileNotFoundError):
                        files[name] = _mark(entry.stat(follow_symlinks=False))
        return files, refused

    def path(self, name: str) -> str:
        """The path of a file."""
        return str(self._path / name)

    def mark(self, name: str) -> FileMark | None:
        """The mark of a file or folder; None if it is not there."""
        try:
            return _mark((self._path / name).lstat())
        except (FileNotFoundError, NotADirectoryError):
            return None

    def digest(self, name: str) -> str:
        """The digest of a file's content. Raises: OSError."""
        return digest_of(self._path / name)

    def place(self, name: str, before: FileMark | None, content: Path) -> FileMark | None:
        """Move a downloaded file to its name; None if a task has written there since its mark was `before`.

        Raises:
            PathLeavesDirectoryError: the name leads out of the folder.
            OSError: it cannot be moved.
        """
        # A name such as `.` would mean the folder itself, and a link may have taken the place of a folder.
        path = safe_join(self._path, name if name.strip("./") else "..")
        if self.mark(name) != before:
            return None
        self._make_folders(path.parent)
        content.chmod(_WRITABLE_MODE if self._writable else _READ_FILE_MODE)
        content.replace(path)
        return self.mark(name)

    def make_folder(self, name: str) -> None:
        """Create a folder. Raises: PathLeavesDirectoryError, OSError."""
        self._make_folders(safe_join(self._path, name))

    def delete(self, name: str, before: FileMark | None, known: Mapping[str, Synced]) -> None:
        """Delete a file, unless a task has written to it since its mark was `before`, or an empty folder.

        A container has no folders: one is gone with its last file, unless it is marked.
        """
        path = self._path / name
        if name.endswith("/"):
            with suppress(OSError):
                path.rmdir()
            return
        if self.mark(name) != before:
            return
        path.unlink(missing_ok=True)
        folder = path.parent
        with suppress(OSError):
            while folder != self._path and f"{folder.relative_to(self._path)}/" not in known:
                folder.rmdir()
                folder = folder.parent

    def unlock(self) -> None:
        """Let files be written in a folder that tasks may not write in."""
        self._set_modes(_WRITABLE_MODE)

    def lock(self) -> None:
        """Let no file be written in it again."""
        self._set_modes(_READ_FOLDER_MODE)

    def _set_modes(self, mode: int) -> None:
        for folder, _, _ in os.walk(self._path):
            os.chmod(folder, mode)  # noqa: PTH101  a text of os.walk

    def _make_folders(self, folder: Path) -> None:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(exist_ok=True)
            each.chmod(_WRITABLE_MODE)


def digest_of(path: Path) -> str:
    """The digest of a file's content. Raises: OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def settled(mark: FileMark | None) -> FileMark:
    """The mark to remember: one that no file has if a write just now could leave the times as they are."""
    if mark is None or mark.modified > time.time_ns() - _UNSETTLED_NANOSECONDS:
        return FOLDER
    return mark


def _refusal(entry: os.DirEntry[str], name: str) -> str | None:
    """Why no blob can be made of it; None if one can."""
    if entry.is_symlink():
        return "is a link, which a blob cannot be"
    if not entry.is_file(follow_symlinks=False):
        return "is neither a file nor a folder"
    return unfit(name)


def _mark(status: os.stat_result) -> FileMark:
    if stat.S_ISDIR(status.st_mode):
        return FOLDER
    return FileMark(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
