"""What is to be collected: the blobs of a container, or files of tasks, each with its place on this machine."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from recipebatch.errors import RecipeBatchError
from recipebatch.phases.collect.disk import disk_of
from recipebatch.phases.collect.local_paths import MANIFEST, is_kept, local_path, local_paths
from recipebatch.text.globs import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

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


def collect_items(entry: Collect, folder: Path, context: PhaseContext, notes: list[str]) -> list[CollectItem]:
    """The files of one entry of `collect`.

    Args:
        entry: the entry.
        folder: what its `into` starts from.
        context: the run at work.
        notes: receives a line for what is missing.

    Raises:
        NothingFitsError: the container has blobs, and none matches `include`.
    """
    if entry.container is None:
        return list(_task_files(entry, folder, context, notes))
    target = folder / entry.into
    container = context.plan.container(entry.container)
    store = context.store_of(container)
    blobs = list(store.list_blobs(container.name))
    chosen = [blob for blob in blobs if not entry.include or matches(blob.name, entry.include)]
    if blobs and not chosen:
        raise _nothing_fits(entry, blobs)
    unfit = [pattern for pattern in entry.include if not any(matches(blob.name, (pattern,)) for blob in chosen)]
    notes += [f"no blob of {entry.container} matches {pattern}" for pattern in unfit]
    with disk_of(folder, entry.into) as disk:
        paths, changed = local_paths(target, [blob.name for blob in chosen], disk, is_shared=target == folder)
    notes += _changed(changed, target)
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


def _changed(count: int, target: Path) -> list[str]:
    """A line about files that could not keep their names."""
    if not count:
        return []
    files = "1 file has another name here than its source" if count == 1 else f"{count} files have other names here"
    why = "this disk cannot have it, something else has it, or it is not safe"
    return [f"{files} ({why}): see {target / MANIFEST}"]


def _task_files(entry: Collect, root: Path, context: PhaseContext, notes: list[str]) -> Iterator[CollectItem]:
    missing = dict.fromkeys(entry.task_files, 0)
    tasks = [(job, task.id) for job in context.plan.jobs for task in job.tasks or () if task.id not in job.superseded]
    ids = Counter(task_id for _, task_id in tasks)
    changed = 0
    with disk_of(root, entry.into) as disk:
        places = {name: local_path(root, name, disk) for name in entry.task_files}
    for job, task_id in tasks:
        job_id = job.id
        # Two jobs of a recipe may have tasks of one id.
        folder = task_id if ids[task_id] == 1 else f"{job.retry_of or job.logical}/{task_id}"
        sizes = {file.name: file.size for file in context.batch.list_task_files(job_id, task_id)}
        for name in entry.task_files:
            if name not in sizes:
                missing[name] += 1
                continue
            changed += not is_kept(root, name, places[name])
            yield CollectItem(
                source={"job": job_id, "task": task_id, "file": name},
                target=root / entry.into / folder / places[name].relative_to(root),
                folder=root,
                size=sizes[name],
                md5=None,
                fetch=_task_file_fetcher(job_id, task_id, name, context),
            )
    notes += _changed(changed, root / entry.into)
    notes += [f"{count} of {len(tasks)} tasks have no {name}" for name, count in missing.items() if count]


def _task_file_fetcher(
    job_id: str, task_id: str, name: str, context: PhaseContext
) -> Callable[[BinaryIO, Callable[[int], None]], bytes]:
    def fetch(file: BinaryIO, received: Callable[[int], None]) -> bytes:
        digest = hashlib.md5(usedforsecurity=False)
        pieces: Iterable[bytes] = context.batch.read_task_file(job_id, task_id, name) or ()
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            received(len(piece))
        return digest.digest()

    return fetch
