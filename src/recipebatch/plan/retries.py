"""A plan in which tasks that failed are tried again, in jobs of their own where theirs takes no more tasks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from recipebatch.plan.model import PlannedDependencies
from recipebatch.plan.resource_names import shortened
from recipebatch.vocabulary.ids import JobId
from recipebatch.vocabulary.limits import MAX_ID_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from recipebatch.plan.model import Plan, PlannedJob, PlannedTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Tasks that were tried again together.

    Attributes:
        job: the job's name in the recipe.
        number: counts from 1 for each job.
        failed_by: when the last of them had failed, by the service's clock, if they run again in their own job, which
            had not ended; None if a job is made for them.
    """

    job: str
    number: int
    tasks: tuple[str, ...]
    failed_by: datetime | None = None

    @property
    def reactivated(self) -> bool:
        """They run again in their own job."""
        return self.failed_by is not None

    def to_json(self) -> dict[str, object]:
        """Plain JSON values."""
        failed_by = None if self.failed_by is None else self.failed_by.isoformat()
        return {"job": self.job, "number": self.number, "tasks": list(self.tasks), "failed_by": failed_by}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Retry:
        """The inverse of `to_json`; what else was recorded beside it does not matter."""
        return cls(
            job=value["job"],
            number=value["number"],
            tasks=tuple(value["tasks"]),
            failed_by=datetime.fromisoformat(value["failed_by"]) if value["failed_by"] else None,
        )


def retry_job_id(job: str, number: int) -> JobId:
    """`myjob-retry2`, within the length of an id."""
    suffix = f"-retry{number}"
    return JobId(shortened(job, MAX_ID_LENGTH - len(suffix)) + suffix)


def next_number(plan: Plan, job: str, last: int) -> int:
    """The number of a job's next retry: one whose name and id no other job of the plan has.

    Args:
        plan: with the retries so far.
        job: the job's name in the recipe.
        last: the number of its last retry; 0 before the first.
    """
    names = {other.logical for other in plan.jobs}
    ids = {other.id.casefold() for other in plan.jobs}
    origin = next((other.id for other in plan.jobs if other.logical == job), job)
    number = last + 1
    while f"{job}-retry{number}" in names or retry_job_id(origin, number).casefold() in ids:
        number += 1
    return number


def with_retries(plan: Plan, retries: Sequence[Retry]) -> Plan:
    """The plan with a job for every retry that needs one.

    What a task does in its newest job is what counts: in the older ones it is `superseded`.
    """
    jobs = list(plan.jobs)
    for retry in retries:
        origin = next((job for job in plan.jobs if job.logical == retry.job), None)
        if retry.reactivated or origin is None or origin.tasks is None:
            continue
        chosen = frozenset(retry.tasks)
        jobs = [
            replace(job, superseded=job.superseded | chosen) if retry.job in {job.logical, job.retry_of} else job
            for job in jobs
        ]
        jobs.append(_job(origin, retry.number, chosen))
    return replace(plan, jobs=tuple(jobs))


def _job(origin: PlannedJob, number: int, chosen: frozenset[str]) -> PlannedJob:
    numbers = sorted(int(name) for name in chosen if name.isdecimal() and str(int(name)) == name)
    # Tasks share what they wait for, such as the thousand parts of a merge: it is worked out once.
    known: dict[int, PlannedDependencies | None] = {}

    def tried_again(task: PlannedTask) -> PlannedTask:
        if task.depends_on is None:
            return task
        if id(task.depends_on) not in known:
            known[id(task.depends_on)] = _among(task.depends_on, chosen, numbers)
        return replace(task, depends_on=known[id(task.depends_on)])

    return replace(
        origin,
        logical=f"{origin.logical}-retry{number}",
        id=retry_job_id(origin.id, number),
        tasks=tuple(tried_again(task) for task in origin.tasks or () if task.id in chosen),
        after=(),
        retry_of=origin.logical,
        superseded=frozenset(),
    )


def _among(waits: PlannedDependencies, chosen: frozenset[str], numbers: Sequence[int]) -> PlannedDependencies | None:
    """What a task waits for among those that are tried again with it: the others have done their work.

    `numbers` are the ids that are numbers, rising.
    """
    ids = tuple(name for name in waits.task_ids if name in chosen)
    ranges = tuple(
        piece
        for start, end in waits.task_id_ranges
        for piece in _ranges(numbers[bisect_left(numbers, start) : bisect_right(numbers, end)])
    )
    return PlannedDependencies(task_ids=ids, task_id_ranges=ranges) if ids or ranges else None


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Rising numbers as ranges without gaps."""
    found = list(numbers)
    if not found:
        return []
    breaks = [(before, after) for before, after in pairwise(found) if after > before + 1]
    starts = [found[0], *(after for _, after in breaks)]
    ends = [*(before for before, _ in breaks), found[-1]]
    return list(zip(starts, ends, strict=True))
