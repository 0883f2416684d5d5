"""What is to be collected: the blobs of a container, or files of tasks, each with its place on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from recipebatch.errors import RecipeBatchError
from recipebatch.phases.collect.disk import disk_of
from recipebatch.phases.collect.local_paths import changed_names, local_paths
from recipebatch.phases.collect.task_files import task_files
from recipebatch.text.globs import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from recipebatch.phases.collect.task_files import Remarks
    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import Plan
    from recipebatch.properties.files import Collect
    from recipebatch.service import BlobSnapshot


class NothingFitsError(RecipeBatchError):
    """A container has blobs, and `include` leaves none of them."""

    code = "nothing-fits"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectItem:
    """One file to collect.

    Attributes:
        source: where it comes from, for the manifest: container and blob, or job, task and file.
        folder: what `target` stays in; below it no link is followed.
        size: bytes, as the service announced them.
        md5: None when the service does not know it: for files of tasks, which may still grow.
        fetch: downloads into an open file, which may contain the start of it already; returns the MD5 of the whole.
        etag: identifies the content; None when nothing does.
    """

    source: dict[str, str]
    target: Path
    folder: Path
    size: int
    md5: bytes | None
    fetch: Callable[[BinaryIO, Callable[[int], None]], bytes]
    etag: str | None = None


def collect_items(entry: Collect, folder: Path, context: PhaseContext, remarks: Remarks) -> list[CollectItem]:
    """The files of one entry of `collect`.

    Args:
        entry: the entry.
        folder: what its `into` starts from.
        context: the run at work.
        remarks: receives what is missing.

    Raises:
        NothingFitsError: the container has blobs, and none matches `include`.
    """
    if entry.container is None:
        return [
            CollectItem(
                source=file.source, target=file.target, folder=folder, size=file.size, md5=None, fetch=file.fetch
            )
            for file in task_files(entry, folder, context, remarks)
        ]
    target = folder / entry.into
    container = context.plan.container(entry.container)
    store = context.store_of(container)
    blobs = list(store.list_blobs(container.name))
    chosen = [blob for blob in blobs if not entry.include or matches(blob.name, entry.include)]
    if blobs and not chosen:
        raise _nothing_fits(entry, blobs)
    unfit = [pattern for pattern in entry.include if not any(matches(blob.name, (pattern,)) for blob in chosen)]
    remarks.notes += [f"no blob of {entry.container} matches {pattern}" for pattern in unfit]
    with disk_of(folder, entry.into) as disk:
        paths, changed = local_paths(target, [blob.name for blob in chosen], disk, is_shared=target == folder)
    remarks.notes += changed_names(changed, target)
    tasks = writers(context.plan, entry.container)

    def fetcher(blob: BlobSnapshot) -> Callable[[BinaryIO, Callable[[int], None]], bytes]:
        return lambda file, received: store.download(container.name, blob, file, received=received)

    return [
        CollectItem(
            source={"container": container.name, "blob": blob.name, **_of_task(blob.name, tasks), **_modified(blob)},
            target=paths[blob.name],
            folder=folder,
            size=blob.size,
            md5=blob.md5,
            fetch=fetcher(blob),
            etag=blob.etag or None,
        )
        for blob in chosen
    ]


def writers(plan: Plan, logical: str) -> dict[str, str]:
    """Blob name, or folder in a container → the id of the task whose output files go there."""
    found: dict[str, str] = {}
    for job in plan.jobs:
        for task in job.tasks or ():
            for file in task.output_files:
                if file.container == logical and file.path:
                    # Two tasks that write to one folder: none of them is the one.
                    path = file.path.rstrip("/")
                    found[path] = str(task.id) if found.get(path, task.id) == task.id else ""
    return found


def _of_task(name: str, tasks: Mapping[str, str]) -> dict[str, str]:
    """The task that a blob is an output file of, if the plan says so."""
    path = name
    while path:
        if path in tasks:
            return {"task": tasks[path]} if tasks[path] else {}
        path = path.rpartition("/")[0]
    return {}


def _modified(blob: BlobSnapshot) -> dict[str, str]:
    return {} if blob.last_modified is None else {"last_modified": blob.last_modified.isoformat()}


def _nothing_fits(entry: Collect, blobs: list[BlobSnapshot]) -> NothingFitsError:
    """The error that stops a run before its purge deletes outputs because of a mistake in a pattern."""
    patterns = " or ".join(entry.include)
    has = f"{len(blobs)} blobs" if len(blobs) > 1 else "1 blob"
    return NothingFitsError(
        f"collect: no blob of {entry.container} matches {patterns}; it has {has}, such as {blobs[0].name}",
        hint="`*` stays inside one folder, `**` crosses folders; collect --include PATTERN chooses others",
    )
