"""The folders of the local account: its state, and the cache with the installed Azurite."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path, user_state_path


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
            self.ports,
            self.idle_limit,
            self.last_use,
            self.record,
        )


def folders() -> Folders:
    """This user's folders; RECIPEBATCH_STATE_DIR and RECIPEBATCH_CACHE_DIR override them."""
    state = os.environ.get("RECIPEBATCH_STATE_DIR")
    cache = os.environ.get("RECIPEBATCH_CACHE_DIR")
    return Folders(
        state=(Path(state).absolute() if state else user_state_path("recipebatch", appauthor=False)) / "local",
        cache=Path(cache).absolute() if cache else user_cache_path("recipebatch", appauthor=False),
    )


def make_private(folder: Path) -> Path:
    """Create the folder if needed, accessible to its owner only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def older(log: Path) -> Path:
    """The path of the previous log."""
    return log.with_name(log.name + ".1")


def write_private(path: Path, text: str) -> None:
    """Replace a file's text atomically; only its owner can read it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
