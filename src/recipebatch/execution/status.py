"""The current state of a run: of its jobs and pools, and the output of its tasks; reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError, WaitTimeoutError
from recipebatch.phases import Poller, formula_failure
from recipebatch.plan import PoolSize, expiry_rule
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.states import ENDED, TaskState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from recipebatch.phases import PhaseContext
    from recipebatch.plan.model import PlannedJob

NOT_FOUND = "not found"
NOT_MADE = "not made yet"

MAX_TASKS = 50
"""The output of more tasks is printed only if they are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """The state of a job.

    Attributes:
        state: as the service has it, or `NOT_FOUND`: not submitted yet, or purged.
        planned: how many tasks it will have; None when that is not known yet.
    """

    job: str
    state: str
    planned: int | None
    active: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStatus:
    """The state of a pool.

    Attributes:
        state: `active`, `deleting`, `NOT_MADE` or `NOT_FOUND`.
        nodes: by their state.
        until: when its autoscale formula removes its nodes, in ISO 8601; None if it does not, or fails.
        scaled: the target nodes that `scale`, or a changed recipe, gave it instead of those that the run began with.
        asked: the dedicated and spot nodes that the service was asked for last; None without a pool.
        errors: why nodes are missing, or why its formula fails.
        turn: when a pool of jobs that wait for others is made, while it is not made yet.
    """

    pool: str
    state: str
    allocation_state: str = ""
    nodes: dict[str, int]
    until: str | None = None
    scaled: str = ""
    asked: tuple[int, int] | None = None
    errors: tuple[str, ...] = ()
    turn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutput:
    """A part of a file that a task has written."""

    job: str
    task: str
    text: bytes


def job_statuses(context: PhaseContext) -> tuple[JobStatus, ...]:
    """The jobs of a run, in the order of the plan; of a schedule only its state."""
    return tuple(_job_status(job, context) for job in context.plan.jobs)


def _job_status(job: PlannedJob, context: PhaseContext) -> JobStatus:
    planned = None if job.tasks is None else len(job.tasks)
    if job.schedule is not None:
        schedule = context.batch.get_job_schedule(job.id)
        return JobStatus(job=job.id, state=NOT_FOUND if schedule is None else schedule.state, planned=None)
    seen = context.batch.get_job(job.id)
    if seen is None:
        return JobStatus(job=job.id, state=NOT_FOUND, planned=planned)
    totals = context.batch.task_totals(job.id)
    return JobStatus(
        job=job.id,
        state=seen.state,
        planned=planned,
        active=totals.active,
        running=totals.running,
        succeeded=totals.succeeded,
        failed=totals.failed,
    )


def pool_statuses(
    context: PhaseContext, unmade: Collection[str] = (), sizes: Collection[str] = ()
) -> tuple[PoolStatus, ...]:
    """The pools of a run, except those that the service makes with its jobs.

    Args:
        context: the run at work.
        unmade: pools, by their names in the recipe, whose turn has not come.
        sizes: pools whose target nodes in the plan are not those that the run began with.
    """
    found = []
    for pool in context.plan.pools:
        if pool.auto:
            continue
        seen = context.batch.get_pool(pool.id)
        size = str(PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes))
        scaled = size if pool.logical in sizes else ""
        if seen is None:
            turn = context.plan.turn_of_pool(pool.logical) if pool.logical in unmade else ""
            found.append(
                PoolStatus(pool=pool.id, state=NOT_MADE if turn else NOT_FOUND, nodes={}, scaled=scaled, turn=turn)
            )
            continue
        until = expiry_rule(seen.auto_scale_formula).until if seen.auto_scale_formula is not None else None
        failing = formula_failure(seen)
        found.append(
            PoolStatus(
                pool=pool.id,
                state=seen.state,
                allocation_state=seen.allocation_state,
                nodes=dict(Counter(node.state for node in context.batch.list_nodes(pool.id))),
                until=None if until is None or failing else until.isoformat(),
                scaled=scaled,
                asked=(seen.target_dedicated_nodes, seen.target_low_priority_nodes),
                errors=(
                    *(f"{message} ({code})" for code, message in seen.resize_errors),
                    *([failing] if failing else []),
                ),
            )
        )
    return tuple(found)


def task_output(
    context: PhaseContext, *, tasks: Sequence[str], file: str, lines: int | None, follow: bool
) -> Iterator[TaskOutput]:
    """What tasks have written to a file: in the order of the plan, or with `follow` as it is written.

    Args:
        context: the run at work.
        tasks: their ids; none means all.
        file: such as `stdout.txt`, or `wd/progress.log`.
        lines: the last so many of each task; None is all.
        follow: continue until all of them have completed.

    Raises:
        UsageError: the run has no such task, or too many to print all.
        WaitTimeoutError: a task took longer than the run may last.
    """
    chosen = _chosen(context, tasks)
    # The output of a retried task is in its newest job.
    places = {task: job.id for task, job in chosen.items()}
    offsets: dict[str, int] = {}
    poller = Poller(context, limit=context.plan.run_limit)
    while True:
        # Asked before their files are read, so that what a completed task wrote last is not missed.
        over = _ended(context, places) if follow else set(places)
        changed = False
        for task, job in places.items():
            text = context.batch.task_file_from(job, task, file, offset=offsets.get(task, 0))
            if not text:
                continue
            changed = True
            new = _last(text, lines) if task not in offsets and lines is not None else text
            offsets[task] = offsets.get(task, 0) + len(text)
            yield TaskOutput(job=job, task=task, text=new)
        places = {task: job for task, job in places.items() if task not in over}
        if not places:
            return
        if poller.timed_out:
            raise WaitTimeoutError(f"{len(places)} tasks are still unfinished after {poller.elapsed:.0f} s")
        poller.wait(changed=changed)


def _chosen(context: PhaseContext, tasks: Sequence[str]) -> dict[str, PlannedJob]:
    known = {
        str(task.id): job for job in context.plan.jobs for task in job.tasks or () if task.id not in job.superseded
    }
    for name in tasks:
        if name not in known:
            raise UsageError(f"the run has no task {name}", hint=did_you_mean(name, known))
    if not tasks and len(known) > MAX_TASKS:
        raise UsageError(
            f"the run has {len(known):,} tasks, too many to print at once",
            hint="name some of them: --task ID (repeatable)",
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
