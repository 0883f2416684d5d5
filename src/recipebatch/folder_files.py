"""Files below a folder, reached without following a link: what a link points to is neither read nor written.

The folder itself may be a link, as the user chose it. Each part below it is opened from the one before, so a directory
that is replaced by a link in between changes nothing. A file is written under a new, unpredictable name, then renamed.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class NotOwnFileError(OSError):
    """A path has a link, `..`, or something other than a directory or a regular file in it; the message says which."""


class FileTooLargeError(OSError):
    """A file has more bytes than its reader takes."""


class OpenDirectory:
    """A directory that is open; close it, or use it in `with`. Names are those of its entries, without `/`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it; what was opened in it stays open."""
        os.close(self._descriptor)

    def names(self) -> list[str]:
        """The names in it, in any order."""
        return os.listdir(self._descriptor)  # noqa: PTH208  # a descriptor, not a path

    def directory(self, name: str, *, create: bool = False) -> OpenDirectory:
        """Open a directory in it.

        Raises:
            NotOwnFileError: it is a link or a file.
            OSError: it does not exist, or cannot be opened or created.
        """
        _check_name(name)
        if create:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=self._descriptor)
        try:
            return OpenDirectory(os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=self._descriptor))
        except OSError as error:
            raise self._explained(name, error, stat.S_ISDIR) from None

    def existing_file(self, name: str, flags: int = os.O_RDONLY) -> int:
        """A descriptor of a regular file in it; a FIFO or a device is never waited for.

        Args:
            name: of the file.
            flags: `os.O_RDWR` to also write.

        Raises:
            NotOwnFileError: it is a link, or no regular file.
            OSError: it does not exist or cannot be opened.
        """
        _check_name(name)
        try:
            descriptor = os.open(
                name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, dir_fd=self._descriptor
            )
        except OSError as error:
            raise self._explained(name, error, stat.S_ISREG) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NotOwnFileError(f"{name!a} is not a regular file")
        return descriptor

    def new_file(self, name: str, mode: int = 0o666) -> int:
        """A descriptor of a file that did not exist before, for reading and writing.

        Raises:
            OSError: the name is taken, or the file cannot be created.
        """
        _check_name(name)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, mode, dir_fd=self._descriptor)

    def rename(self, old: str, new: str) -> None:
        """Give a file in it another name there; what has that name already, a link too, is replaced.

        Raises:
            OSError: the new name is a directory, or the disk does not take it.
        """
        _check_name(old)
        _check_name(new)
        os.rename(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def remove(self, name: str) -> None:
        """Delete a file or a link in it; no error if there is none or it cannot be deleted."""
        _check_name(name)
        with suppress(OSError):
            os.unlink(name, dir_fd=self._descriptor)

    def remove_directory(self, name: str) -> None:
        """Delete an empty directory in it; no error if there is none or it cannot be deleted."""
        _check_name(name)
        with suppress(OSError):
            os.rmdir(name, dir_fd=self._descriptor)

    def status(self, name: str) -> os.stat_result | None:
        """What `lstat` says of a name in it, or None."""
        _check_name(name)
        try:
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes, mode: int = 0o666) -> None:
        """Write a file, whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        temporary = f".{secrets.token_hex(12)}.part"
        with os.fdopen(self.new_file(temporary, mode), "wb") as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                self.rename(temporary, name)
            except BaseException:
                self.remove(temporary)
                raise

    def read(self, name: str, *, max_bytes: int) -> bytes:
        """The content of a regular file.

        Raises:
            NotOwnFileError: it is a link, or no regular file.
            FileTooLargeError: it has more than `max_bytes`.
            OSError: it does not exist or cannot be read.
        """
        with self.reader(name) as file:
            content = file.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise FileTooLargeError(f"{name!a} has more than {max_bytes:,} bytes")
        return content

    def reader(self, name: str) -> BinaryIO:
        """A regular file, open for reading; errors as `existing_file`."""
        return os.fdopen(self.existing_file(name), "rb")

    def _explained(self, name: str, error: OSError, wanted: object) -> OSError:
        try:
            found = self.status(name)
        except OSError:
            return error
        if found is not None and stat.S_ISLNK(found.st_mode):
            return NotOwnFileError(f"{name!a} is a link")
        if found is not None and wanted is stat.S_ISDIR and not stat.S_ISDIR(found.st_mode):
            return NotOwnFileError(f"{name!a} is not a directory")
        return error


def open_folder(folder: Path, relative: str = "", *, create: bool = False) -> OpenDirectory:
    """Open a folder, or one below it; close it after use.

    Args:
        folder: may be, or be reached by, a link.
        relative: parts with `/` between them, none of which may be a link or `..`.
        create: create what is missing.

    Raises:
        NotOwnFileError: a part below the folder is a link, `..`, or no directory.
        OSError: it does not exist, or cannot be opened or created.
    """
    if create:
        folder.mkdir(parents=True, exist_ok=True)
    opened = OpenDirectory(os.open(folder, _DIRECTORY))
    for part in _parts(relative):
        with opened:
            deeper = opened.directory(part, create=create)
        opened = deeper
    return opened


@contextmanager
def parent_directory(folder: Path, relative: str, *, create: bool = False) -> Iterator[tuple[OpenDirectory, str]]:
    """The open directory of a file below a folder, and the file's name in it; errors as `open_folder`."""
    *above, name = _parts(relative) or [""]
    _check_name(name)
    with open_folder(folder, "/".join(above), create=create) as directory:
        yield directory, name


def replaceable(path: Path) -> Path:
    """The path of a file that may be replaced, with its links followed: they stay, and no device is replaced.

    Raises:
        OSError: what is there is no regular file.
    """
    real = Path(os.path.realpath(path))
    if real.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if real.exists() and not real.is_file():
        raise OSError(errno.EINVAL, "it is no regular file")
    return real


def write_below(folder: Path, relative: str, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file below a folder, whole or not at all; missing folders are created, a link with its name is replaced.

    Raises:
        NotOwnFileError: a directory on the way is a link, `..`, or a file.
        OSError: it cannot be written.
    """
    with parent_directory(folder, relative, create=True) as (directory, name):
        directory.write(name, content, mode)


def read_below(folder: Path, relative: str, *, max_bytes: int) -> bytes:
    """The content of a file below a folder.

    Raises:
        NotOwnFileError: a part of the path is a link or `..`, or the last one no regular file.
        FileTooLargeError: it has more than `max_bytes`.
        OSError: it does not exist or cannot be read.
    """
    with parent_directory(folder, relative) as (directory, name):
        return directory.read(name, max_bytes=max_bytes)


def _parts(relative: str) -> list[str]:
    if relative.startswith("/"):
        raise NotOwnFileError(f"{relative!a} is an absolute path")
    return [part for part in relative.split("/") if part not in {"", "."}]


def _check_name(name: str) -> None:
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise NotOwnFileError(f"{name!a} is not a file name")
