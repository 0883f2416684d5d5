"""collect: download outputs and task files, verify them, and write a manifest of what came from where."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, ServiceError, UnreachableError
from recipebatch.phases.local_names import MANIFEST, local_path
from recipebatch.phases.manifest import CannotWriteError, Manifest
from recipebatch.phases.parallel import each
from recipebatch.phases.partial import claim, discard
from recipebatch.phases.stage import file_md5, files_text
from recipebatch.recipe.globs import matches
from recipebatch.report import PhaseReport, StepReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedCollect
    from recipebatch.service import BlobSnapshot


class WouldOverwriteError(RecipeBatchError):
    """A local file is in the way that no earlier collect wrote, or that was changed since."""

    code = "would-overwrite"


class NothingFitsError(RecipeBatchError):
    """A container has blobs, and `include` leaves none of them."""

    code = "nothing-fits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One file to have.

    Attributes:
        source: where it comes from, for the manifest: container and blob, or job, task and file.
        size: bytes, as the service announced them.
        md5: None when the service does not know it: for files of tasks, which may still grow.
        fetch: downloads into a file, which may hold the beginning already, and answers the MD5 of the whole.
        etag: tells one content from another; None when nothing does.
    """

    source: dict[str, str]
    target: Path
    size: int
    md5: bytes | None
    fetch: Callable[[Path, Callable[[int], None]], bytes]
    etag: str | None = None


class Action(StrEnum):
    """What to do about one file."""

    SKIP = "skip"
    FETCH = "fetch"
    COMPARE = "compare"


def decide(wanted: Wanted, local: bytes | None, written: str | None, *, overwrite: bool) -> Action:
    """Whether to download, and whether what is there may be replaced. Pure.

    Args:
        wanted: the file to have.
        local: the MD5 of the local file, None if there is none.
        written: the MD5 (hex) that an earlier collect wrote there, None if none did.
        overwrite: replace whatever is there.

    Returns:
        `COMPARE` when only the content can tell whether the file in the way is the wanted one.

    Raises:
        WouldOverwriteError: a file is there that is neither the wanted one nor one we wrote.
    """
    if local is not None and local == wanted.md5:
        return Action.SKIP
    if local is None or overwrite or written == local.hex():
        return Action.FETCH
    if wanted.md5 is None:
        return Action.COMPARE
    raise _in_the_way(wanted)


def collect(
    context: PhaseContext, *, folder: Path, overwrite: bool = False, include: tuple[str, ...] = ()
) -> PhaseReport:
    """Download everything the recipe's `collect` names; files that are there and identical are skipped.

    Args:
        folder: what relative `into` paths start from.
        include: patterns to use instead of the recipe's, if there are any.

    Raises:
        CannotWriteError, WouldOverwriteError, NothingFitsError: see there; everything else was still collected.
        ServiceError: a blob arrived with another size or hash than the service announced.
    """
    steps: list[StepReport] = []
    errors: list[RecipeBatchError] = []
    notes: list[str] = []
    for planned in context.plan.collect:
        entry = replace(planned, include=include or planned.include)
        done, failed = _collect_entry(entry, folder / entry.into, context, notes, overwrite=overwrite)
        steps += done
        errors += failed
    if errors:
        if len(errors) > 1:
            errors[0].add_note(f"and {len(errors) - 1} more files could not be collected")
        raise errors[0]
    places = [str(folder / entry.into) for entry in context.plan.collect]
    return PhaseReport(phase="collect", summary=_summary(steps, places), steps=tuple(steps), notes=tuple(notes))


def _summary(steps: list[StepReport], places: list[str]) -> str:
    got = [step for step in steps if step.action == "downloaded"]
    same = len(steps) - len(got)
    skipped = f", {same} there already" if same else ""
    summary = "nothing to download"
    if got:
        summary = f"{files_text(len(got))} downloaded ({sum(step.size for step in got):,} bytes)"
    return summary + skipped + (" in " + ", ".join(dict.fromkeys(places)) if steps else "")


def _collect_entry(
    entry: PlannedCollect, target: Path, context: PhaseContext, notes: list[str], *, overwrite: bool
) -> tuple[list[StepReport], list[RecipeBatchError]]:
    manifest = Manifest(target / MANIFEST, context.plan.run_id)
    if entry.container is not None:
        container = context.plan.container(entry.container)
        blobs = list(context.store_of(container).list_blobs(container.name))
        chosen = [blob for blob in blobs if not entry.include or matches(blob.name, entry.include)]
        if blobs and not chosen:
            return [], [_nothing_fits(entry, blobs)]
        unfit = [pattern for pattern in entry.include if not any(matches(blob.name, (pattern,)) for blob in chosen)]
        notes += [f"no blob of {entry.container} fits {pattern}" for pattern in unfit]
        items = [_wanted_blob(entry.container, blob, target, context) for blob in chosen]
    else:
        items = list(_task_files(entry, target, context, notes))
    bar = context.progress.bar("collected", total=sum(item.size for item in items), unit="bytes")
    lock = Lock()
    counted = 0

    def received(size: int) -> None:
        nonlocal counted
        with lock:
            counted += size
            bar.update(counted)

    def one(item: Wanted) -> StepReport | RecipeBatchError:
        try:
            local = file_md5(item.target) if item.target.is_file() else None
            action = decide(item, local, manifest.md5_of(item.target), overwrite=overwrite)
            md5, size = local or b"", item.size
            if action is not Action.SKIP:
                size, md5 = _fetch(item, received, keep=local if action is Action.COMPARE else None)
        except UnreachableError:
            raise
        except RecipeBatchError as error:
            # One file in the way must not keep the others from being saved.
            return error
        manifest.add(item.target, item.source, size=size, md5=md5)
        if local == md5:
            return StepReport(action="unchanged", kind="file", name=str(item.target))
        return StepReport(action="downloaded", kind="file", name=str(item.target), size=size)

    try:
        results = list(each(items, one))
    finally:
        bar.close()
        manifest.save()
    return (
        [result for result in results if isinstance(result, StepReport)],
        [result for result in results if isinstance(result, RecipeBatchError)],
    )


