"""Outputs that finished tasks promise: which blobs must be there, and which of them are missing.

A task whose success uploads one named file promises that blob. Of a pattern nobody knows before what it matches: there
the blobs that were seen when the tasks had ended must still be there later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.errors import ExitCode, RecipeBatchError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import Plan, PlannedContainer, PlannedJob
    from recipebatch.properties.files import OutputFile

MAX_RECORDED = 20_000
"""Names of blobs that are recorded with a run; of more, only their number."""

_WILDCARD = re.compile(r"[*?\[]")
# The node replaces variables in a pattern: the file's name is then not known here. Source: OutputFile, filePattern.
_VARIABLE = re.compile(r"[$%]")
_SHOWN = 5


class OutputsMissingError(RecipeBatchError):
    """Blobs that finished tasks uploaded, or promised to upload, are not there and were not collected."""

    code = "output-missing"
    exit_code = ExitCode.FAILED


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PromisedBlob:
    """A blob that the success of a task promises.

    Attributes:
        container: its name in the recipe.
        task: empty where only the blob is known: of a pattern, or written by a task itself.
    """

    container: str
    blob: str
    job: str = ""
    task: str = ""

    def __str__(self) -> str:
        where = f"{self.blob} in {self.container}"
        return f"task {self.task}: {where}" if self.task else where


class OutputBlobs:
    """The blobs of the containers that the tasks of a run write to, each listed at most once."""

    def __init__(self, context: PhaseContext) -> None:
        self._context = context
        self._names: dict[str, frozenset[str]] = {}

    def names(self, logical: str) -> frozenset[str]:
        """The names of a container's blobs that may be outputs; none where there is no such container."""
        if logical not in self._names:
            self._names[logical] = frozenset(self._list(self._context.plan.container(logical)))
        return self._names[logical]

    def _list(self, container: PlannedContainer) -> Iterator[str]:
        store = self._context.store_of(container)
        if store.container_metadata(container.name) is None:
            return
        places = _places(self._context.plan.jobs, container.logical)
        inputs = {upload.blob for upload in container.uploads}
        # A container that is shared with others may have any number of blobs that are not ours.
        prefix = _shared_beginning(places) if container.existing else ""
        for blob in store.list_blobs(container.name, prefix=prefix):
            ours = not container.existing or _below(blob.name, places)
            if blob.name in places or (ours and blob.name not in inputs):
                yield blob.name

    def missing(self, promises: Iterable[PromisedBlob]) -> list[PromisedBlob]:
        """Those of the promised blobs that are not there, in their order."""
        return [promise for promise in promises if promise.blob not in self.names(promise.container)]

    def seen(self) -> dict[str, dict[str, object]]:
        """What is there now, in the form in which it is recorded: by container the number of blobs and their names."""
        found = {name: self.names(name) for name in output_containers(self._context.plan)}
        few = sum(map(len, found.values())) <= MAX_RECORDED
        return {
            name: {"count": len(names), "names": sorted(names) if few else []} for name, names in found.items() if names
        }

    def gone(self, seen: Mapping[str, Mapping[str, object]]) -> tuple[list[PromisedBlob], int]:
        """What was seen before and is not there any more: the blobs, and how many more whose names were not kept."""
        blobs: list[PromisedBlob] = []
        unnamed = 0
        for container, before in seen.items():
            names, count = before.get("names"), before.get("count")
            now = self.names(container)
            if isinstance(names, list) and names:
                blobs += [PromisedBlob(container=container, blob=str(name)) for name in names if name not in now]
            elif isinstance(count, int):
                unnamed += max(0, count - len(now))
        return blobs, unnamed


def promised(job: PlannedJob, succeeded: Collection[str]) -> Iterator[PromisedBlob]:
    """The blobs that the success of a job's tasks promises. Pure.

    Args:
        job: of the plan.
        succeeded: the ids of its tasks that did.
    """
    for task in job.tasks or ():
        if task.id in job.superseded or task.id not in succeeded:
            continue
        for file in task.output_files:
            if file.upload_condition != "taskfailure" and (blob := blob_of(file)) is not None:
                yield PromisedBlob(container=file.container, blob=blob, job=str(job.id), task=str(task.id))


def blob_of(file: OutputFile) -> str | None:
    """The blob of an output file that names one file; None if only the node knows. Pure.

    Source: Batch REST API, `OutputFileBlobContainerDestination`, `path`.
    """
    if _WILDCARD.search(file.file_pattern):
        return None
    if file.path:
        return file.path
    name = re.split(r"[/\\]", file.file_pattern)[-1]
    return None if not name or _VARIABLE.search(name) else name


def output_containers(plan: Plan) -> tuple[str, ...]:
    """The containers that output files go to or that are collected, by their names in the recipe."""
    collected = (entry.container for entry in plan.collect if entry.container is not None)
    return tuple(dict.fromkeys((*(file.container for file in _files(plan.jobs)), *collected)))


def missing_error(run_id: str, missing: Sequence[PromisedBlob], unnamed: int = 0) -> OutputsMissingError:
    """The error that names what is missing."""
    count = len(missing) + unnamed
    shown = "; ".join(map(str, missing[:_SHOWN]))
    more = f"; and {count - min(len(missing), _SHOWN):,} more" if count > min(len(missing), _SHOWN) and shown else ""
    outputs = "1 output of finished tasks is" if count == 1 else f"{count:,} outputs of finished tasks are"
    return OutputsMissingError(
        f"run {run_id}: {outputs} missing in storage" + (f": {shown}{more}" if shown else ""),
        hint=f"run the tasks again: recipebatch retry --run {run_id} --cause output_missing; nothing is deleted"
        f" until they are there, or without them: recipebatch purge --run {run_id} --force",
    )


def _files(jobs: Iterable[PlannedJob]) -> Iterator[OutputFile]:
    for job in jobs:
        for task in job.tasks or ():
            yield from task.output_files


def _places(jobs: Iterable[PlannedJob], logical: str) -> frozenset[str]:
    """Blobs, and folders of blobs, that output files go to in a container; an empty one is all of it."""
    return frozenset(blob_of(file) or file.path or "" for file in _files(jobs) if file.container == logical)


def _shared_beginning(names: Collection[str]) -> str:
    """What all names begin with."""
    first, last = min(names, default=""), max(names, default="")
    different = (number for number, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(different, min(len(first), len(last)))]


def _below(name: str, places: frozenset[str]) -> bool:
    """Whether a blob is in one of the folders."""
    while name:
        name = name.rpartition("/")[0]
        if name in places or f"{name}/" in places:
            return True
    return "" in places
