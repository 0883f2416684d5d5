"""A lock between processes; the operating system releases it when the holder exits for any reason."""

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
"""Polling interval in seconds; flock has no wait with a time limit."""


@contextmanager
def locked(path: Path, *, timeout: float, purpose: str, on_busy: Callable[[], None] | None = None) -> Iterator[int]:
    """Hold the lock on a file; yields its descriptor. Processes that inherit the descriptor hold the lock too.

    Args:
        path: the lock file; created empty if missing, never removed.
        timeout: seconds to wait for another holder.
        purpose: what a holder of the lock does, for the error message: `installing Azurite`.
        on_busy: called once if the lock is not free immediately.

    Raises:
        LocalAccountError: the lock was not released in time.
        OSError: its file cannot be opened, or is a link.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if not _try_lock(descriptor):
            if on_busy is not None:
                on_busy()
            deadline = time.monotonic() + timeout
            while not _try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise LocalAccountError(
                        f"another process is still {purpose} after {timeout:.0f} s",
                        hint=f"wait for it, or end the process that holds {path}",
                    )
                time.sleep(_POLL_SECONDS)
        yield descriptor
    finally:
        # Closing releases the lock, unless a child process inherited it and shall go on holding it.
        with suppress(OSError):
            os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    # Imported here: Windows lacks it, and this module must be importable there to report that POSIX is required.
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
