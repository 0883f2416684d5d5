"""Run records in the storage account: written on condition of their ETag, locked by a lease."""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, ServiceError, UsageError
from recipebatch.runs.record import RunRecord, RunSummary, record_from_json, summary_from_metadata
from recipebatch.service import Document, DocumentChangedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.service import BlobStore, Lease

CONTAINER = "recipebatch"
# The shortest lease there is: after a killed command the lock ends by itself so soon. Source: Blob service, Lease Blob.
LEASE_SECONDS = 15
_RENEW_EVERY = 5.0
_RETRY_EVERY = 1.0
# Longer than a lease whose holder died, wherever that was.
_PATIENCE = LEASE_SECONDS + 1.0


class RunLockedError(RecipeBatchError):
    """Another command works on the run."""

    code = "run-locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who works on a run: written beside the lease for whoever finds it taken."""

    owner: str
    host: str
    pid: int
    doing: str
    since: str


class RunStore:
    """The runs of one storage account.

    Args:
        host: this machine's name; tells whether a lock's holder can be looked at.
    """

    def __init__(self, blobs: BlobStore, *, owner: str, host: str) -> None:
        self.owner = owner
        self._blobs = blobs
        self._host = host

    def create(self, record: RunRecord) -> RunRecord:
        """Write a new run's record."""
        self._blobs.create_container(CONTAINER, metadata={})
        return self.save(record)

    def save(self, record: RunRecord) -> RunRecord:
        """Write a record; the answer carries its new ETag.

        Raises:
            DocumentChangedError: someone else wrote it since it was read.
        """
        document = Document(record.to_json(), record.to_metadata(), record.etag)
        etag = self._blobs.write_document(CONTAINER, _record_name(record.run_id), document)
        return replace(record, etag=etag)

    def load(self, run_id: str) -> RunRecord:
        """Read a run's record.

        Raises:
            UsageError: there is no such run in this account.
        """
        document = self._blobs.read_document(CONTAINER, _record_name(run_id))
        if document is None:
            raise UsageError(f"there is no run {run_id} in this account", hint="recipebatch runs lists them")
        return record_from_json(document.text, etag=document.etag)

    def summaries(self) -> tuple[RunSummary, ...]:
        """All runs of the account, oldest first."""
        if self._blobs.container_metadata(CONTAINER) is None:
            return ()
        found = []
        for blob in self._blobs.list_blobs(CONTAINER, prefix="runs/"):
            folder, _, name = blob.name.removeprefix("runs/").partition("/")
            if name == "run.json":
                found.append(summary_from_metadata(folder, blob.metadata))
        return tuple(sorted(found, key=lambda run: run.run_id))

    def latest(self, recipe_name: str, *, unfinished: bool = False) -> RunSummary | None:
        """This owner's newest run of a recipe, or the newest that has not ended."""
        for run in reversed(self.summaries()):
            if run.recipe == recipe_name and run.owner == self.owner and not (unfinished and run.ended):
                return run
        return None

    @contextmanager
    def locked(self, run_id: str, doing: str, *, say: Callable[[str], None]) -> Iterator[None]:
        """Work on a run alone; others see who does what.

        A lock whose holder died ends by itself after 15 s, and at once if it was a process of this machine.

        Raises:
            RunLockedError: another command works on it.
        """
        lease = self._acquire(run_id, doing, say)
        stop = threading.Event()
        renewing = threading.Thread(target=_renew, args=(lease, stop), name="run-lock", daemon=True)
        renewing.start()
        try:
            yield
        finally:
            stop.set()
            renewing.join()
            lease.release()

    def _acquire(self, run_id: str, doing: str, say: Callable[[str], None]) -> Lease:
        name = _lock_name(run_id)
        me = Holder(
            owner=self.owner,
            host=self._host,
            pid=os.getpid(),
            doing=doing,
            since=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        waited = 0.0
        while True:
            self._touch(name)
            lease = self._blobs.acquire_lease(CONTAINER, name, seconds=LEASE_SECONDS)
            if lease is not None:
                self._write_holder(run_id, me)
                return lease
            holder = self._holder(run_id)
            if holder is not None and holder.host == self._host and not _alive(holder.pid):
                self._blobs.break_lease(CONTAINER, name)
                continue
            if waited >= _PATIENCE:
                raise RunLockedError(
                    f"run {run_id} is being worked on: {_told(holder)}", hint="wait until that command has ended"
                )
            if waited == 0:
                say(f"run {run_id} is locked ({_told(holder)}); waiting up to {_PATIENCE:.0f} s")
            threading.Event().wait(_RETRY_EVERY)
            waited += _RETRY_EVERY

    def _touch(self, name: str) -> None:
        """A lease needs a blob; whoever made it first, made it."""
        if self._blobs.read_document(CONTAINER, name) is None:
            try:
                self._blobs.write_document(CONTAINER, name, Document(""))
            except DocumentChangedError:
                return

    def _write_holder(self, run_id: str, holder: Holder) -> None:
        body = json.dumps({name: getattr(holder, name) for name in Holder.__slots__})
        previous = self._blobs.read_document(CONTAINER, _holder_name(run_id))
        etag = previous.etag if previous is not None else None
        self._blobs.write_document(CONTAINER, _holder_name(run_id), Document(body, etag=etag))

    def _holder(self, run_id: str) -> Holder | None:
        document = self._blobs.read_document(CONTAINER, _holder_name(run_id))
        try:
            return None if document is None else Holder(**json.loads(document.text))
        except (ValueError, TypeError):
            return None


def _renew(lease: Lease, stop: threading.Event) -> None:
    """Keep the lease while the command works; a lost one is noticed at the next write of the record, by its ETag."""
    while not stop.wait(_RENEW_EVERY):
        # A bad moment of the network must not give the lock away: the next try may be in time.
        with suppress(ServiceError):
            lease.renew()


def _told(holder: Holder | None) -> str:
    if holder is None:
        return "by somebody"
    return f"{holder.doing} by {holder.owner} on {holder.host}, since {holder.since}"


def _alive(pid: int) -> bool:
    """Whether a process of this machine still runs; True where that cannot be asked without harm."""
    if sys.platform == "win32":
        # os.kill ends a process there, whatever the signal; the lease ends by itself.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _record_name(run_id: str) -> str:
    return f"runs/{run_id}/run.json"


def _lock_name(run_id: str) -> str:
    return f"runs/{run_id}/lock"


def _holder_name(run_id: str) -> str:
    return f"runs/{run_id}/holder.json"
