"""collect: download outputs and task files, verify them, and write a manifest of what came from where."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from threading import Lock
from typing import TYPE_CHECKING, Any

from recipebatch.errors import RecipeBatchError, ServiceError
from recipebatch.phases.local_names import local_path
from recipebatch.phases.parallel import each
from recipebatch.phases.stage import file_md5
from recipebatch.report import PhaseReport, StepReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedCollect
    from recipebatch.service import BlobSnapshot

MANIFEST = "recipebatch-manifest.json"
MANIFEST_VERSION = 1


class CannotWriteError(RecipeBatchError):
    """The local disk does not take what was collected; nothing half written is left under its final name."""

    code = "cannot-write"


class WouldOverwriteError(RecipeBatchError):
    """A local file is in the way that no earlier collect wrote, or that was changed since."""

    code = "would-overwrite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One file to have.

    Attributes:
        source: where it comes from, for the manifest: container and blob, or job, task and file.
        size: bytes; None when only the service's answer will tell.
        md5: None when the service does not know it.
        fetch: downloads into a new file and answers its MD5.
    """

    source: dict[str, str]
    target: Path
    size: int | None
    md5: bytes | None
    fetch: Callable[[Path, Callable[[int], None]], bytes]


def decide(wanted: Wanted, local: bytes | None, written: str | None, *, overwrite: bool) -> bool:
    """Whether to download. Pure.

    Args:
        wanted: the file to have.
        local: the MD5 of the local file, None if there is none.
        written: the MD5 (hex) that an earlier collect wrote there, None if none did.
        overwrite: replace whatever is there.

    Raises:
        WouldOverwriteError: a file is there that is neither the wanted one nor one we wrote.
    """
    if local is None:
        return True
    if wanted.md5 is not None and local == wanted.md5:
        return False
    if overwrite or written == local.hex():
        return True
    raise WouldOverwriteError(
        f"{wanted.target} is there already and was not written by an earlier collect",
        hint="move it away, collect into another folder (--output-dir), or replace it with --overwrite",
    )


def collect(context: PhaseContext, *, folder: Path, overwrite: bool = False) -> PhaseReport:
    """Download everything the recipe's `collect` names; files that are there and identical are skipped.

    Args:
        folder: what relative `into` paths start from.

    Raises:
        CannotWriteError, WouldOverwriteError: see there; everything else was still collected.
        ServiceError: a blob arrived with another size or hash than the service announced.
    """
    steps: list[StepReport] = []
    places: list[str] = []
    for entry in context.plan.collect:
        target = folder / entry.into
        places.append(str(target))
        steps += _collect_entry(entry, target, context, overwrite=overwrite)
    got = [step for step in steps if step.action == "downloaded"]
    size = sum(step.size for step in got)
    same = len(steps) - len(got)
    skipped = f", {same} there already" if same else ""
    summary = f"{len(got)} files downloaded ({size:,} bytes){skipped}" if got else f"nothing to download{skipped}"
    if places:
        summary += " in " + ", ".join(dict.fromkeys(places))
    return PhaseReport(phase="collect", summary=summary, steps=tuple(steps))


def _collect_entry(entry: PlannedCollect, target: Path, context: PhaseContext, *, overwrite: bool) -> list[StepReport]:
    manifest = _Manifest(target / MANIFEST)
    items = list(_blobs(entry, target, context) if entry.container is not None else _task_files(entry, target, context))
    bar = context.progress.bar("collected", total=sum(item.size or 0 for item in items), unit="bytes")
    lock = Lock()
    counted = 0

    def received(size: int) -> None:
        nonlocal counted
        with lock:
            counted += size
            bar.update(counted)

    def one(item: Wanted) -> StepReport | WouldOverwriteError:
        written = manifest.md5_of(item.target)
        local = file_md5(item.target) if item.target.is_file() else None
        try:
            if not decide(item, local, written, overwrite=overwrite):
                manifest.add(item, local or b"")
                return StepReport(action="unchanged", kind="file", name=str(item.target))
        except WouldOverwriteError as error:
            return error
        size, md5 = _fetch(item, received)
        if local == md5:
            return StepReport(action="unchanged", kind="file", name=str(item.target))
        manifest.add(item, md5)
        return StepReport(action="downloaded", kind="file", name=str(item.target), size=size)

    try:
        results = list(each(items, one))
    finally:
        bar.close()
        manifest.save(context)
    for result in results:
        if isinstance(result, WouldOverwriteError):
            raise result
    return [result for result in results if isinstance(result, StepReport)]


