"""OutputBlobs: the blobs of the containers that tasks write to, and which promised ones are not among them.

The output files of a task carry its mark in their metadata, so it is known which task uploaded a blob. Where blobs have
no mark, the list of the task's files on its node tells whether a file was there to be uploaded.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError, UnreachableError
from recipebatch.phases.outputs.node_files import is_folder, wrote
from recipebatch.phases.outputs.promises import PromisedOutput, output_containers, output_places, writing_tasks
from recipebatch.phases.parallel import map_concurrently
from recipebatch.vocabulary.blob_names import TASK_MARK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedContainer

MAX_RECORDED = 20_000
"""Names of blobs that are recorded with a run; of more, only their number."""

MAX_EXPLAINED = 50
"""Missing outputs whose node is asked whether the task wrote them."""


class Standing(StrEnum):
    """Whether a promised output is in its container, as far as its blobs tell."""

    THERE = "there"
    MISSING = "missing"
    OF_OTHERS = "of others"
    UNMARKED = "unmarked"


class MarkedBlobs:
    """The blobs of a container.

    Attributes:
        marks: the mark of each, by its name; empty if it has none.
        of_task: the names of the blobs with a mark.
    """

    def __init__(self, marks: Mapping[str, str]) -> None:
        self.marks = marks
        self.of_task: dict[str, list[str]] = {}
        for name, mark in marks.items():
            self.of_task.setdefault(mark, []).append(name)
        self._sorted = sorted(marks)

    def below(self, folder: str) -> Iterator[str]:
        """The names that begin so, in order."""
        for number in range(bisect_left(self._sorted, folder), len(self._sorted)):
            if not self._sorted[number].startswith(folder):
                return
            yield self._sorted[number]


def standing(promise: PromisedOutput, blobs: MarkedBlobs, tasks: Collection[str]) -> Standing:
    """Whether a promised output is there. Pure.

    Args:
        promise: of a task that succeeded.
        blobs: of its container.
        tasks: the marks of the tasks of the run whose output counts.
    """
    if any(map(promise.fits, blobs.of_task.get(promise.mark, ()))):
        return Standing.THERE
    if promise.folder is None:
        marks = {blobs.marks[promise.blob]} if promise.blob in blobs.marks else set()
    else:
        marks = set()
        for name in blobs.below(promise.folder):
            if (mark := blobs.marks[name]) not in marks and promise.fits(name):
                marks.add(mark)
    if "" in marks:
        return Standing.UNMARKED
    # What another task of the run wrote may have replaced it; what another run wrote, or an earlier try, is no output.
    return Standing.OF_OTHERS if not marks.isdisjoint(tasks) else Standing.MISSING


class OutputBlobs:
    """The blobs of the containers that the tasks of a run write to, each listed at most once."""

    def __init__(self, context: PhaseContext) -> None:
        self._context = context
        self._blobs: dict[str, MarkedBlobs] = {}
        self._tasks = writing_tasks(context.plan.jobs)

    def names(self, logical: str) -> frozenset[str]:
        """The names of a container's blobs that may be outputs; none where there is no such container."""
        return frozenset(self._of(logical).marks)

    def _of(self, logical: str) -> MarkedBlobs:
        if logical not in self._blobs:
            self._blobs[logical] = MarkedBlobs(dict(self._list(self._context.plan.container(logical))))
        return self._blobs[logical]

    def _list(self, container: PlannedContainer) -> Iterator[tuple[str, str]]:
        store = self._context.store_of(container)
        if store.container_metadata(container.name) is None:
            return
        places = output_places(self._context.plan.jobs, container.logical)
        inputs = {upload.blob for upload in container.uploads}
        # A container that is shared with others may have any number of blobs that are not ours.
        prefix = _shared_beginning(places) if container.existing else ""
        for blob in store.list_blobs(container.name, prefix=prefix):
            ours = not container.existing or _below(blob.name, places)
            if blob.name in places or (ours and blob.name not in inputs):
                yield blob.name, blob.metadata.get(TASK_MARK) or ""

    def missing(self, promises: Iterable[PromisedOutput]) -> list[PromisedOutput]:
        """Those of the promised outputs that are not there, in their order, with what the node says of them."""
        found = [(each, standing(each, self._of(each.container), self._tasks)) for each in promises]
        unclear = [each for each, how in found if how in {Standing.UNMARKED, Standing.OF_OTHERS}]
        lost = [each for each, how in found if how is Standing.MISSING][:MAX_EXPLAINED]
        asked = self._asked((*unclear, *lost))
        result = []
        for promise, how in found:
            files = asked.get((promise.job, promise.task), ())
            seen = wrote(promise.file, files) if files else None
            there = how is Standing.THERE or (how is not Standing.MISSING and seen is True)
            # Without a mark, and without a node that can be asked, nothing says that it is not there.
            if not there and (seen is False or how is not Standing.UNMARKED):
                result.append(replace(promise, wrote=seen, is_folder=is_folder(promise.file, files)))
        return result

    def _asked(self, promises: Iterable[PromisedOutput]) -> dict[tuple[str, str], tuple[str, ...]]:
        """The files of tasks on their nodes; none of those that a node does not list (any more)."""

        def ask(task: tuple[str, str]) -> tuple[tuple[str, str], tuple[str, ...]]:
            try:
                return task, tuple(file.name for file in self._context.batch.list_task_files(*task))
            except UnreachableError:
                raise
            except ServiceError:
                return task, ()

        return dict(map_concurrently(dict.fromkeys((each.job, each.task) for each in promises), ask))

    def seen(self) -> dict[str, dict[str, object]]:
        """What is there now, in the form in which it is recorded: by container the number of blobs and their names."""
        found = {name: self._of(name) for name in output_containers(self._context.plan)}
        few = sum(len(blobs.marks) for blobs in found.values()) <= MAX_RECORDED
        return {name: _recorded(blobs, few=few) for name, blobs in found.items() if blobs.marks}

    def gone(self, seen: Mapping[str, Mapping[str, object]]) -> tuple[list[PromisedOutput], int]:
        """What was seen before and is not there any more: the blobs, and how many more whose names were not kept."""
        blobs: list[PromisedOutput] = []
        unnamed = 0
        for container, before in seen.items():
            names, count = before.get("names"), before.get("count")
            now = self.names(container)
            if isinstance(names, list) and names:
                tasks = _tasks_by_place(before.get("tasks"))
                blobs += [
                    _seen_output(container, name, tasks.get(place, ""))
                    for place, name in enumerate(map(str, names))
                    if name not in now
                ]
            elif isinstance(count, int):
                unnamed += max(0, count - len(now))
        return blobs, unnamed


def _recorded(blobs: MarkedBlobs, *, few: bool) -> dict[str, object]:
    """The number of blobs; if they are few also their names, and by task, where it is known, the places of its own."""
    names = sorted(blobs.marks) if few else []
    tasks: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if mark := blobs.marks[name]:
            tasks.setdefault(mark, []).append(place)
    return {"count": len(blobs.marks), "names": names, **({"tasks": tasks} if tasks else {})}


def _tasks_by_place(tasks: object) -> dict[int, str]:
    """The inverse of the `tasks` of `_recorded`; empty where the record has none."""
    if not isinstance(tasks, dict):
        return {}
    return {place: str(mark) for mark, places in tasks.items() if isinstance(places, list) for place in places}


def _seen_output(container: str, name: str, mark: str) -> PromisedOutput:
    """A blob that was there, with the task that uploaded it where its mark is known."""
    if not mark:
        return PromisedOutput(container=container, blob=name)
    job, _, task = mark.partition("/")
    return PromisedOutput(container=container, blob=name, job=job, task=task, file=name, wrote=True)


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
