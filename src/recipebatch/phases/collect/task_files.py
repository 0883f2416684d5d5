"""Files of tasks that are to be collected, and which of them went with their nodes."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from recipebatch.errors import ServiceError
from recipebatch.phases.collect.disk import disk_of
from recipebatch.phases.collect.local_paths import changed_names, is_kept, local_path
from recipebatch.phases.outputs import KEEP_HINT, why_unreadable
from recipebatch.text.name_lists import first_names
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob, PlannedTask
    from recipebatch.properties.files import Collect
    from recipebatch.service import TaskSnapshot

_SHOWN = 3


@dataclass(slots=True)
class Remarks:
    """What there is to say of a collect.

    Attributes:
        ended: all tasks of the run have ended: what is not there will not come.
        before: the jobs whose task files an earlier collect had, each with the tasks that ran again since.
        notes: lines for a person.
        lost: files that were asked for, each with its task, and that can be had no more.
    """

    ended: bool = False
    before: Mapping[str, Collection[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFileItem:
    """A file of a task: its place on this machine, and what gets it."""

    source: dict[str, str]
    target: Path
    size: int
    fetch: Callable[[BinaryIO, Callable[[int], None]], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Files of a task that were there when it ran, and are gone.

    Attributes:
        where: what is gone: the job, the pool, the node, or only the files.
    """

    task: str
    files: tuple[str, ...]
    where: str

    def __str__(self) -> str:
        return f"task {self.task}: {self.where}, and {', '.join(self.files)} with it"


def task_files(entry: Collect, root: Path, context: PhaseContext, remarks: Remarks) -> Iterator[TaskFileItem]:
    """The files of all tasks that an entry of `collect` asks for.

    Args:
        entry: the entry.
        root: what its `into` starts from.
        context: the run at work.
        remarks: receives what is missing.
    """
    missing = dict.fromkeys(entry.task_files, 0)
    lost: list[Lost] = []
    ids = Counter(task.id for job in context.plan.jobs for task in _own(job))
    total = succeeded = changed = earlier = 0
    with disk_of(root, entry.into) as disk:
        places = {name: local_path(root, name, disk) for name in entry.task_files}
    for job in context.plan.jobs:
        snapshots = _snapshots(job, context)
        for task in _own(job):
            total += 1
            # Two jobs of a recipe may have tasks of one id.
            folder = task.id if ids[task.id] == 1 else f"{job.retry_of or job.logical}/{task.id}"
            seen = None if snapshots is None else snapshots.get(task.id)
            succeeded += seen is not None and seen.succeeded
            sizes = {file.name: file.size for file in context.batch.list_task_files(job.id, task.id)}
            if not sizes and remarks.ended and (where := _gone(job, seen, snapshots, context)):
                if task.id not in remarks.before.get(job.id, (task.id,)):
                    earlier += 1
                else:
                    lost.append(Lost(task=str(task.id), files=entry.task_files, where=where))
                continue
            for name in entry.task_files:
                if name not in sizes:
                    missing[name] += 1
                    continue
                changed += not is_kept(root, name, places[name])
                yield TaskFileItem(
                    source={"job": job.id, "task": task.id, "file": name},
                    target=root / entry.into / folder / places[name].relative_to(root),
                    size=sizes[name],
                    fetch=_fetcher(job.id, task.id, name, context),
                )
    remarks.notes += changed_names(changed, root / entry.into)
    remarks.notes += [f"{count} of {total} tasks have no {name}" for name, count in missing.items() if count]
    if earlier:
        tasks = "1 task" if earlier == 1 else f"{earlier:,} tasks"
        remarks.notes.append(f"an earlier collect had the files of {tasks}, which went with their nodes since")
    if remarks.ended and succeeded and not lost and not earlier:
        remarks.lost += [f"no task has {name}" for name, count in missing.items() if count == total]
    if lost:
        remarks.notes.append(lost_text(lost))
        remarks.lost += map(str, lost)


def lost_text(lost: Sequence[Lost]) -> str:
    """How many tasks lost their files, to what, and what to do another time. Pure."""
    shown = first_names([each.task for each in lost], _SHOWN)
    reasons = Counter(each.where for each in lost)
    tasks = "1 task" if len(lost) == 1 else f"{len(lost):,} tasks"
    return f"{tasks} lost the files that collect asks for ({shown}): {', '.join(reasons)}; {KEEP_HINT}"


def _own(job: PlannedJob) -> Iterable[PlannedTask]:
    return (task for task in job.tasks or () if task.id not in job.superseded)


def _snapshots(job: PlannedJob, context: PhaseContext) -> Mapping[str, TaskSnapshot] | None:
    """The tasks of a job by their ids; None if there is no such job."""
    if context.batch.get_job(job.id) is None:
        return None
    return {task.id: task for task in context.batch.list_tasks(job.id)}


def _gone(
    job: PlannedJob, seen: TaskSnapshot | None, snapshots: Mapping[str, TaskSnapshot] | None, context: PhaseContext
) -> str:
    """What the files of a task went with; empty if it never ran, so that it has none."""
    if snapshots is None:
        return f"its job {job.id} is gone"
    if seen is None or seen.state != TaskState.COMPLETED or not seen.started:
        return ""
    found = context.batch.get_job(job.id)
    pool_id = (found.pool_id if found is not None else None) or context.plan.pool(job.pool).id
    return why_unreadable(pool_id, seen, context.batch)


def _fetcher(
    job_id: str, task_id: str, name: str, context: PhaseContext
) -> Callable[[BinaryIO, Callable[[int], None]], bytes]:
    def fetch(file: BinaryIO, received: Callable[[int], None]) -> bytes:
        digest = hashlib.md5(usedforsecurity=False)
        pieces = context.batch.read_task_file(job_id, task_id, name)
        if pieces is None:
            raise ServiceError(
                f"task {task_id}: {name} is gone: its node was removed while files were collected",
                hint=KEEP_HINT,
            )
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            received(len(piece))
        return digest.digest()

    return fetch
