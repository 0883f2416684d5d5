"""Resource files that match no blob: of containers that only this run fills when it is planned, of others when asked.

Pure. Nothing is said of a container that something else of the run may fill before the files are downloaded.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from recipebatch.properties.deferred import ContainerUrl, DeferredText, SasToken
from recipebatch.properties.files import OutputFile, ResourceFile
from recipebatch.recipe.model import ResourceFileSpec, Section
from recipebatch.text.name_lists import first_names
from recipebatch.text.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from recipebatch.errors import SourcePosition
    from recipebatch.plan.model import Plan, PlannedJob, PlannedPool
    from recipebatch.recipe.model import JobSpec, Recipe

T = TypeVar("T")

_WRITING = frozenset("acwd")
_SHOWN = 5
_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedBlobs:
    """A blob of a container, or all whose names have a prefix, that a task downloads before its command.

    Attributes:
        container: by its name in the recipe.
        name: of the blob, or the prefix, which may be empty: every blob.
    """

    container: str
    name: str
    is_prefix: bool

    def is_among(self, blobs: Sequence[str]) -> bool:
        """Whether one of these names, which are sorted, is what is wanted, or begins with it."""
        first = bisect_left(blobs, self.name)
        if first == len(blobs):
            return False
        return blobs[first].startswith(self.name) if self.is_prefix else blobs[first] == self.name


Wanted = dict[WantedBlobs, list[str]]
"""What is wanted → the tasks that want it."""


def wanted_by_jobs(jobs: Iterable[PlannedJob]) -> Wanted:
    """What the tasks of jobs download, but not those that try failed ones again: that was said before."""
    found: Wanted = {}
    for job in jobs:
        if job.retry_of is not None:
            continue
        for file in _inside(replace(job, tasks=None), ResourceFile):
            _add(found, file, f"job {job.logical}")
        for task in job.tasks or ():
            for file in task.resource_files:
                _add(found, file, f"task {task.id}")
            if task.multi_instance_settings is not None:
                for file in task.multi_instance_settings.common_resource_files:
                    _add(found, file, f"task {task.id}")
    return found


def wanted_by_pools(pools: Iterable[PlannedPool]) -> Wanted:
    """What the start tasks of pools download."""
    found: Wanted = {}
    for pool in pools:
        for file in _inside(pool.start_task, ResourceFile):
            _add(found, file, f"the start task of pool {pool.logical}")
    return found


def filled_meanwhile(plan: Plan, job: PlannedJob) -> frozenset[str] | None:
    """The containers that other tasks may still fill when a job is submitted; None if that is not known.

    The jobs that it waits for have ended, and those that wait for it have not begun.
    """
    before = _before(plan, job.logical)
    found: set[str] = set()
    for other in plan.jobs:
        if (other.retry_of or other.logical) in before or job.logical in _before(plan, other.logical):
            continue
        if other.tasks is None and other.logical != job.logical:
            return None
        found |= _written(other, plan.pool(other.pool))
    return frozenset(found)


def matches_nothing(recipe: Recipe, plan: Plan) -> list[str]:
    """Warnings, each with its position, of what matches nothing in containers that only this run's uploads fill."""
    known = _filled_by_uploads(recipe, plan)
    wanted = wanted_by_pools(plan.pools)
    for what, tasks in wanted_by_jobs(plan.jobs).items():
        wanted.setdefault(what, []).extend(tasks)
    found = [
        (what, tasks)
        for what, tasks in wanted.items()
        if what.container in known
        and not what.is_among(known[what.container])
        # What the loop over a container's blobs alone wants is one of those that it found there.
        and _places(recipe, what)
    ]
    return [
        f"{_position(recipe, what)}: {unmatched_text(what, tasks, known[what.container])}"
        for what, tasks in found[:_MOST]
    ] + unmatched_count(len(found) - _MOST)


def unmatched_count(count: int) -> list[str]:
    """A line about those that are not named; none where all are."""
    return [f"and {count:,} more resource files that match no blob"] if count > 0 else []


