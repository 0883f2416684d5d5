"""A lock between processes, released by the operating system however its holder ends."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from recipebatch.errors import LocalAccountError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_POLL_SECONDS = 0.02
"""Seconds; the system offers no wait with a time limit for this kind of lock."""


@contextmanager
def locked(path: Path, *, patience: float, purpose: str, when_busy: Callable[[], None] | None = None) -> Iterator[int]:
    """Hold the lock on a file; yields its descriptor, and every process that inherits that holds the lock, too.

    Args:
        path: the file, created empty when it is missing and never removed.
        patience: how many seconds to wait for another holder.
        purpose: what the other holder does, for the error message.
        when_busy: called once if the lock is not free at once.

    Raises:
        LocalAccountError: the lock did not come free in time.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _try_lock(descriptor):
            if when_busy is not None:
                when_busy()
            deadline = time.monotonic() + patience
            while not _try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise LocalAccountError(
                        f"another process is still {purpose} after {patience:.0f} s",
                        hint=f"wait for it, or end the process that holds {path}",
                    )
                time.sleep(_POLL_SECONDS)
        yield descriptor
    finally:
        # Closing releases the lock unless a child process inherited it, which is then the point.
        with suppress(OSError):
            os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    # Imported here: the client side must be importable on Windows, where it says that it needs POSIX.
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
