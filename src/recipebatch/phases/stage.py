"""stage: create the containers and upload what is missing or changed; deletes nothing."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

from recipebatch.errors import RecipeBatchError, ServiceError, UsageError
from recipebatch.files import RefusedPathError
from recipebatch.phases.missing_blobs import missing_blobs_of_pools
from recipebatch.phases.parallel import map_concurrently
from recipebatch.phases.table import STAGE
from recipebatch.report import Amount, PhaseReport, StepDone, StepReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from recipebatch.files import ReadAccess
    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedContainer, PlannedUpload
    from recipebatch.report import Progress
    from recipebatch.service import BlobSnapshot

_PIECE = 1024 * 1024
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class CreateContainer:
    """The container does not exist yet."""

    container: PlannedContainer


@dataclass(frozen=True, slots=True)
class UploadBlob:
    """The blob is missing, or its content is not the file's."""

    container: PlannedContainer
    upload: PlannedUpload


@dataclass(frozen=True, slots=True)
class KeepBlob:
    """The blob holds the file's content already."""

    container: PlannedContainer
    upload: PlannedUpload


Step = CreateContainer | UploadBlob | KeepBlob


def decide(
    container: PlannedContainer, seen: Mapping[str, BlobSnapshot] | None, md5_of: Callable[[PlannedUpload], bytes]
) -> list[Step]:
    """Decide what to do about one container; `seen` is None when it does not exist.

    A file is hashed only if a blob of its size exists: otherwise it is uploaded anyway.

    Raises:
        ServiceError: the container should exist already and does not.
    """
    if seen is None and container.existing:
        raise ServiceError(
            f"container {container.name} does not exist",
            hint=f"storage.{container.logical} says it exists; create it, or leave `existing` out",
        )
    steps: list[Step] = [CreateContainer(container)] if seen is None else []
    for upload in container.uploads:
        blob = (seen or {}).get(upload.blob)
        same = (
            blob is not None
            and blob.size == upload.size
            and _is_described(upload, blob)
            and blob.md5 is not None
            and blob.md5 == md5_of(upload)
        )
        steps.append(KeepBlob(container, upload) if same else UploadBlob(container, upload))
    return steps


def _is_described(upload: PlannedUpload, blob: BlobSnapshot) -> bool:
    """Whether the blob has the metadata and the content type that the recipe gives it."""
    # The service does not keep the case of names of metadata apart.
    there = {name.lower(): value for name, value in blob.metadata.items()}
    wanted = {name.lower(): value for name, value in upload.metadata}
    return (not wanted or there == wanted) and upload.content_type in {None, blob.content_type}


def stage_inputs(context: PhaseContext, hashes: Hashes | None = None) -> PhaseReport:
    """Make the plan's containers exist and hold its files; safe to run again.

    Args:
        context: the run at work.
        hashes: keeps the hashes of what is there afterwards.
    """
    md5_of = hashes or Hashes(context.read_access)
    seen = {item.logical: look(item, context) for item in context.plan.containers}
    steps = [step for item in context.plan.containers for step in decide(item, seen[item.logical], md5_of)]
    reports = [create(step, context) for step in steps if isinstance(step, CreateContainer)]
    uploads = [step for step in steps if isinstance(step, UploadBlob)]
    kept = [step for step in steps if isinstance(step, KeepBlob)]
    reports += [_blob_report("unchanged", step) for step in kept]
    reports += upload_blobs(uploads, context, md5_of)
    notes = [*(f"warning: {warning}" for warning in context.plan.warnings), *missing_blobs_of_pools(context)]
    replaced = [step for step in uploads if step.upload.blob in (seen[step.container.logical] or {})]
    if replaced:
        blobs = "1 blob" if len(replaced) == 1 else f"{len(replaced)} blobs"
        notes.append(f"replaced {blobs} that the container had: {names_text([_name_of(step) for step in replaced])}")
    sent = sum(step.size for step in reports if step.action == "uploaded")
    summary = _summary(uploads, kept, context, sent)
    return PhaseReport(phase=STAGE.name, summary=summary, steps=tuple(reports), notes=tuple(notes))


class Hashes:
    """The MD5 of the files and texts to upload, each read once."""

    def __init__(self, access: ReadAccess) -> None:
        self._access = access
        self._files: dict[Path, bytes] = {}

    def __call__(self, upload: PlannedUpload) -> bytes:
        """The MD5 of one of them; raises as reading a local file of the run does."""
        if upload.source is None:
            return hashlib.md5(upload.content.encode(), usedforsecurity=False).digest()
        if upload.source not in self._files:
            with _opened(upload.source, self._access) as file:
                self._files[upload.source] = _md5(file)
        return self._files[upload.source]

    def of_containers(self, containers: Iterable[PlannedContainer]) -> dict[str, dict[str, str]]:
        """By container of the recipe, the MD5 of each of its inputs, in hexadecimal."""
        return {
            container.logical: {upload.blob: self(upload).hex() for upload in container.uploads}
            for container in containers
            if container.uploads
        }