def unmatched_text(what: WantedBlobs, tasks: Sequence[str], blobs: Collection[str] | None = None) -> str:
    """What is wanted and not there, and by whom.

    Args:
        what: is wanted.
        tasks: that want it.
        blobs: all names in the container; None is not known.
    """
    many = len(tasks) > 1
    who = f"{tasks[0]} and {len(tasks) - 1:,} more" if many else tasks[0]
    then = f"{who} get no file from it" if many else f"{who} gets no file from it"
    if what.is_prefix and not what.name:
        return f"container {what.container} has no blobs: {then}"
    kind = "blob_prefix" if what.is_prefix else "blob"
    if not what.is_prefix:
        then = f"{who} fail" if many else f"{who} fails"
    near = nearest(what.name, blobs) if blobs else None
    if near is not None:
        there = f"; did you mean {near}?"
    elif blobs:
        there = f"; it has {first_names(sorted(blobs), _SHOWN)}"
    else:
        there = "; it has no blobs" if blobs is not None else ""
    return f"{kind} {what.name} matches nothing in container {what.container}: {then}{there}"


def _add(found: Wanted, file: ResourceFile, who: str) -> None:
    if file.container is not None:
        name, is_prefix = (file.blob_prefix or "", True) if file.blob is None else (file.blob, False)
        found.setdefault(WantedBlobs(container=file.container, name=name, is_prefix=is_prefix), []).append(who)


def _filled_by_uploads(recipe: Recipe, plan: Plan) -> Mapping[str, list[str]]:
    """The blobs of the containers that hold the run's uploads when its tasks begin, and nothing else; sorted."""
    written: set[str] = set()
    for job in plan.jobs:
        written |= _written(job, plan.pool(job.pool))
    for spec in recipe.jobs:
        written.update(_outputs(spec))
    return {
        container.logical: sorted(upload.blob for upload in container.uploads)
        for container in plan.containers
        if not container.existing and container.logical not in written
    }


def _position(recipe: Recipe, what: WantedBlobs) -> SourcePosition:
    """Where a recipe names a container's blobs so: of several places, the first that has the text itself."""
    specs = _places(recipe, what)
    written = [spec for spec in specs if (spec.blob_prefix if what.is_prefix else spec.blob).literal() == what.name]
    of_kind = [spec for spec in specs if (spec.blob.node is None) is what.is_prefix]
    return (written or of_kind or specs)[0].at


def _places(recipe: Recipe, what: WantedBlobs) -> list[ResourceFileSpec]:
    """The resource files of a container that are written with its name."""
    return [spec for spec in _specs((recipe.pools, recipe.jobs)) if spec.container == what.container]


def _specs(value: object) -> Iterator[ResourceFileSpec]:
    if isinstance(value, ResourceFileSpec):
        yield value
    elif isinstance(value, Section):
        yield from _specs(tuple(value.values.values()))
    elif isinstance(value, tuple):
        for each in value:
            yield from _specs(each)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in {"node", "for_each"}:
                yield from _specs(getattr(value, field.name))


def _before(plan: Plan, job: str) -> set[str]:
    """The jobs that have ended when a job begins, by their names in the recipe."""
    after = {each.logical: {entry.job for entry in each.after} for each in plan.jobs if each.retry_of is None}
    found: set[str] = set()
    left = set(after.get(job, ()))
    while left:
        found |= left
        left = {name for each in left for name in after.get(each, ())} - found
    return found


def _outputs(job: JobSpec) -> Iterator[str]:
    """The containers that output files of a job's templates name, also where its tasks are not known yet."""
    for task in job.tasks:
        yield from (file.container for file in task.output_files)
        if task.keep_logs is not None:
            yield task.keep_logs
        if task.reduce is not None:
            yield task.reduce.parts_container


def _written(job: PlannedJob, pool: PlannedPool) -> set[str]:
    """The containers that tasks of a job can write to."""
    found = {file.container for file in _inside(replace(job, tasks=None), OutputFile)}
    found |= {mount.container for mount in pool.mounts if mount.container is not None and not mount.read_only}
    found |= _given(replace(job, tasks=None)) | _given(pool)
    for task in job.tasks or ():
        found |= {file.container for file in task.output_files}
        found |= _given(task.environment_settings) | _given(task.raw)
    return found


def _given(thing: object) -> set[str]:
    """The containers that what runs with these settings is given a SAS to write by, or the address of."""
    found: set[str] = set()
    for text in _inside(thing, DeferredText):
        for value in text.pieces:
            if isinstance(value, ContainerUrl) or (
                isinstance(value, SasToken) and _WRITING.intersection(value.permissions)
            ):
                found.add(value.container)
    return found


def _inside(thing: object, kind: type[T]) -> Iterator[T]:
    """Everything of a kind in a value of a plan."""
    if isinstance(thing, kind):
        yield thing
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from _inside(getattr(thing, field.name), kind)
    elif isinstance(thing, (tuple, list)):
        for each in thing:
            yield from _inside(each, kind)
    elif isinstance(thing, dict):
        for each in thing.values():
            yield from _inside(each, kind)
