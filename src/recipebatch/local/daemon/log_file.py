"""The log of the background service: bounded in size, and never a reason for the service to fail.

It quotes what clients sent and what tasks and Azurite printed: nothing in it controls the terminal that shows it.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import stat
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.files import NotRegularFileError
from recipebatch.local.folders import older
from recipebatch.text.terminal import printable

if TYPE_CHECKING:
    from pathlib import Path

MAX_LOG_BYTES = 1_000_000
"""Bytes of the log; then it replaces the previous log, and a new one begins."""

_MAX_WRITE_BYTES = 8_192
_DESCRIPTORS = (1, 2)
"""Standard output and error, which lead to the log."""


class LogFile(io.TextIOBase):
    """Replaces `sys.stdout` and `sys.stderr` of the service.

    Without a buffer: what a full disk refuses is lost, and not tried again at the exit.

    Args:
        path: the log.
        max_bytes: its greatest size; the previous log has at most that size too.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_LOG_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        """Append text, escaped, and cut if it is very long. An error is ignored."""
        content = printable(text).encode("utf-8", "backslashreplace")
        if len(content) > _MAX_WRITE_BYTES:
            content = content[:_MAX_WRITE_BYTES] + b"... (%d bytes left out)\n" % (len(content) - _MAX_WRITE_BYTES)
        with suppress(OSError), self._lock:
            if os.fstat(_DESCRIPTORS[0]).st_size + len(content) > self._max_bytes:
                self._begin_new()
            os.write(_DESCRIPTORS[0], content)
        return len(text)

    def _begin_new(self) -> None:
        self._path.replace(older(self._path))
        log = open_log(self._path)
        for descriptor in _DESCRIPTORS:
            os.dup2(log, descriptor)
        os.close(log)


def open_log(path: Path) -> int:
    """Open the log for appending; only its owner can read it.

    Raises:
        OSError: it cannot be opened, or something that is no regular file has its name; a pipe does not block.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a pipe without a reader, or a socket
            raise NotRegularFileError(os.lstat(path).st_mode, str(path)) from error
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise NotRegularFileError(mode, str(path))
    return descriptor


def write_log_to(path: Path) -> None:
    """Write what this process prints and logs to the log, whose descriptors it has inherited as its output."""
    sys.stdout = sys.stderr = LogFile(path)
    logging.basicConfig(handlers=[_Entries()], level=logging.WARNING, force=True)


def write_entry(text: str) -> None:
    """Write an entry. Of several lines only the first begins with a time: no text from elsewhere begins an entry."""
    when = datetime.now(UTC).isoformat(timespec="milliseconds")
    lines = "\n    | ".join(text.rstrip().splitlines())
    # One write: another thread writes its entry before or after it.
    sys.stdout.write(f"{when} {lines}\n")
    sys.stdout.flush()


class _Entries(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        write_entry(self.format(record))
