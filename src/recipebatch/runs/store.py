"""Run records in the storage account: written on condition of their ETag, locked by a lease."""

from __future__ import annotations

import re
import secrets
import threading
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from recipebatch.errors import ServiceError, UsageError
from recipebatch.runs.kept import NodeHistory, RunFailures, RunTasks, TaskHistory
from recipebatch.runs.kept.failures import failures_from_json
from recipebatch.runs.kept.node_history import node_history_from_json
from recipebatch.runs.kept.task_history import task_history_from_json
from recipebatch.runs.kept.tasks import tasks_from_json
from recipebatch.runs.lock import LEASE_SECONDS, Holder, RunLock, RunLockedError, holder_from_json
from recipebatch.runs.process_alive import this_process
from recipebatch.runs.record import RunRecord, record_from_json
from recipebatch.runs.requests import Request, request_from_json
from recipebatch.runs.summary import RunSummary, summary_from_metadata
from recipebatch.service import Document, DocumentChangedError
from recipebatch.vocabulary.ids import RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.service import BlobStore, Lease

Kept = TypeVar("Kept", RunFailures, RunTasks, TaskHistory, NodeHistory)

_WRITE_TRIES = 5
_RETRY_EVERY = 1.0
# Longer than a lease whose holder died, wherever that was.
_PATIENCE = LEASE_SECONDS + 1.0
# A command that is asked to end notices it between two requests; one of them may take its time.
_REQUEST_PATIENCE = 120.0


