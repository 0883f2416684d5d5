"""collect: download outputs and task files, verify them, and write a manifest of what came from where."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, ServiceError, UnreachableError
from recipebatch.folder_files import NotOwnFileError, open_folder, parent_directory
from recipebatch.phases.collect.local_paths import MANIFEST
from recipebatch.phases.collect.manifest import CannotWriteError, Manifest
from recipebatch.phases.collect.partial_downloads import PartialDownloads
from recipebatch.phases.collect.sources import CollectItem, NothingFitsError, collect_items
from recipebatch.phases.collect.task_files import Remarks
from recipebatch.phases.parallel import map_concurrently
from recipebatch.phases.stage import files_text
from recipebatch.phases.table import COLLECT
from recipebatch.report import Amount, PhaseReport, StepDone, StepReport

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from recipebatch.phases.context import PhaseContext
    from recipebatch.properties.files import Collect
    from recipebatch.report import Progress

_PIECE = 1024 * 1024


class WouldOverwriteError(RecipeBatchError):
    """A local file exists that no earlier collect wrote, or that was changed since."""

    code = "would-overwrite"


class Action(StrEnum):
    """What to do about one file."""

    SKIP = "skip"
    FETCH = "fetch"
    COMPARE = "compare"


def decide(wanted: CollectItem, local: bytes | None, written: str | None, *, overwrite: bool) -> Action:
    """Whether to download, and whether an existing file may be replaced. Pure.

    Args:
        wanted: the file to collect.
        local: the MD5 of the local file, None if there is none.
        written: the MD5 (hex) that an earlier collect wrote there, None if none did.
        overwrite: replace any existing file.

    Returns:
        `COMPARE` when only the content shows whether the existing file is the same one.

    Raises:
        WouldOverwriteError: a file exists that is neither this one nor one that an earlier collect wrote.
    """
    if local is not None and local == wanted.md5:
        return Action.SKIP
    if local is None or overwrite or written == local.hex():
        return Action.FETCH
    if wanted.md5 is None:
        return Action.COMPARE
    raise _in_the_way(wanted)


def collect_outputs(
    context: PhaseContext,
    *,
    folder: Path,
    overwrite: bool = False,
    include: tuple[str, ...] = (),
    ended: bool = False,
    before: Mapping[str, Collection[str]] | None = None,
) -> PhaseReport:
    """Download everything the recipe's `collect` names; identical local files are skipped.

    Args:
        folder: what relative `into` paths start from.
        include: patterns to use instead of the recipe's, if there are any.
        ended: all tasks have ended: files of tasks that are not there are lost.
        before: the jobs whose task files an earlier collect had, each with the tasks that ran again since.

    Raises:
        CannotWriteError, WouldOverwriteError, NothingFitsError: see there; everything else was still collected.
        ServiceError: a blob arrived with another size or hash than the service announced.
    """
    steps: list[StepReport] = []
    errors: list[RecipeBatchError] = []
    remarks = Remarks(ended=ended, before=before or {})
    for planned in context.plan.collect:
        entry = replace(planned, include=include or planned.include)
        if _is_behind_link(folder, entry.into):
            errors.append(_link(folder / entry.into, folder))
            continue
        done, failed = _collect_entry(entry, folder, context, remarks, overwrite=overwrite)
        steps += done
        errors += failed
    if errors:
        if len(errors) > 1:
            errors[0].add_note(f"and {len(errors) - 1} more files could not be collected")
        raise errors[0]
    places = [str(folder / entry.into) for entry in context.plan.collect]
    return PhaseReport(
        phase=COLLECT.name,
        summary=_summary(steps, places),
        steps=tuple(steps),
        notes=tuple(remarks.notes),
        missing_outputs=tuple(remarks.lost),
    )


def _is_behind_link(folder: Path, into: str) -> bool:
    try:
        open_folder(folder, into).close()
    except NotOwnFileError:
        return True
    except OSError:
        pass  # there is none yet, or the first file says what is wrong with it
    return False


def _summary(steps: list[StepReport], places: list[str]) -> str:
    got = [step for step in steps if step.action == "downloaded"]
    same = len(steps) - len(got)
    skipped = f", {same} already there" if same else ""
    summary = "nothing to download"
    if got:
        summary = f"{files_text(len(got))} downloaded ({sum(step.size for step in got):,} bytes)"
    return summary + skipped + (" in " + ", ".join(dict.fromkeys(places)) if steps else "")


def _collect_entry(
    entry: Collect, folder: Path, context: PhaseContext, remarks: Remarks, *, overwrite: bool
) -> tuple[list[StepReport], list[RecipeBatchError]]:
    manifest = Manifest(folder, f"{entry.into}/{MANIFEST}", context.plan.run_id)
    partial = PartialDownloads()
    try:
        items = collect_items(entry, folder, context, remarks)
    except NothingFitsError as error:
        return [], [error]
    counter = _Counter(context.progress, items)

    def one(item: CollectItem) -> StepReport | RecipeBatchError:
        try:
            local = _local_md5(item, overwrite=overwrite)
            if local is not None and not overwrite and manifest.is_of_another(item.target, item.source):
                raise _twice(item)
            action = decide(item, local, manifest.md5_of(item.target), overwrite=overwrite)
            md5, size = local or b"", item.size
            if action is not Action.SKIP:
                size, md5 = _fetch(item, partial, counter.received, keep=local if action is Action.COMPARE else None)
        except UnreachableError:
            raise
        except RecipeBatchError as error:
            # One file in the way must not keep the others from being saved.
            return error
        manifest.add(item.target, item.source, size=size, md5=md5)
        if local == md5:
            return counter.done("unchanged", item)
        return counter.done("downloaded", item, size)

    try:
        results = list(map_concurrently(items, one))
    finally:
        counter.tell(ended=True)
        manifest.save()
    return (
        [result for result in results if isinstance(result, StepReport)],
        [result for result in results if isinstance(result, RecipeBatchError)],
    )


class _Counter:
    """Bytes and files received by several downloads at once, as one amount."""

    def __init__(self, progress: Progress, items: Sequence[CollectItem]) -> None:
        self._progress = progress
        self._count = len(items)
        self._total = sum(item.size for item in items)
        self._bytes = self._files = 0
        self._lock = Lock()

    def received(self, size: int) -> None:
        """So many bytes more of any file are here."""
        with self._lock:
            self._bytes += size
            self.tell()

    def done(self, action: str, item: CollectItem, size: int = 0) -> StepReport:
        """A file is complete."""
        report = StepReport(action=action, kind="file", name=str(item.target), size=size)
        with self._lock:
            self._files += 1
            self.tell()
        self._progress.tell(StepDone(phase=COLLECT.name, step=report))
        return report

    def tell(self, *, ended: bool = False) -> None:
        """Tell how far they have come."""
        text = f"{self._files:,}/{self._count:,} files"
        self._progress.tell(
            Amount(what="downloaded", done=self._bytes, total=self._total, unit="bytes", text=text, ended=ended)
        )


def _local_md5(item: CollectItem, *, overwrite: bool) -> bytes | None:
    """The MD5 of the local file, None if there is none; no link is followed.

    Raises:
        CannotWriteError: a link leads to it, or it cannot be read.
        WouldOverwriteError: its name is a link or a device.
    """
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with parent_directory(item.folder, _below(item)) as (directory, name):
            status = directory.status(name)
            if status is None or stat.S_ISDIR(status.st_mode):
                return None
            if not stat.S_ISREG(status.st_mode):
                if overwrite:
                    return b""
                raise _in_the_way(item)
            with directory.reader(name) as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
    except FileNotFoundError:
        return None
    except NotOwnFileError:
        raise _link(item.target, item.folder) from None
    except OSError as error:
        raise CannotWriteError(f"cannot read {item.target}: {error.strerror or error}") from None
    return digest.digest()


def _fetch(
    item: CollectItem, partial: PartialDownloads, received: Callable[[int], None], *, keep: bytes | None
) -> tuple[int, bytes]:
    """Download beside the final name, verify, then rename: the final name never holds half a file.

    What a closed connection or an interruption leaves is continued by the next attempt.

    Args:
        item: what to download.
        partial: what earlier attempts left.
        received: called with the number of bytes of each piece.
        keep: the MD5 of an existing file of the user, which is only compared and never replaced.
    """
    below = _below(item)
    try:
        with (
            parent_directory(item.folder, below, create=True) as (directory, name),
            partial.claim(directory, below.rpartition("/")[0], name, item.etag) as part,
        ):
            try:
                md5 = item.fetch(part.file, received)
            except (UnreachableError, KeyboardInterrupt):
                part.keep()
                raise
            part.file.flush()
            size = os.fstat(part.file.fileno()).st_size
            # A task's file may have grown since it was listed; a blob is what it was announced to be.
            if size < item.size or (item.md5 is not None and (md5, size) != (item.md5, item.size)):
                raise ServiceError(
                    f"{item.target.name} arrived with {size} bytes, not the {item.size} the service announced, "
                    "or with another hash",
                    hint="collect again; if it happens again, another process is still writing that file",
                )
            if keep is not None and md5 != keep:
                raise _in_the_way(item)
            if keep is None:
                part.move_to(name)
    except NotOwnFileError:
        raise _link(item.target, item.folder) from None
    except OSError as error:
        raise _cannot_write(item.target, error) from None
    return size, md5


def _below(item: CollectItem) -> str:
    return item.target.relative_to(item.folder).as_posix()


def _cannot_write(target: Path, error: OSError) -> CannotWriteError:
    return CannotWriteError(
        f"cannot write {target}: {error.strerror or error}",
        hint="free some space or make the folder writable, then collect again: collected files are kept",
    )


def _in_the_way(wanted: CollectItem) -> WouldOverwriteError:
    return WouldOverwriteError(
        f"{wanted.target} exists already and was not written by an earlier collect",
        hint="move it, collect into another folder (--output-dir), or replace it with --overwrite",
    )


def _twice(wanted: CollectItem) -> WouldOverwriteError:
    return WouldOverwriteError(
        f"{wanted.target} was collected from another container of the same run",
        hint="give each entry of `collect` its own `into`",
    )


def _link(target: Path, folder: Path) -> CannotWriteError:
    return CannotWriteError(
        f"cannot write {target}: a link in its path leads out of {folder}",
        hint="remove the link, or collect into another folder (--output-dir)",
    )
