"""The files by which commands find the running service: its record, its lock and its counts.

The service writes them again when they are lost or damaged. A full disk does not stop it: what cannot be written is
tried again later.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from recipebatch.errors import LocalAccountError
from recipebatch.local.daemon.processes import identity_of
from recipebatch.local.daemon.record import ServiceRecord, note_holder, read_record, write_processes
from recipebatch.local.file_lock import locked
from recipebatch.local.folders import write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from recipebatch.local.daemon.processes import ProcessIdentity
    from recipebatch.local.folders import Folders

PURPOSE = "running the local account"
"""What the holder of the service lock does, for error messages."""


class ServiceFiles:
    """The record, the lock and the counts of the running service.

    Args:
        lock: the descriptor of the service lock, which this process holds.
        log: receives a line when a file cannot be written.

    Attributes:
        record: None while the service is starting.
    """

    def __init__(self, paths: Folders, *, lock: int, log: Callable[[str], None]) -> None:
        self.record: ServiceRecord | None = None
        self._paths = paths
        self._lock = lock
        self._locks = ExitStack()
        self._log = log
        self._counts: Mapping[str, int] = {}
        self._processes: dict[int, ProcessIdentity] = {}
        self._cannot_write = False
        note_holder(lock)

    def publish(self, record: ServiceRecord) -> None:
        """Write the record for the first time. Raises: OSError, because without it no command finds the service."""
        self.record = record
        record.write(self._paths.record)

    def keep(self, counts: Mapping[str, int] | None) -> None:
        """Write the record unless it is there, and the counts if they have changed.

        Args:
            counts: None leaves them as they are.
        """
        record, paths = self.record, self._paths
        if record is not None and read_record(paths.record) != record:
            self._write(lambda: record.write(paths.record))
        if counts is not None and (counts != self._counts or not paths.counts.exists()):
            self._counts = counts
            self._write(lambda: write_private(paths.counts, json.dumps(counts) + "\n"))

    def keep_processes(self, pids: Collection[int]) -> None:
        """Note the processes of tasks: they are ended after a kill of the service, also those that left no trace."""
        found = {pid: self._processes.get(pid) or identity_of(pid) for pid in pids}
        known = {pid: identity for pid, identity in found.items() if identity is not None}
        if known != self._processes:
            self._processes = known
            self._write(lambda: write_processes(self._paths.task_processes, known.values()))

    def remove(self) -> None:
        """Remove record and counts: without the record a starting command waits for the service lock."""
        self.record = None
        for path in (self._paths.record, self._paths.counts):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def owns_folder(self) -> bool:
        """Whether the state folder is still there and this service holds its lock.

        The lock file may have been deleted: then it is created and taken again.
        """
        held = os.fstat(self._lock)
        try:
            there = self._paths.service_lock.stat()
        except FileNotFoundError:
            there = None
        except OSError:
            return True
        if there is not None and (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino):
            return True
        if not self._paths.batch.is_dir():
            return False
        try:
            # Held until the process exits.
            self._lock = self._locks.enter_context(locked(self._paths.service_lock, timeout=0, purpose=PURPOSE))
        except LocalAccountError:
            return False
        except OSError:
            return True
        note_holder(self._lock)
        return True

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            if not self._cannot_write:
                self._log(f"cannot write to {self._paths.state}: {error}")
            self._cannot_write = True
        else:
            self._cannot_write = False
