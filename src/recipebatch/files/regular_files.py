"""Regular files, opened without following links and read up to a limit: a pipe, a device or a socket never blocks."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_LINKS = getattr(os, "O_NOFOLLOW_ANY", 0)
"""macOS refuses a link anywhere on the path."""
_ENTER = getattr(os, "O_PATH", 0) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0) | _NO_LINK
"""Linux enters a folder that may be passed through but not listed."""

# Links are followed before a file is opened: what is one still leads to itself, or was put there a moment ago.
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISLNK, "a circular link"),
)


class NotRegularFileError(OSError):
    """What has the name is no regular file; `strerror` says what it is."""

    code = "not-a-file"

    def __init__(self, mode: int, path: str) -> None:
        super().__init__(errno.EINVAL, f"it is {kind_of(mode)}, not a regular file", path)


class FileTooLargeError(OSError):
    """The file has more bytes than what may be read; `strerror` has the limit."""

    code = "file-too-large"

    def __init__(self, limit: int, path: str) -> None:
        super().__init__(errno.EFBIG, f"it has more than {limit:,} bytes", path)


def kind_of(mode: int) -> str:
    """What has a mode, in words: `a pipe`."""
    return next((kind for fits, kind in _KINDS if fits(mode)), "something else")


def open_regular(path: str) -> BinaryIO:
    """Open a regular file for reading.

    Args:
        path: without a link on it, as `os.path.realpath` gives it: a link that took the place of a part is an error.

    Raises:
        NotRegularFileError: it is no regular file.
        OSError: it cannot be opened, or a link is on the path now.
    """
    descriptor = _descriptor(path)
    try:
        _check_mode(os.fstat(descriptor).st_mode, path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: str, limit: int) -> bytes:
    """The content of a regular file; arguments and errors as `open_regular`.

    Raises:
        FileTooLargeError: it has more bytes than the limit.
    """
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > limit:
            raise FileTooLargeError(limit, path)
        # A file of the kernel has the size 0, whatever it holds.
        data = file.read(limit + 1)
    if len(data) > limit:
        raise FileTooLargeError(limit, path)
    return data


def regular_size(path: str) -> int:
    """Bytes of a regular file that this user can read, links followed.

    Raises:
        NotRegularFileError, OSError: it is none, there is none, or it cannot be read.
    """
    found = Path(path).stat()
    _check_mode(found.st_mode, path)
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    return found.st_size


def _descriptor(path: str) -> int:
    """Opened only once it is known to be a regular file: opening a device can already have an effect."""
    if _NO_LINKS or os.open not in os.supports_dir_fd:
        _check_mode(os.lstat(path).st_mode, path)
        return os.open(path, _READ | _NO_LINK | _NO_LINKS)
    folder, _, name = path.rpartition("/")
    parent = os.open("/", _ENTER)
    try:
        for part in filter(None, folder.split("/")):
            inner = os.open(part, _ENTER, dir_fd=parent)
            os.close(parent)
            parent = inner
        _check_mode(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode, path)
        return os.open(name, _READ | _NO_LINK, dir_fd=parent)
    finally:
        os.close(parent)


def _check_mode(mode: int, path: str) -> None:
    if not stat.S_ISREG(mode):
        raise NotRegularFileError(mode, path)
