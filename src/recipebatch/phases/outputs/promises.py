"""What the success of a task promises: a blob for each output file, or one at least for each pattern. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from recipebatch.text.globs import has_wildcard, path_matcher
from recipebatch.text.patterns import InvalidPatternError
from recipebatch.vocabulary.blob_names import TASK_MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from recipebatch.plan.model import Plan, PlannedJob
    from recipebatch.properties.files import OutputFile

# The node replaces variables in a pattern: what they stand for is not known here. Source: OutputFile, filePattern.
_VARIABLE = re.compile(r"[$%]")
_FIRST_VARIABLE = re.compile(r"(?:\$\{(\w+)\}|\$(\w+)|%(\w+)%)(?=[/\\]|$)")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PromisedOutput:
    """A blob that the success of a task promises, or one at least of a pattern.

    Attributes:
        container: its name in the recipe.
        blob: its name; of a pattern the folder and the pattern below it.
        job: its id.
        task: empty where only the blob is known: it was seen before, and is gone.
        file: the task's file, as the recipe names it.
        folder: of a pattern, what the names of its blobs begin with; None where `blob` is the name.
        wrote: whether the task wrote the file; None where its node does not tell.
        is_folder: the task wrote a folder of that name, which uploads nothing.
    """

    container: str
    blob: str
    job: str = ""
    task: str = ""
    file: str = ""
    folder: str | None = None
    wrote: bool | None = None
    is_folder: bool = False

    @property
    def mark(self) -> str:
        """What the metadata of a blob says that this task uploaded."""
        return mark_of(self.job, self.task)

    def fits(self, name: str) -> bool:
        """Whether a blob may be the promised one, by its name."""
        if self.folder is None:
            return name == self.blob
        if not name.startswith(self.folder):
            return False
        rest = self.blob[len(self.folder) :]
        return not rest or bool(_matcher(rest)(name[len(self.folder) :]))

    @classmethod
    def of(cls, file: OutputFile, job: str, task: str) -> PromisedOutput:
        """What an output file of a task promises.

        Args:
            file: of the recipe.
            job: the id of the task's job.
            task: its id.
        """
        return _promise(file, job, task)

    def __str__(self) -> str:
        where = f"{self.blob or 'any blob'} in {self.container}"
        if not self.task:
            return where
        if self.is_folder:
            return (
                f"task {self.task} wrote no file {self.file}: it is a folder; {self.file.rstrip('/')}/**/* is its files"
            )
        if self.wrote is False:
            return f"task {self.task} wrote no {self.file}"
        if self.wrote:
            return f"task {self.task} wrote {self.file}, and there is no {where}"
        return f"task {self.task} left no {where}"


def mark_of(job_id: str, task_id: str) -> str:
    """What the metadata of the blobs that the output files of a task become says."""
    return f"{job_id}/{task_id}"


def is_output_of(promise: PromisedOutput, blob: str, metadata: Mapping[str, str]) -> bool:
    """Whether a blob may be the promised one: its name fits, and no other task has marked it as its own."""
    return promise.fits(blob) and metadata.get(TASK_MARK, promise.mark) == promise.mark


def promised(job: PlannedJob, succeeded: Collection[str]) -> Iterator[PromisedOutput]:
    """What the success of a job's tasks promises.

    Args:
        job: of the plan.
        succeeded: the ids of its tasks that did.
    """
    for task, files in _writers(job):
        if task in job.superseded or task not in succeeded:
            continue
        for file in files:
            if file.required and file.upload_condition != "taskfailure":
                yield _promise(file, str(job.id), task)


def promises_anything(job: PlannedJob) -> bool:
    """Whether a task of a job promises anything at all."""
    return any(file.required for _, files in _writers(job) for file in files)


def writing_tasks(jobs: Iterable[PlannedJob]) -> frozenset[str]:
    """The marks of all tasks whose output counts: not of those that were tried again in another job."""
    return frozenset(mark_of(job.id, task) for job in jobs for task, _ in _writers(job) if task not in job.superseded)


def output_containers(plan: Plan) -> tuple[str, ...]:
    """The containers that output files go to or that are collected, by their names in the recipe."""
    collected = (entry.container for entry in plan.collect if entry.container is not None)
    return tuple(dict.fromkeys((*(file.container for file in _files(plan.jobs)), *collected)))


def output_places(jobs: Iterable[PlannedJob], logical: str) -> frozenset[str]:
    """Blobs, and folders of blobs, that output files go to in a container; an empty one is all of it."""
    return frozenset(blob_of(file) or file.path or "" for file in _files(jobs) if file.container == logical)


def blob_of(file: OutputFile) -> str | None:
    """The blob of an output file that names one file; None if only the node knows.

    Source: Batch REST API, `OutputFileBlobContainerDestination`, `path`.
    """
    if has_wildcard(file.file_pattern):
        return None
    if file.path:
        return file.path
    # A folder uploads nothing, with a slash at its end or without.
    name = re.split(r"[/\\]", file.file_pattern.rstrip("/\\"))[-1]
    return None if not name or _VARIABLE.search(name) else name


def after_first_variable(pattern: str) -> tuple[str, str]:
    """The directory of the node that a pattern begins with, as `AZ_BATCH_TASK_DIR`, or nothing, and what follows."""
    first = _FIRST_VARIABLE.match(pattern)
    if first is None:
        return "", pattern
    return next(filter(None, first.groups())), pattern[first.end() :].lstrip("/\\")


def from_first_wildcard(pattern: str) -> str:
    """A pattern from its first part with a wildcard on, which the names of its blobs fit.

    Nothing: it has variables, so any name may fit.
    """
    _, text = after_first_variable(pattern)
    parts = text.split("/")
    number = next((number for number, part in enumerate(parts) if has_wildcard(part)), len(parts) - 1)
    rest = "/".join(part for part in parts[number:] if part not in {"", "."})
    # On Windows a backslash parts folders too, elsewhere it is part of a name.
    return "" if _VARIABLE.search(text) or "\\" in text else rest


def _promise(file: OutputFile, job: str, task: str) -> PromisedOutput:
    blob, folder = blob_of(file), None
    if blob is None:
        folder = f"{file.path.rstrip('/')}/" if file.path else ""
        blob = folder + from_first_wildcard(file.file_pattern)
    return PromisedOutput(
        container=file.container, blob=blob, job=job, task=task, file=file.file_pattern, folder=folder
    )


def _writers(job: PlannedJob) -> Iterator[tuple[str, tuple[OutputFile, ...]]]:
    """The tasks of a job with their output files, the job manager task included."""
    manager = job.job_manager_task
    if manager is not None:
        yield manager.id, manager.output_files
    for task in job.tasks or ():
        yield str(task.id), task.output_files


def _files(jobs: Iterable[PlannedJob]) -> Iterator[OutputFile]:
    for job in jobs:
        for _, files in _writers(job):
            yield from files


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> Callable[[str], object]:
    try:
        return path_matcher(pattern)
    except InvalidPatternError:
        # The node refuses it, so that the task fails: nothing has to be decided here.
        return lambda _name: True
