"""Blob containers that are mounted on a node: a folder that is kept equal to its container. Blocking.

A run compares the files with what they were at the last run, and the container's ETags likewise. What a task wrote or
deleted is written to the container on the condition that no other client changed the blob meanwhile; what others wrote
is downloaded. Of a read-only mount nothing is written: what a task changed there is undone, and is an error.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.emulator.node_agent import failures
from recipebatch.emulator.node_agent.files.blob_uploads import put_bytes, put_file
from recipebatch.emulator.node_agent.files.directories import PathLeavesDirectoryError, safe_join
from recipebatch.emulator.node_agent.files.mount_changes import FOLDER, FOUND, MADE, FileMark, Step, Synced, decide
from recipebatch.emulator.node_agent.files.mounted_folder import MountedFolder, digest_of, settled
from recipebatch.emulator.node_agent.files.resource_files import STORAGE_API_VERSION, blob_url, fetch, list_blobs
from recipebatch.emulator.node_agent.http_client import HttpClient, TransferError
from recipebatch.emulator.node_agent.threads import in_parallel
from recipebatch.text.file_names import without_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from recipebatch.emulator.node_agent.http_client import Stop
    from recipebatch.emulator.node_agent.model import Failure

_THREADS = 8
_NOT_FOUND = 404
_CONDITION_FAILED = 412
_CHANGED_BY_OTHERS = frozenset({409, _CONDITION_FAILED})
_READ_ONLY = "the mount is read-only"
_CONFLICT = "another client changed the blob since this node read it"
_KEPT = "it is deleted in the container only after all that was written is there"
_ORDER = (
    {Step.FORGET, Step.DELETE_FILE},
    {Step.DOWNLOAD, Step.COMPARE},
    {Step.UPLOAD},
    # Last, and only if all was uploaded: what looks like a deletion may be a renaming.
    {Step.DELETE_BLOB},
)


class _Change(NamedTuple):
    """A change on the node that is not in the container yet: its mark, and the run that saw it first."""

    mark: FileMark | None
    run: int


class _Seen(NamedTuple):
    """What one run has to do with."""

    steps: dict[str, Step]
    files: Mapping[str, FileMark]
    blobs: Mapping[str, str]
    stop: Stop


class ContainerMount:
    """One mounted container.

    Args:
        url: of the container, with a SAS.
        root: of the node.
        path: of the mount below the node's `fsmounts`.
        notes: a folder for what the last run saw, on the same file system.
        writable: whether what tasks write goes to the container.

    Attributes:
        runs: how many there were.
        unread: why the last run could not read the container; None if it could.

    Raises:
        PathLeavesDirectoryError: the path leads out.
    """

    def __init__(self, url: str, root: Path, path: str, notes: Path, *, writable: bool) -> None:
        self.runs = 0
        self.unread: Failure | None = None
        self._url = url
        self._folder = MountedFolder(safe_join(root / "fsmounts", path), writable=writable)
        self._path = path
        self._notes = notes
        self._index = notes / "index.json"
        self._writable = writable
        self._known = _read_index(self._index)
        self._changes: dict[str, _Change] = {}
        self._failing: dict[str, Failure] = {}
        self._lost: list[tuple[int, Failure]] = []

    def synchronize(self, stop: Stop, *, only_settled: bool = False) -> None:
        """Make folder and container agree; the first run of a mount begins with an empty folder.

        What fails is in `unread` and `failures_since`.

        Args:
            stop: stops the transfers.
            only_settled: write only what did not change since the last run: a process may still be writing the rest.

        Raises:
            OSError: the folder cannot be read or made.
            StoppedError: `stop` was set.
        """
        self.runs += 1
        self._folder.create(empty=not self._index.exists())
        self._notes.mkdir(parents=True, exist_ok=True)
        before = dict(self._known)
        files, refused = self._folder.files(self._known)
        # Without the list nothing is written: what changed here is noted, and waits.
        listed = self._listed(stop)
        blobs = {name: synced.etag for name, synced in self._known.items()} if listed is None else listed
        steps, changed = decide(self._known, files, blobs)
        hidden = tuple(f"{name}/" for name in refused)
        for name in [each for each in steps if each in refused or each.startswith(hidden)]:
            del steps[name]
            changed.discard(name)
        self._note_changes({name: files.get(name) for name in changed}, refused)
        if self.unread is not None:
            for name in filter(self._is_written, changed):
                self._fail(name, TransferError("the container cannot be listed"))
        else:
            if only_settled:
                steps = {name: step for name, step in steps.items() if not self._may_go_on(name, step)}
            self._take(_Seen(steps, files, blobs, stop))
        if self._known != before or not self._index.exists():
            _write_index(self._index, self._known)

    def failures_since(self, run: int) -> list[Failure]:
        """Why changes that were made after that run are not in the container."""
        lost = [failure for when, failure in self._lost if when > run]
        since = {name for name, change in self._changes.items() if change.run > run}
        return lost + [failure for name, failure in sorted(self._failing.items()) if name in since]

    def forget_failures(self) -> None:
        """Drop the failures of earlier runs: no task runs that they could fail."""
        self._lost.clear()

    def close(self) -> None:
        """Forget what was mounted: from now on nothing that is missing in the folder is deleted in the container."""
        self._index.unlink(missing_ok=True)

    def _listed(self, stop: Stop) -> dict[str, str] | None:
        """The ETags of the blobs and marked folders by name; None, and `unread`, if they cannot be listed."""
        self.unread = None
        try:
            with HttpClient(stop) as client:
                return {
                    f"{blob.name.rstrip('/')}/" if blob.is_folder else blob.name: blob.etag
                    for blob in list_blobs(self._url, "", client)
                }
        except TransferError as error:
            self.unread = failures.mount_not_read(error, self._url, self._path)
            return None

    def _note_changes(self, changed: dict[str, FileMark | None], refused: dict[str, str]) -> None:
        marks = changed | {name: self._folder.mark(name) for name in refused}
        self._changes = {
            name: old if (old := self._changes.get(name)) is not None and old.mark == mark else _Change(mark, self.runs)
            for name, mark in marks.items()
        }
        self._failing = {}
        for name, why in refused.items():
            self._fail(name, OSError(f"it {why}"))

    def _is_written(self, name: str) -> bool:
        """Whether the content is another than at the last run."""
        with suppress(OSError):
            known = self._known.get(name)
            return known is None or self._folder.digest(name) != known.digest
        return True

    def _may_go_on(self, name: str, step: Step) -> bool:
        """Whether a process may not have finished with it."""
        if name.endswith("/"):
            return True
        change = self._changes.get(name)
        return step is not Step.DOWNLOAD and change is not None and change.run == self.runs

    def _take(self, seen: _Seen) -> None:
        """Carry out the steps."""
        if not self._writable and seen.steps:
            self._folder.unlock()
        try:
            for kinds in _ORDER:
                names = [name for name, step in seen.steps.items() if step in kinds]
                if kinds == {Step.DELETE_BLOB} and self._failing:
                    for name in names:
                        self._fail(name, OSError(_KEPT))
                elif names:
                    in_parallel(names, partial(self._work, seen), threads=_THREADS)
        finally:
            if not self._writable and seen.steps:
                self._folder.lock()

    def _work(self, seen: _Seen, own: Iterator[str]) -> None:
        with HttpClient(seen.stop) as client:
            for name in own:
                step = seen.steps[name]
                try:
                    self._take_one(client, name, step, seen.files.get(name), seen.blobs.get(name))
                except (TransferError, OSError, PathLeavesDirectoryError) as error:
                    if step in {Step.DOWNLOAD, Step.DELETE_FILE}:
                        self.unread = failures.mount_not_read(error, self._url, self._path, name)
                    else:
                        self._fail(name, error)
                else:
                    self._changes.pop(name, None)

    def _take_one(self, client: HttpClient, name: str, step: Step, file: FileMark | None, etag: str | None) -> None:
        if step is Step.FORGET:
            del self._known[name]
        elif step is Step.DELETE_FILE:
            self._delete_file(name, file)
        elif step is Step.DOWNLOAD:
            self._download(client, name, file, etag or "")
        elif step is Step.COMPARE:
            self._compare(client, name, file, etag or "")
        elif step is Step.UPLOAD:
            self._upload(client, name, file, etag)
        elif self._writable:
            self._delete_blob(client, name, etag or "")
        else:
            self._undo(client, name, file, etag)

    def _delete_file(self, name: str, file: FileMark | None) -> None:
        self._known.pop(name, None)
        self._folder.delete(name, file, self._known)

    def _download(self, client: HttpClient, name: str, file: FileMark | None, etag: str) -> None:
        if name.endswith("/"):
            self._folder.make_folder(name)
            self._known[name] = Synced(etag, FOUND, FOLDER)
        elif (found := self._fetch(client, name)) is not None:
            self._place(name, file, *found)

    def _fetch(self, client: HttpClient, name: str) -> tuple[Path, str] | None:
        """A blob's content beside the mount, and its ETag; None if it was deleted meanwhile."""
        content = self._notes / f"{secrets.token_hex(8)}.part"
        try:
            etag, modified = fetch(client, blob_url(self._url, name), content)
        except BaseException as error:
            content.unlink(missing_ok=True)
            if isinstance(error, TransferError) and error.status == _NOT_FOUND:
                return None
            raise
        with suppress(TypeError, ValueError):
            seconds = parsedate_to_datetime(modified).timestamp()
            os.utime(content, (seconds, seconds))
        return content, etag

    def _place(self, name: str, file: FileMark | None, content: Path, etag: str) -> None:
        try:
            digest = digest_of(content)
            mark = self._folder.place(name, file, content)
            if mark is not None:
                self._known[name] = Synced(etag, digest, settled(mark))
        finally:
            content.unlink(missing_ok=True)

    def _compare(self, client: HttpClient, name: str, file: FileMark | None, etag: str) -> None:
        """Take blob and file for one if their content is the same; else two wrote it, and the blob stays as it is."""
        if name.endswith("/"):
            self._known[name] = Synced(etag, FOUND, FOLDER)
            return
        if (found := self._fetch(client, name)) is None:
            return
        content, etag = found
        mark, digest, theirs = self._folder.mark(name), None, digest_of(content)
        with suppress(FileNotFoundError):
            digest = self._folder.digest(name)
        if digest == theirs:
            content.unlink()
            self._known[name] = Synced(etag, theirs, settled(mark))
            return
        known = self._known.get(name)
        if known is None or known.digest != digest:
            self._lose(name, _CONFLICT if self._writable else _READ_ONLY)
        self._place(name, file, content, etag)

    def _upload(self, client: HttpClient, name: str, file: FileMark | None, etag: str | None) -> None:
        known = self._known.get(name)
        if name.endswith("/"):
            digest = ""
        else:
            try:
                digest = self._folder.digest(name)
            except FileNotFoundError:  # the next run sees that it was deleted
                return
        if known is not None and known.digest == digest and etag in {known.etag, None}:
            # Touched only; so a blob that is gone was deleted by another client, and is not written again.
            if etag is None:
                self._delete_file(name, file)
            else:
                self._known[name] = Synced(etag, digest, settled(file))
        elif not self._writable:
            self._undo(client, name, file, etag)
        elif name.endswith("/"):
            marker = (("x-ms-meta-hdi_isfolder", "true"), ("Content-Type", "application/octet-stream"))
            made = put_bytes(client, blob_url(self._url, name.rstrip("/")), b"", marker)
            self._known[name] = Synced(made, MADE, FOLDER)
        else:
            condition = ("If-None-Match", "*") if etag is None else ("If-Match", f'"{etag}"')
            try:
                written = put_file(client, blob_url(self._url, name), self._folder.path(name), (condition,))
            except TransferError as error:
                if error.status not in _CHANGED_BY_OTHERS:
                    raise
                self._compare(client, name, file, "")
                return
            # What was written meanwhile is uploaded by the next run.
            same = self._folder.mark(name) == file
            self._known[name] = Synced(written, digest if same else "", settled(file) if same else FOLDER)

    def _undo(self, client: HttpClient, name: str, file: FileMark | None, etag: str | None) -> None:
        self._lose(name, _READ_ONLY)
        if etag is None:
            self._delete_file(name, file)
        else:
            self._download(client, name, file, etag)

    def _delete_blob(self, client: HttpClient, name: str, etag: str) -> None:
        headers = {"If-Match": f'"{etag}"', "x-ms-version": STORAGE_API_VERSION}
        try:
            client.request("DELETE", blob_url(self._url, name.rstrip("/")), headers=headers).read()
        except TransferError as error:
            # A blob that another client changed stays: the next run downloads it.
            if error.status not in {_NOT_FOUND, _CONDITION_FAILED}:
                raise
        self._known.pop(name, None)

    def _lose(self, name: str, why: str) -> None:
        self._lost.append((self.runs, failures.not_written_back(OSError(why), self._url, f"{self._path}/{name}")))

    def _fail(self, name: str, error: TransferError | OSError | ValueError) -> None:
        shown = f"{self._path}/{without_surrogates(name)}"
        self._failing[name] = failures.not_written_back(error, self._url, shown)


def _read_index(path: Path) -> dict[str, Synced]:
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        return {name: Synced(etag, digest, FileMark(*mark)) for name, (etag, digest, mark) in listed.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write_index(path: Path, known: Mapping[str, Synced]) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(known), encoding="utf-8")
    temporary.replace(path)
