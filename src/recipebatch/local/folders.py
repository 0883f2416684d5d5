"""The folders of the local account: its state, and the cache with the installed Azurite."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path, user_state_path

from recipebatch.errors import LocalAccountError
from recipebatch.files import read_regular
from recipebatch.local.ownership import check_own_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE_VARIABLE = "RECIPEBATCH_STATE_DIR"
CACHE_VARIABLE = "RECIPEBATCH_CACHE_DIR"

OTHER_FOLDERS = f"set HOME, or {STATE_VARIABLE} and {CACHE_VARIABLE}, to folders that you can write to"
"""The hint where no file can be created in a folder."""

NOT_WRITABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR})
"""Why no file can be created in a folder, other than for lack of room."""

_MAX_BYTES = 1_000_000
"""Bytes of a small file of the state that are read; one with more is damaged."""


@dataclass(frozen=True, slots=True)
class Folders:
    """The two folders of one user.

    Attributes:
        state: all files of the local account; only its owner can read it.
        cache: installed programs; they are downloaded again if it is deleted.
    """

    state: Path
    cache: Path

    @property
    def batch(self) -> Path:
        """The emulator's folder: its database, and a directory for each node."""
        return self.state / "batch"

    @property
    def blobs(self) -> Path:
        """Azurite's folder: its metadata and the content of the blobs."""
        return self.state / "blobs"

    @property
    def log(self) -> Path:
        """The log of the background service."""
        return self.state / "service.log"

    @property
    def record(self) -> Path:
        """The record of the running service; absent after a stop, left behind after a kill."""
        return self.state / "service.json"

    @property
    def counts(self) -> Path:
        """The latest counts of pools, jobs and tasks."""
        return self.state / "counts.json"

    @property
    def task_processes(self) -> Path:
        """The processes of running tasks, to be ended after a kill of the service."""
        return self.state / "task-processes.json"

    @property
    def ports(self) -> Path:
        """The ports used last; the next start uses them again."""
        return self.state / "ports.json"

    @property
    def idle_limit(self) -> Path:
        """The running service stops after this many idle minutes; 0 means never."""
        return self.state / "idle-minutes"

    @property
    def last_use(self) -> Path:
        """Touched by every command that uses the account."""
        return self.state / "last-use"

    @property
    def batch_key(self) -> Path:
        """The key of the Batch account."""
        return self.state / "batch.key"

    @property
    def storage_key(self) -> Path:
        """The key of the storage account."""
        return self.state / "storage.key"

    @property
    def command_lock(self) -> Path:
        """The lock held by a command that starts, stops or resets the account.

        Its file name is a contract with other versions of recipebatch: their commands must take the same lock.
        """
        return self.state / "door.lock"

    @property
    def service_lock(self) -> Path:
        """The lock of the running service."""
        return self.state / "service.lock"

    @property
    def state_files(self) -> tuple[Path, ...]:
        """What `reset` deletes; a list, so that other files in a misconfigured folder are safe."""
        logs = (self.log, older(self.log))
        keys = (self.batch_key, self.storage_key)
        return (
            self.batch,
            self.blobs,
            *logs,
            *keys,
            self.counts,
            self.task_processes,
            self.ports,
            self.idle_limit,
            self.last_use,
            self.record,
        )


def folders() -> Folders:
    """This user's folders; RECIPEBATCH_STATE_DIR and RECIPEBATCH_CACHE_DIR override them. Creates nothing.

    Raises:
        LocalAccountError: other users can write to one of them, or the home folder is unknown.
    """
    state = _chosen(STATE_VARIABLE) or _of_platform(user_state_path("recipebatch", appauthor=False), STATE_VARIABLE)
    cache = _chosen(CACHE_VARIABLE) or _of_platform(user_cache_path("recipebatch", appauthor=False), CACHE_VARIABLE)
    found = Folders(state=state / "local", cache=cache)
    for folder, variable in ((state, STATE_VARIABLE), (found.state, STATE_VARIABLE), (cache, CACHE_VARIABLE)):
        check_own_folder(folder, variable=variable)
    return found


def _chosen(variable: str) -> Path | None:
    """The folder that the user has chosen, if any."""
    given = os.environ.get(variable)
    if not given:
        return None
    with in_words(f"find the folder {given} ({variable})"):
        return Path(given).absolute()


def _of_platform(folder: Path, variable: str) -> Path:
    """The default folder. Created by an earlier version, it has the mode that the umask allowed."""
    if not folder.is_absolute() or not Path(os.environ.get("HOME", "/")).is_absolute():
        raise LocalAccountError("the home folder is unknown", hint=f"set HOME, or choose a folder with {variable}")
    try:
        status = folder.stat()
        if os.name == "posix" and status.st_uid == os.getuid() and status.st_mode & 0o022:
            folder.chmod(status.st_mode & 0o755)
    except OSError:  # missing, or read-only
        pass
    return folder


@contextmanager
def in_words(doing: str) -> Iterator[None]:
    """Turn an error of the operating system, such as a full disk, into one for the user: `cannot {doing}: …`.

    Raises:
        LocalAccountError: the block raised OSError.
    """
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise LocalAccountError(
            f"cannot {doing}: {error.strerror or error}",
            hint="free some space, then try again" if full else OTHER_FOLDERS,
        ) from error


def make_private(folder: Path) -> Path:
    """Create the folder if needed, accessible to its owner only; so are the folders above it that are created.

    Raises:
        OSError: it cannot be created.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    return folder


def older(log: Path) -> Path:
    """The path of the previous log."""
    return log.with_name(log.name + ".1")


def write_private(path: Path, text: str) -> None:
    """Replace a file's text; only its owner can read it. After a power failure it has the old or the new text.

    Raises:
        OSError: it cannot be written; it has the old text.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def read_private(path: Path) -> str:
    """The text of a small file of the state. A pipe or a device in its place never blocks.

    Raises:
        OSError: it is missing, no regular file, too large, or cannot be read.
        UnicodeDecodeError: it is no text.
    """
    real = Path(os.path.realpath(path.parent), path.name)
    return read_regular(str(real), _MAX_BYTES).decode("utf-8")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