def upload_blobs(
    uploads: Sequence[UploadBlob], context: PhaseContext, md5_of: Callable[[PlannedUpload], bytes]
) -> list[StepReport]:
    """Upload files and texts, several at once."""
    total = sum(step.upload.size for step in uploads)
    counter = _Counter(context.progress, total=total, files=len(uploads))

    def send(step: UploadBlob) -> StepReport:
        sent = counter.file()
        upload = partial(
            context.store_of(step.container).upload,
            step.container.name,
            step.upload.blob,
            md5=md5_of(step.upload),
            sent=sent,
            content_type=step.upload.content_type,
            metadata=dict(step.upload.metadata),
        )
        size = step.upload.size
        if step.upload.source is None:
            upload(step.upload.content.encode())
        else:
            with _opened(step.upload.source, context.read_access) as file:
                # Of a run that is continued the file can have another size than when the run began.
                size = os.fstat(file.fileno()).st_size
                upload(file)
        counter.file_done(size, sent)
        report = _blob_report("uploaded", step, size)
        context.progress.tell(StepDone(phase=STAGE.name, step=report))
        return report

    try:
        return list(map_concurrently(uploads, send))
    finally:
        counter.close()


def _summary(uploads: Sequence[UploadBlob], kept: Sequence[KeepBlob], context: PhaseContext, sent: int) -> str:
    count = len(context.plan.containers)
    where = f"{count} container" if count == 1 else f"{count} containers"
    same = f"{files_text(len(kept))} unchanged" if kept else ""
    if not uploads:
        return f"nothing to upload{': ' if same else ''}{same} in {where}"
    return f"{files_text(len(uploads))} uploaded ({sent:,} bytes){', ' if same else ''}{same} in {where}"


def file_md5(path: Path) -> bytes:
    """The MD5 of a file, the hash the blob service keeps (a fingerprint, not a protection).

    Raises:
        RecipeBatchError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return _md5(file)
    except OSError as error:
        raise _unreadable(path, error) from None


def _md5(file: BinaryIO) -> bytes:
    digest = hashlib.md5(usedforsecurity=False)
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.digest()


def _opened(path: Path, access: ReadAccess) -> BinaryIO:
    """A local file of the run, if it may be read, and if no link has taken the place of a part of its path.

    Raises:
        UsageError: it must not be read.
        RecipeBatchError: it cannot be read.
    """
    try:
        return access.open(path)
    except RefusedPathError as error:
        raise UsageError(str(error), hint=error.hint) from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> RecipeBatchError:
    hint = "the file existed when the run started"
    return RecipeBatchError(f"cannot read {path}: {error.strerror}", hint=hint)


class _Counter:
    """Bytes sent by several uploads at once, as one amount."""

    def __init__(self, progress: Progress, *, total: int, files: int) -> None:
        self._progress = progress
        self._total = total
        self._files = files
        self._done_files = 0
        self._bytes = 0
        self._lock = Lock()

    def file(self) -> Callable[[int], None]:
        """A function that receives how many bytes of one file are sent."""
        before = 0

        def sent(current: int) -> None:
            nonlocal before
            with self._lock:
                self._bytes += current - before
                before = current
                self._show()

        return sent

    def file_done(self, size: int, sent: Callable[[int], None]) -> None:
        """One file is uploaded; the SDK reports no progress for small ones."""
        sent(size)
        with self._lock:
            self._done_files += 1
            self._show()

    def close(self) -> None:
        """No more bytes."""
        self._show(ended=True)

    def _show(self, *, ended: bool = False) -> None:
        text = f"{self._done_files:,}/{self._files:,} files"
        self._progress.tell(
            Amount(what="uploaded", done=self._bytes, total=self._total, unit="bytes", text=text, ended=ended)
        )


def look(container: PlannedContainer, context: PhaseContext) -> dict[str, BlobSnapshot] | None:
    """The blobs of a container that gets files, None if there is no such container."""
    store = context.store_of(container)
    if store.container_metadata(container.name) is None:
        return None
    if not container.uploads:
        return {}
    return {blob.name: blob for blob in store.list_blobs(container.name)}


def create(step: CreateContainer, context: PhaseContext) -> StepReport:
    """Create a container, with the labels of the run."""
    metadata = context.labels.as_container_metadata(step.container.retention)
    created = context.store_of(step.container).create_container(step.container.name, metadata=metadata)
    return StepReport(action="created" if created else "kept", kind="container", name=step.container.name)


def _blob_report(action: str, step: UploadBlob | KeepBlob, size: int = 0) -> StepReport:
    return StepReport(action=action, kind="blob", name=_name_of(step), size=size)


def _name_of(step: UploadBlob | KeepBlob) -> str:
    return f"{step.container.name}/{step.upload.blob}"


def names_text(names: Sequence[str]) -> str:
    """The first of several names, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def files_text(count: int) -> str:
    """`1 file`, `2 files`."""
    return f"{count} file" if count == 1 else f"{count} files"
