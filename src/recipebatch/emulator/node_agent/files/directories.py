"""The file system of a node: the AZ_BATCH_* tree, the directories of tasks, and safe paths below a directory."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from pathlib import Path

NODE_DIRECTORIES = ("applications", "fsmounts", "shared", "startup", "volatile", "workitems")
"""The directories in a node's root. Source: recorded lists of node files."""

WORKING_DIRECTORY = "wd"

_REMOVALS = 100
_REMOVAL_PAUSE_SECONDS = 0.02
# The errors of a removal while another process removes or creates files in the directory.
_CHANGED_MEANWHILE = frozenset({errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST})


class PathLeavesDirectoryError(ValueError):
    """A path from a request points outside the directory it must stay in."""


def make_node_tree(root: Path) -> None:
    """Create the directories of a node; existing ones are kept."""
    for name in NODE_DIRECTORIES:
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "volatile" / "startup").mkdir(exist_ok=True)


def start_task_directory(root: Path) -> Path:
    """The start task's directory (`AZ_BATCH_NODE_STARTUP_DIR`) of the node with that root."""
    return root / "startup"


def task_directory(root: Path, job_id: str, task_id: str) -> Path:
    """A task's directory (`AZ_BATCH_TASK_DIR`): `workitems/<job>/job-1/<task>`.

    A job of a schedule has an id such as `nightly:job-7`; its tasks are in `workitems/nightly/job-7/<task>`.
    """
    schedule, colon, run = job_id.partition(":")
    return root / "workitems" / schedule / (run if colon else "job-1") / task_id


def make_task_directory(directory: Path) -> Path:
    """Create a task's directory and its working directory, and return the latter; existing files are kept."""
    # Try first instead of checking: if the job's directory exists, this takes only two system calls.
    try:
        directory.mkdir()
    except FileNotFoundError:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        pass  # an earlier attempt of the task, or a file, on which the next line fails
    working = directory / WORKING_DIRECTORY
    try:
        working.mkdir()
    except FileExistsError:
        if not working.is_dir():
            raise
    return working


def open_output(path: Path, *, append: bool = False) -> int:
    """Open a file that the node writes where tasks can write too; returns its descriptor.

    A link, a pipe or anything else that a task put there is replaced by a file: it is not followed and blocks nothing.

    Raises:
        OSError: it cannot be created.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o644)
    except OSError as error:
        # A link, or a pipe without a reader.
        if error.errno not in {errno.ELOOP, errno.ENXIO}:
            raise
    else:
        # Only a file without other names: a hard link may be a file of the user elsewhere.
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
            if not append:
                os.ftruncate(descriptor, 0)
            os.set_blocking(descriptor, True)
            return descriptor
        os.close(descriptor)
    path.unlink(missing_ok=True)
    return os.open(path, flags & ~os.O_NONBLOCK | os.O_EXCL, 0o644)


def safe_join(directory: Path, relative: str) -> Path:
    """The path `relative` below `directory`, with the links before its last part followed.

    The path need not exist. A last part that is a link is not followed if it stays inside.

    Raises:
        PathLeavesDirectoryError: it is absolute, has a part `..` or a NUL, or a link in it leads out.
    """
    parts = [part for part in relative.split("/") if part not in {"", "."}]
    if relative.startswith("/") or ".." in parts or "\0" in relative:
        raise PathLeavesDirectoryError(f"{relative!r} leaves the directory")
    path = directory.joinpath(*parts)
    try:
        inside = path.resolve().is_relative_to(directory.resolve())
    except (OSError, RuntimeError):  # a symlink loop: an OSError or, before Python 3.13, a RuntimeError
        inside = False
    if not inside:
        raise PathLeavesDirectoryError(f"{relative!r} leaves the directory")
    return path


def remove_tree(path: Path) -> None:
    """Remove a directory with its contents, unreadable and unwritable ones too; no error if it does not exist.

    Links are removed, never followed. Other processes may remove or create files in it at the same time.

    Raises:
        OSError: a file belongs to another user, or a process keeps creating files.
    """
    for _ in range(_REMOVALS):
        try:
            _remove(path)
        except OSError as error:
            if error.errno not in _CHANGED_MEANWHILE:
                raise
            time.sleep(_REMOVAL_PAUSE_SECONDS)
        else:
            return
    _remove(path)


def _remove(path: Path) -> None:
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    _make_writable(path)
    for directory, names, _ in os.walk(path):
        for name in names:
            _make_writable(Path(directory, name))
    shutil.rmtree(path)


def _make_writable(directory: Path) -> None:
    """Give the owner all permissions on a directory, so that it can be listed and emptied."""
    mode = directory.lstat().st_mode
    if stat.S_ISDIR(mode) and mode & stat.S_IRWXU != stat.S_IRWXU:
        directory.chmod(stat.S_IMODE(mode) | stat.S_IRWXU)