class RunStore:
    """The runs of one storage account.

    Args:
        blobs: the storage account.
        owner: who runs the command.
        host: this machine's name, for others who find a run locked.
        status_of: the status that `recipebatch runs` prints of a record.
    """

    def __init__(self, blobs: BlobStore, *, owner: str, host: str, status_of: Callable[[RunRecord], str]) -> None:
        self.owner = owner
        self._status_of = status_of
        self._blobs = blobs
        self._host = host

    @property
    def user(self) -> str:
        """Who runs the command, and where, for others who find a run stopped or paused."""
        return f"{self.owner} on {self._host}"

    def create(self, record: RunRecord) -> RunRecord:
        """Write a new run's record."""
        self._blobs.create_container(RECORDS, metadata={})
        return self.save(record)

    def save(self, record: RunRecord) -> RunRecord:
        """Write a record; the answer carries its new ETag.

        Raises:
            DocumentChangedError: another command wrote it since it was read.
        """
        document = Document(record.to_json(), record.to_metadata(self._status_of(record)), record.etag)
        etag = self._blobs.write_document(RECORDS, _record_name(record.run_id), document)
        return replace(record, etag=etag)

    def load(self, run_id: str) -> RunRecord:
        """Read a run's record.

        Raises:
            UsageError: there is no such run in this account.
        """
        known = re.fullmatch(r"[0-9a-z-]{1,64}", run_id)
        document = self._blobs.read_document(RECORDS, _record_name(run_id)) if known else None
        if document is None:
            raise UsageError(f"there is no run {run_id} in this account", hint="recipebatch runs lists them")
        return record_from_json(document.text, etag=document.etag, run_id=run_id)

    def failures(self, run_id: str) -> RunFailures:
        """What is kept of a run's failed tasks, also when the run is purged."""
        document = self._blobs.read_document(RECORDS, _failures_name(run_id))
        return RunFailures() if document is None else failures_from_json(document.text)

    def update_failures(self, run_id: str, change: Callable[[RunFailures], RunFailures]) -> None:
        """Change what is kept of a run's failed tasks; what another command wrote meanwhile is kept.

        Raises:
            DocumentChangedError: others changed it each time.
        """
        self._update(_failures_name(run_id), lambda text: _changed(change, failures_from_json, RunFailures(), text))

    def tasks(self, run_id: str) -> RunTasks:
        """What is kept of the files of a run's tasks, also when the run is purged."""
        document = self._blobs.read_document(RECORDS, _tasks_name(run_id))
        return RunTasks() if document is None else tasks_from_json(document.text)

    def update_tasks(self, run_id: str, change: Callable[[RunTasks], RunTasks]) -> None:
        """Change what is kept of the files of a run's tasks, as `update_failures`."""
        self._update(_tasks_name(run_id), lambda text: _changed(change, tasks_from_json, RunTasks(), text))

    def task_history(self, run_id: str) -> TaskHistory:
        """Which tasks a run had and what came of each, as it was last recorded; also when the run is purged."""
        document = self._blobs.read_document(RECORDS, _task_history_name(run_id))
        return TaskHistory() if document is None else task_history_from_json(document.text)

    def update_task_history(self, run_id: str, change: Callable[[TaskHistory], TaskHistory]) -> None:
        """Change what is kept of a run's tasks, as `update_failures`."""
        self._update(
            _task_history_name(run_id), lambda text: _changed(change, task_history_from_json, TaskHistory(), text)
        )

    def node_history(self, run_id: str) -> NodeHistory:
        """Which nodes a run had and when, as it was last recorded; also when the run is purged."""
        document = self._blobs.read_document(RECORDS, _node_history_name(run_id))
        return NodeHistory() if document is None else node_history_from_json(document.text)

    def update_node_history(self, run_id: str, change: Callable[[NodeHistory], NodeHistory]) -> None:
        """Change what is kept of a run's nodes, as `update_failures`."""
        self._update(
            _node_history_name(run_id), lambda text: _changed(change, node_history_from_json, NodeHistory(), text)
        )

    def _update(self, name: str, change: Callable[[str | None], str | None]) -> None:
        """Write a document again, if its change is another text than None; with what others wrote meanwhile."""
        for tries_left in reversed(range(_WRITE_TRIES)):
            document = self._blobs.read_document(RECORDS, name)
            after = change(None if document is None else document.text)
            if after is None:
                return
            try:
                written = Document(after, etag=None if document is None else document.etag)
                self._blobs.write_document(RECORDS, name, written)
            except DocumentChangedError:
                if not tries_left:
                    raise
            else:
                return

    @contextmanager
    def following(self, run_id: str) -> Iterator[Callable[[], None]]:
        """Note that this command follows what the run's tasks write: a purge waits until it has read the rest.

        Yields:
            What takes the note away before the command ends.
        """
        name = f"{_followers_name(run_id)}{secrets.token_hex(8)}.json"
        since = datetime.now(UTC).isoformat(timespec="microseconds")
        holder = Holder(**asdict(this_process()), owner=self.owner, host=self._host, doing="logs", since=since)

        def remove() -> None:
            with suppress(ServiceError):
                self._blobs.delete_document(RECORDS, name)

        # Who may only read follows without.
        with suppress(ServiceError):
            self._blobs.write_document(RECORDS, name, Document(holder.to_json()))
        try:
            yield remove
        finally:
            remove()

    def followers(self, run_id: str) -> tuple[str, ...]:
        """The notes of commands that follow the run's output; those of commands that are known to have died go."""
        found = []
        for blob in list(self._blobs.list_blobs(RECORDS, prefix=_followers_name(run_id))):
            document = self._blobs.read_document(RECORDS, blob.name)
            holder = None if document is None else holder_from_json(document.text)
            if holder is None or holder.is_dead:
                self.remove_follower(blob.name)
            else:
                found.append(blob.name)
        return tuple(found)

    def remove_follower(self, name: str) -> None:
        """Take away the note of a command that follows no more."""
        self._blobs.delete_document(RECORDS, name)

    def has_record(self, run_id: str) -> bool:
        """Whether there is a record of a run, be it readable or not."""
        name = _record_name(run_id)
        return any(blob.name == name for blob in self._blobs.list_blobs(RECORDS, prefix=name))

    def summaries(self) -> tuple[RunSummary, ...]:
        """All runs of the account, oldest first."""
        if self._blobs.container_metadata(RECORDS) is None:
            return ()
        found = []
        at_work = set[str]()
        for blob in self._blobs.list_blobs(RECORDS, prefix="runs/"):
            folder, _, name = blob.name.removeprefix("runs/").partition("/")
            if name == "run.json":
                touched = "" if blob.last_modified is None else blob.last_modified.isoformat(timespec="seconds")
                found.append(summary_from_metadata(folder, blob.metadata, touched))
            elif blob.leased:
                at_work.add(folder)
        runs = (replace(run, at_work=run.run_id in at_work) for run in found)
        return tuple(sorted(runs, key=lambda run: (run.created, run.run_id)))

    def own(self, recipe_name: str) -> tuple[RunSummary, ...]:
        """This owner's runs of all recipes of a name, wherever these come from, newest first."""
        return tuple(run for run in reversed(self.summaries()) if run.recipe == recipe_name and run.owner == self.owner)

    def forget(self, run_id: str, *, say: Callable[[str], None]) -> None:
        """Remove all that is kept of a run, its record while no other command can work on it.

        Raises:
            RunLockedError: another command works on it.
        """
        with self.locked(run_id, "forget", say=say):
            for name in self.followers(run_id):
                self.remove_follower(name)
            self._blobs.delete_document(RECORDS, _failures_name(run_id))
            self._blobs.delete_document(RECORDS, _tasks_name(run_id))
            self._blobs.delete_document(RECORDS, _task_history_name(run_id))
            self._blobs.delete_document(RECORDS, _node_history_name(run_id))
            self._blobs.delete_document(RECORDS, _record_name(run_id))
        self._blobs.delete_document(RECORDS, _lock_name(run_id))
        self._blobs.delete_document(RECORDS, _request_name(run_id))

    def holder_of(self, run_id: str) -> str:
        """Who holds a run's lock: command, owner, machine and time; empty if it is not locked.

        A command that was killed leaves its note behind: it holds the lock only until its lease ends, and not even that
        long where its process can be seen to have ended.
        """
        holder = self._holder(run_id)
        if (holder is not None and holder.is_dead) or not self._is_leased(run_id):
            return ""
        return "a command that left no note" if holder is None else str(holder)

    def break_lock(self, run_id: str) -> str:
        """End whatever lock a run has, also one whose holder left no note; who held it, or nothing."""
        holder = self._holder(run_id)
        held = "" if holder is None else str(holder)
        self._blobs.break_lease(RECORDS, _lock_name(run_id))
        return held

    @contextmanager
    def locked(
        self, run_id: str, doing: str, *, say: Callable[[str], None], request: str | None = None
    ) -> Iterator[RunLock]:
        """Hold the lock of a run; others see who holds it.

        A lock whose holder died ends by itself after 15 s, and sooner if it was a process that can be seen from here.

        Args:
            request: `stop` or `pause`: the command that holds the lock is asked to end.

        Raises:
            RunLockedError: another command works on it.
        """
        lease = self._acquire(run_id, doing, say, request)
        since = datetime.now(UTC).isoformat(timespec="microseconds")
        lock = RunLock(run_id, lease, lambda: self._request_to(run_id, since))
        renewing = threading.Thread(target=lock.keep, name="run-lock", daemon=True)
        holder = Holder(**asdict(this_process()), owner=self.owner, host=self._host, doing=doing, since=since)
        try:
            self._write_holder(run_id, holder)
            renewing.start()
            yield lock
        finally:
            lock.stop.set()
            if renewing.ident is not None:
                renewing.join()
            # What a note names must hold the lock: one that stays is that of a command that died.
            with suppress(ServiceError):
                if self._holder(run_id) == holder:
                    self._blobs.delete_document(RECORDS, _holder_name(run_id))
            lock.lease.release()

    def _acquire(self, run_id: str, doing: str, say: Callable[[str], None], request: str | None) -> Lease:
        name = _lock_name(run_id)
        patience = _PATIENCE if request is None else _REQUEST_PATIENCE
        asked: Holder | None = None
        waited = 0.0
        dead: Holder | None = None
        reported = False
        while True:
            self._touch(name)
            lease = self._blobs.acquire_lease(RECORDS, name, seconds=LEASE_SECONDS)
            if lease is not None:
                return lease
            holder = self._holder(run_id)
            if holder is not None and holder.is_dead:
                # Seen twice: between a lease and its note, the note is still that of the holder before.
                if holder == dead:
                    self._blobs.break_lease(RECORDS, name)
                    continue
                dead = holder
            elif waited >= patience:
                raise RunLockedError(
                    f"run {run_id} is locked: {holder or 'holder unknown'}",
                    hint="wait until that command has ended; if it was killed, use --break-lock",
                )
            elif not reported:
                how = "waiting" if request is None else "asking that command to end, and waiting"
                say(f"run {run_id} is locked ({holder or 'holder unknown'}); {how} up to {patience:.0f} s to {doing}")
                reported = True
            if request is not None and holder is not None and holder != asked:
                note = Request(kind=request, by=self.user, to=holder.since)
                # Another command may ask at the same time: then again at the next turn.
                with suppress(DocumentChangedError):
                    self._write_note(_request_name(run_id), note.to_json())
                    asked = holder
            threading.Event().wait(_RETRY_EVERY)
            waited += _RETRY_EVERY

    def _touch(self, name: str) -> None:
        """Create the blob that the lease is taken on, unless it exists."""
        if self._blobs.read_document(RECORDS, name) is None:
            try:
                self._blobs.write_document(RECORDS, name, Document(""))
            except DocumentChangedError:
                return

    def _write_holder(self, run_id: str, holder: Holder) -> None:
        self._write_note(_holder_name(run_id), holder.to_json())

    def _write_note(self, name: str, text: str) -> None:
        previous = self._blobs.read_document(RECORDS, name)
        etag = previous.etag if previous is not None else None
        self._blobs.write_document(RECORDS, name, Document(text, etag=etag))

    def _request_to(self, run_id: str, since: str) -> Request | None:
        """What another command asks of the one that has held the lock since then."""
        document = self._blobs.read_document(RECORDS, _request_name(run_id))
        found = None if document is None else request_from_json(document.text)
        return found if found is not None and found.to == since else None

    def _is_leased(self, run_id: str) -> bool:
        name = _lock_name(run_id)
        return any(blob.leased for blob in self._blobs.list_blobs(RECORDS, prefix=name) if blob.name == name)

    def _holder(self, run_id: str) -> Holder | None:
        document = self._blobs.read_document(RECORDS, _holder_name(run_id))
        return None if document is None else holder_from_json(document.text)


def _changed(
    change: Callable[[Kept], Kept], read: Callable[[str], Kept], nothing: Kept, text: str | None
) -> str | None:
    """The text of a document after a change; None if it stays as it is."""
    before = nothing if text is None else read(text)
    after = change(before)
    return None if after == before else after.to_json()


def _record_name(run_id: str) -> str:
    return f"runs/{run_id}/run.json"


def _failures_name(run_id: str) -> str:
    return f"runs/{run_id}/failures.json"


def _tasks_name(run_id: str) -> str:
    return f"runs/{run_id}/tasks.json"


def _task_history_name(run_id: str) -> str:
    return f"runs/{run_id}/task-history.json"


def _node_history_name(run_id: str) -> str:
    return f"runs/{run_id}/node-history.json"


def _followers_name(run_id: str) -> str:
    return f"runs/{run_id}/followers/"


def _lock_name(run_id: str) -> str:
    return f"runs/{run_id}/lock"


def _holder_name(run_id: str) -> str:
    return f"runs/{run_id}/holder.json"


def _request_name(run_id: str) -> str:
    return f"runs/{run_id}/request.json"
