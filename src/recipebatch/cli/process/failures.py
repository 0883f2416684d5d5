"""Which exceptions are the machine's and not a defect: no memory, no files, no threads, no folder, no permission."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from recipebatch.errors import MachineError, RecipeBatchError

_LIMITS = {
    errno.EMFILE: "raise the number of open files of a process (ulimit -n)",
    errno.ENFILE: "the machine has too many open files",
    errno.ENOMEM: "the command needs more memory: see ulimit -v",
    errno.EAGAIN: "the user has too many processes or threads: see ulimit -u",
    errno.EFBIG: "raise the size of a file (ulimit -f)",
    errno.ENOSPC: "free space on the disk",
    errno.EDQUOT: "free space on the disk: the user's quota is used up",
}
_PLACES = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENOENT, errno.ELOOP, errno.ENAMETOOLONG,
    errno.EIO, errno.EEXIST, errno.EILSEQ, errno.ENODEV, errno.ESTALE,
}  # fmt: skip
"""Errors of a file or a folder, which a person can mend if it is named."""

_NOT_MAPPED = ("cannot allocate memory", "failed to map segment")
"""What the loader says when a library finds no room."""
_NO_EXCEPTION = "without setting an exception"
_THREADS = "can't start new thread"
_AGAIN = "then run the same command again: a run continues where it stopped"


def failure_of_machine(error: BaseException) -> RecipeBatchError | None:
    """The error as words with a hint, if this machine or its limits are the cause; None for a defect."""
    found = _failure(error)
    return found if found is not None or error.__cause__ is None else failure_of_machine(error.__cause__)


def _failure(error: BaseException) -> RecipeBatchError | None:
    text = str(error).lower()
    lacks = isinstance(error, ImportError) and any(words in text for words in _NOT_MAPPED)
    # The last is how the interpreter ends where it cannot even create the exception.
    if isinstance(error, MemoryError) or lacks or (isinstance(error, SystemError) and _NO_EXCEPTION in text):
        return MachineError("out of memory", hint=f"{_LIMITS[errno.ENOMEM]}; {_AGAIN}")
    if isinstance(error, RuntimeError) and _THREADS in text:
        return MachineError("the system starts no more threads", hint=f"see ulimit -u and ulimit -v; {_AGAIN}")
    return _refusal(error) if isinstance(error, OSError) and error.errno is not None else None


def _refusal(error: OSError) -> RecipeBatchError | None:
    if isinstance(error, FileNotFoundError) and _folder_is_gone():
        return MachineError(
            "the current folder no longer exists", hint="change to a folder that exists (cd), or give absolute paths"
        )
    what = (error.strerror or str(error)).lower()
    where = f": {os.fsdecode(error.filename)}" if isinstance(error.filename, (str, bytes)) else ""
    if error.errno in _LIMITS:
        return MachineError(f"{what}{where}", hint=f"{_LIMITS[error.errno]}; {_AGAIN}")
    if error.errno in _PLACES and where:
        return MachineError(f"{what}{where}", hint=f"check the path and its permissions; {_AGAIN}")
    return None


def _folder_is_gone() -> bool:
    try:
        Path.cwd()
    except OSError:
        return True
    return False
