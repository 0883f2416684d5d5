"""A look at a run at work: how its jobs and pools stand, and what its tasks print; reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError, WaitTimeoutError
from recipebatch.phases.poller import Poller
from recipebatch.plan import rule_of
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.states import ENDED, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedJob

NOT_THERE = "not there"

ENOUGH_TASKS = 50
"""Of more tasks than that nobody reads the output at once: they are to be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """How a job stands.

    Attributes:
        state: as the service has it, or `NOT_THERE`: not submitted yet, or purged.
        planned: tasks that it is to have; None when they are not known yet.
    """

    job: str
    state: str
    planned: int | None
    active: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """How a pool stands.

    Attributes:
        state: `active`, `deleting`, or `NOT_THERE`.
        nodes: by their state.
        until: when its nodes go away by its own rule, in ISO 8601; None if it has none.
        errors: why nodes are missing.
    """

    pool: str
    state: str
    allocation_state: str = ""
    nodes: dict[str, int]
    until: str | None = None
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A part of what a task has written to a file."""

    job: str
    task: str
    text: bytes


def job_states(context: PhaseContext) -> tuple[JobState, ...]:
    """The jobs of a run, in the order of the plan; of a schedule its state alone."""
    return tuple(_job_state(job, context) for job in context.plan.jobs)


def _job_state(job: PlannedJob, context: PhaseContext) -> JobState:
    planned = None if job.tasks is None else len(job.tasks)
    if job.schedule is not None:
        schedule = context.batch.get_job_schedule(job.id)
        return JobState(job=job.id, state=NOT_THERE if schedule is None else schedule.state, planned=None)
    seen = context.batch.get_job(job.id)
    if seen is None:
        return JobState(job=job.id, state=NOT_THERE, planned=planned)
    totals = context.batch.task_totals(job.id)
    return JobState(
        job=job.id,
        state=seen.state,
        planned=planned,
        active=totals.active,
        running=totals.running,
        succeeded=totals.succeeded,
        failed=totals.failed,
    )


def pool_states(context: PhaseContext) -> tuple[PoolState, ...]:
    """The pools of a run, but for those that the service makes with its jobs."""
    found = []
    for pool in context.plan.pools:
        if pool.auto:
            continue
        seen = context.batch.get_pool(pool.id)
        if seen is None:
            found.append(PoolState(pool=pool.id, state=NOT_THERE, nodes={}))
            continue
        until = rule_of(seen.auto_scale_formula).until if seen.auto_scale_formula is not None else None
        found.append(
            PoolState(
                pool=pool.id,
                state=seen.state,
                allocation_state=seen.allocation_state,
                nodes=dict(Counter(node.state for node in context.batch.list_nodes(pool.id))),
                until=None if until is None else until.isoformat(),
                errors=tuple(f"{message} ({code})" for code, message in seen.resize_errors),
            )
        )
    return tuple(found)


def logs(
    context: PhaseContext, *, tasks: Sequence[str], file: str, lines: int | None, follow: bool
) -> Iterator[Printed]:
    """What tasks have written to a file, in the order of the plan, or as it comes.

    Args:
        context: the run at work.
        tasks: their ids; none means all.
        file: such as `stdout.txt`, or `wd/progress.log`.
        lines: the last so many of each task; None is all.
        follow: go on until all of them have ended.

    Raises:
        UsageError: the run has no such task, or too many to print all.
        WaitTimeoutError: a task went on for longer than the run may last.
    """
    chosen = _chosen(context, tasks)
    # One that was tried again has its output in its newest job.
    places = {task: job.id for task, job in chosen.items()}
    offsets: dict[str, int] = {}
    poller = Poller(context, limit=context.plan.run_limit)
    while True:
        # Asked before their files are read: what an ended task wrote is there then.
        over = _ended(context, places) if follow else set(places)
        moved = False
        for task, job in places.items():
            text = context.batch.task_file_from(job, task, file, offset=offsets.get(task, 0))
            if not text:
                continue
            moved = True
            shown = _last(text, lines) if task not in offsets and lines is not None else text
            offsets[task] = offsets.get(task, 0) + len(text)
            yield Printed(job=job, task=task, text=shown)
        places = {task: job for task, job in places.items() if task not in over}
        if not places:
            return
        if poller.timed_out:
            raise WaitTimeoutError(f"{len(places)} tasks still go on after {poller.elapsed:.0f} s")
        poller.wait(changed=moved)


def _chosen(context: PhaseContext, tasks: Sequence[str]) -> dict[str, PlannedJob]:
    known = {
        str(task.id): job for job in context.plan.jobs for task in job.tasks or () if task.id not in job.superseded
    }
    for name in tasks:
        if name not in known:
            raise UsageError(f"the run has no task {name}", hint=did_you_mean(name, known))
    if not tasks and len(known) > ENOUGH_TASKS:
        raise UsageError(
            f"the run has {len(known):,} tasks, too many to print them all", hint="name some: --task ID, more than once"
        )
    return {name: known[name] for name in tasks or known}


def _ended(context: PhaseContext, places: Mapping[str, str]) -> set[str]:
    found = set()
    for job in dict.fromkeys(places.values()):
        seen = context.batch.get_job(job)
        states = {task.id: task.state for task in context.batch.list_tasks(job)} if seen is not None else {}
        gone = seen is None or seen.state in ENDED
        found |= {
            task for task, of in places.items() if of == job and (gone or states.get(task) == TaskState.COMPLETED)
        }
    return found


def _last(text: bytes, lines: int) -> bytes:
    return b"".join(text.splitlines(keepends=True)[-lines:]) if lines else b""