def _wanted_blob(logical: str, blob: BlobSnapshot, target: Path, context: PhaseContext) -> Wanted:
    planned = context.plan.container(logical)
    container, store = planned.name, context.store_of(planned)
    return Wanted(
        source={"container": container, "blob": blob.name, **_modified(blob)},
        target=local_path(target, blob.name),
        size=blob.size,
        md5=blob.md5,
        fetch=lambda path, received: store.download(container, blob, path, received=received),
        etag=blob.etag or None,
    )


def _modified(blob: BlobSnapshot) -> dict[str, str]:
    return {} if blob.last_modified is None else {"last_modified": blob.last_modified.isoformat()}


def _nothing_fits(entry: PlannedCollect, blobs: list[BlobSnapshot]) -> NothingFitsError:
    """A mistake in a pattern must not let the purge that follows delete what was meant to be kept."""
    patterns = " or ".join(entry.include)
    has = f"{len(blobs)} blobs" if len(blobs) > 1 else "1 blob"
    return NothingFitsError(
        f"collect: no blob of {entry.container} fits {patterns}; it has {has}, such as {blobs[0].name}",
        hint="`*` stays inside one folder, `**` crosses folders; collect --include PATTERN chooses others",
    )


def _task_files(entry: PlannedCollect, target: Path, context: PhaseContext, notes: list[str]) -> Iterator[Wanted]:
    missing = dict.fromkeys(entry.task_files, 0)
    tasks = [
        (job.id, task.id) for job in context.plan.jobs for task in job.tasks or () if task.id not in job.superseded
    ]
    for job_id, task_id in tasks:
        sizes = {file.name: file.size for file in context.batch.list_task_files(job_id, task_id)}
        for name in entry.task_files:
            if name not in sizes:
                missing[name] += 1
                continue
            yield Wanted(
                source={"job": job_id, "task": task_id, "file": name},
                target=local_path(target, f"{task_id}/{name}"),
                size=sizes[name],
                md5=None,
                fetch=_task_file_fetcher(job_id, task_id, name, context),
            )
    notes += [f"{count} of {len(tasks)} tasks have no {name}" for name, count in missing.items() if count]


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


def _fetch(item: Wanted, received: Callable[[int], None], *, keep: bytes | None) -> tuple[int, bytes]:
    """Download beside the final name, verify, then rename: the final name never holds half a file.

    What a closed connection or an interruption leaves is the beginning of the next try.

    Args:
        keep: the MD5 of a file of the user's that is there and may only be found identical, never replaced.
    """
    try:
        item.target.parent.mkdir(parents=True, exist_ok=True)
        part = claim(item.target, item.etag)
    except OSError as error:
        raise _cannot_write(item.target, error) from None
    try:
        md5 = item.fetch(part, received)
        size = part.stat().st_size
        # A task's file may have grown since it was listed; a blob is what it was announced to be.
        if size < item.size or (item.md5 is not None and (md5, size) != (item.md5, item.size)):
            raise ServiceError(
                f"{item.target.name} arrived with {size} bytes, not the {item.size} the service announced, "
                "or with another hash",
                hint="collect again; if it stays so, something still writes that file",
            )
        if keep is not None and md5 != keep:
            raise _in_the_way(item)
        if keep is None:
            part.replace(item.target)
    except OSError as error:
        discard(part)
        raise _cannot_write(item.target, error) from None
    except RecipeBatchError as error:
        if not isinstance(error, UnreachableError):
            discard(part)
        raise
    discard(part)
    return size, md5


def _cannot_write(target: Path, error: OSError) -> CannotWriteError:
    return CannotWriteError(
        f"cannot write {target}: {error.strerror or error}",
        hint="make room or make the folder writable, then collect again: what is there is kept",
    )


def _in_the_way(wanted: Wanted) -> WouldOverwriteError:
    return WouldOverwriteError(
        f"{wanted.target} is there already and was not written by an earlier collect",
        hint="move it away, collect into another folder (--output-dir), or replace it with --overwrite",
    )