def _blobs(entry: PlannedCollect, target: Path, context: PhaseContext) -> Iterator[Wanted]:
    container = context.plan.container(entry.container or "").name
    for blob in context.blobs.list_blobs(container):
        if not entry.include or any(fnmatchcase(blob.name, pattern) for pattern in entry.include):
            yield Wanted(
                source={"container": container, "blob": blob.name},
                target=local_path(target, blob.name),
                size=blob.size,
                md5=blob.md5,
                fetch=_blob_fetcher(container, blob, context),
            )


def _blob_fetcher(
    container: str, blob: BlobSnapshot, context: PhaseContext
) -> Callable[[Path, Callable[[int], None]], bytes]:
    return lambda path, received: context.blobs.download(container, blob.name, path, received=received)


def _task_files(entry: PlannedCollect, target: Path, context: PhaseContext) -> Iterator[Wanted]:
    for job in context.plan.jobs:
        for task in job.tasks or ():
            sizes = {file.name: file.size for file in context.batch.list_task_files(job.id, task.id)}
            for name in entry.task_files:
                if name in sizes:
                    yield Wanted(
                        source={"job": job.id, "task": task.id, "file": name},
                        target=local_path(target, f"{task.id}/{name}"),
                        size=sizes[name],
                        md5=None,
                        fetch=_task_file_fetcher(job.id, task.id, name, context),
                    )


def _task_file_fetcher(
    job_id: str, task_id: str, name: str, context: PhaseContext
) -> Callable[[Path, Callable[[int], None]], bytes]:
    def fetch(path: Path, received: Callable[[int], None]) -> bytes:
        digest = hashlib.md5(usedforsecurity=False)
        pieces: Iterable[bytes] = context.batch.read_task_file(job_id, task_id, name) or ()
        with path.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                received(len(piece))
        return digest.digest()

    return fetch


def _fetch(item: Wanted, received: Callable[[int], None]) -> tuple[int, bytes]:
    """Download beside the final name, verify, then rename: the final name never holds half a file."""
    part = item.target.with_name(f".{item.target.name}.{os.getpid()}.part")
    try:
        item.target.parent.mkdir(parents=True, exist_ok=True)
        md5 = item.fetch(part, received)
        size = part.stat().st_size
        if (item.size is not None and size != item.size) or (item.md5 is not None and md5 != item.md5):
            raise ServiceError(
                f"{item.target.name} arrived with {size} bytes, not the {item.size} the service announced, "
                "or with another hash",
                hint="collect again; if it stays so, something still writes that file",
            )
        part.replace(item.target)
    except OSError as error:
        raise CannotWriteError(
            f"cannot write {item.target}: {error.strerror or error}",
            hint="make room or make the folder writable, then collect again: what is there is kept",
        ) from None
    finally:
        _remove(part)
    return size, md5


def _remove(part: Path) -> None:
    # Its folder may not even be one: what went wrong before is the error to tell.
    with suppress(OSError):
        part.unlink()


class _Manifest:
    """What stands in one folder and where it came from; also how a later collect knows its own files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._files: dict[str, Any] = _read_manifest(path)

    def md5_of(self, target: Path) -> str | None:
        """The hash we wrote at that place, or None."""
        entry: Mapping[str, Any] = self._files.get(self._key(target), {})
        value = entry.get("md5")
        return value if isinstance(value, str) else None

    def add(self, item: Wanted, md5: bytes) -> None:
        """Remember one file."""
        with self._lock:
            self._files[self._key(item.target)] = {**item.source, "size": item.size, "md5": md5.hex()}

    def save(self, context: PhaseContext) -> None:
        """Write it beside the files, whole or not at all."""
        if not self._files:
            return
        body = {"version": MANIFEST_VERSION, "run": context.plan.run_id, "files": dict(sorted(self._files.items()))}
        part = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        try:
            part.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            part.replace(self._path)
        except OSError as error:
            raise CannotWriteError(f"cannot write {self._path}: {error.strerror or error}") from None
        finally:
            _remove(part)

    def _key(self, target: Path) -> str:
        return target.relative_to(self._path.parent).as_posix()


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    files = body.get("files") if isinstance(body, dict) else None
    return files if isinstance(files, dict) else {}
