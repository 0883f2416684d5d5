"""Estimate: how long the tasks of a run take together, and what their nodes cost meanwhile. Pure.

It is what the words "about" promise: tasks start as soon as a slot is free, templates that depend on others run after
them, and neither the start of nodes nor retries are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

from recipebatch.plan import most_nodes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.plan.model import Plan, PlannedJob, PlannedPool, PlannedTask
    from recipebatch.runs import TaskHistory

_HOUR = Decimal(3600)
EXPECTED = "the recipe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long tasks took in a run.

    Attributes:
        run_id: of the run.
        by_template: the mean of each template.
        mean: of all tasks.
    """

    run_id: str
    by_template: Mapping[str, timedelta] = field(default_factory=dict)
    mean: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How long a run probably takes, and what it costs.

    Attributes:
        time: of its tasks; None where no number of nodes is known.
        node_seconds: the time of its nodes, together.
        cost: of its nodes; None where a price is not known.
        tasks: how many.
        sources: where the durations come from: `EXPECTED`, or a run's id.
    """

    time: timedelta | None
    node_seconds: float
    cost: Decimal | None
    tasks: int
    sources: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON values; times are seconds."""
        return {
            "seconds": None if self.time is None else self.time.total_seconds(),
            "node_seconds": round(self.node_seconds, 3),
            "cost": None if self.cost is None else float(round(self.cost, 6)),
            "tasks": self.tasks,
            "from": list(self.sources),
        }


def durations_of(run_id: str, history: TaskHistory) -> Durations | None:
    """How long the tasks of a run took that succeeded; None if none did."""
    seconds: dict[str, list[float]] = {}
    for task in history.records:
        if task.began is not None and task.ended is not None and task.exit_code == 0:
            seconds.setdefault(task.template, []).append(max(0.0, (task.ended - task.began).total_seconds()))
    together = [each for values in seconds.values() for each in values]
    if not together:
        return None
    return Durations(
        run_id=run_id,
        by_template={name: timedelta(seconds=sum(values) / len(values)) for name, values in seconds.items()},
        mean=timedelta(seconds=sum(together) / len(together)),
    )


def estimated(plan: Plan, per_node: Mapping[str, Decimal | None], durations: Durations | None) -> Estimate | None:
    """The estimate of a run; None where it is not known how long a task takes, or which tasks there are.

    Args:
        plan: of the run.
        per_node: by pool of the recipe, what one of its nodes costs an hour; None is not known.
        durations: how long tasks took the last time, for those of which the recipe says nothing.
    """
    if any(job.tasks is None or job.schedule is not None for job in plan.jobs):
        return None
    sources: dict[str, None] = {}
    times: dict[str, dict[str, float]] = {}
    for job in plan.jobs:
        found = {str(task.id): _duration(task, plan, durations, sources) for task in job.tasks or ()}
        known = {name: seconds for name, seconds in found.items() if seconds is not None}
        if len(known) < len(found):
            return None
        times[job.logical] = known
    ends: dict[str, float | None] = {}
    for job in _in_order(plan.jobs):
        begun = _latest([ends[entry.job] for entry in job.after if entry.job in ends])
        taken = _job_seconds(job, plan.pool(job.pool), times[job.logical])
        ends[job.logical] = None if begun is None or taken is None else begun + taken
    whole = _latest(list(ends.values()))
    node_seconds, cost = 0.0, Decimal(0)
    costs_known = True
    for pool in plan.pools:
        if pool.existing:
            continue
        seconds = _node_seconds(pool, plan, times, ends, whole)
        rate = per_node.get(pool.logical)
        node_seconds += seconds
        if rate is None:
            costs_known = False
        else:
            cost += rate * Decimal(str(round(seconds, 3))) / _HOUR
    return Estimate(
        time=None if whole is None else timedelta(seconds=round(whole)),
        node_seconds=node_seconds,
        cost=cost if costs_known else None,
        tasks=sum(map(len, times.values())),
        sources=tuple(sources),
    )


def _duration(task: PlannedTask, plan: Plan, durations: Durations | None, sources: dict[str, None]) -> float | None:
    said = task.expected or plan.expected_task
    if said is not None:
        sources[EXPECTED] = None
        return said.total_seconds()
    if durations is None:
        return None
    sources[durations.run_id] = None
    return durations.by_template.get(task.template, durations.mean).total_seconds()


def _in_order(jobs: Sequence[PlannedJob]) -> list[PlannedJob]:
    """The jobs, each after those that it waits for."""
    done: list[PlannedJob] = []
    left = list(jobs)
    while left:
        names = {job.logical for job in left}
        ready = [job for job in left if not any(entry.job in names for entry in job.after)]
        done += ready or left
        left = [job for job in left if job not in ready] if ready else []
    return done


def _latest(ends: Sequence[float | None]) -> float | None:
    known = [end for end in ends if end is not None]
    return None if len(known) < len(ends) else max(known, default=0.0)


def _slots(pool: PlannedPool) -> int | None:
    """Task slots of the pool with the most nodes that it can have; None if that is not known."""
    nodes = most_nodes(pool).together
    return None if not nodes else nodes * pool.task_slots_per_node


def _weight(task: PlannedTask, pool: PlannedPool) -> int:
    """Task slots that a task takes, on all its nodes."""
    several = task.multi_instance_settings
    return pool.task_slots_per_node * several.number_of_instances if several is not None else task.required_slots


def _job_seconds(job: PlannedJob, pool: PlannedPool, times: Mapping[str, float]) -> float | None:
    """How long the tasks of a job take: those of each stage together, one stage after the other."""
    slots = _slots(pool)
    if slots is None:
        return None
    if job.max_parallel_tasks > 0:
        slots = min(slots, job.max_parallel_tasks)
    stage_of = _stages(job)
    stages: dict[int, list[PlannedTask]] = {}
    for task in job.tasks or ():
        stages.setdefault(stage_of[task.template], []).append(task)
    return sum(_stage_seconds(tasks, slots, pool, times) for tasks in stages.values())


def _stage_seconds(tasks: Sequence[PlannedTask], slots: int, pool: PlannedPool, times: Mapping[str, float]) -> float:
    sizes = [(times[str(task.id)], min(_weight(task, pool), slots)) for task in tasks]
    if len(set(sizes)) == 1:
        seconds, weight = sizes[0]
        return ceil(len(sizes) / max(1, slots // weight)) * seconds
    longest = max(seconds for seconds, _ in sizes)
    return max(longest, sum(seconds * weight for seconds, weight in sizes) / slots)


def _stages(job: PlannedJob) -> dict[str, int]:
    """The stage of each template: after those that its first task waits for."""
    template_of = {str(task.id): task.template for task in job.tasks or ()}
    firsts: dict[str, PlannedTask] = {}
    for task in job.tasks or ():
        firsts.setdefault(task.template, task)
    found: dict[str, int] = {}
    for name, task in firsts.items():
        awaited = () if task.depends_on is None else task.depends_on.task_ids
        ranges = () if task.depends_on is None else task.depends_on.task_id_ranges
        names = {template_of[each] for each in (*awaited, *(str(start) for start, _ in ranges)) if each in template_of}
        found[name] = max((found.get(each, 0) + 1 for each in names - {name}), default=0)
    return found


def _node_seconds(
    pool: PlannedPool,
    plan: Plan,
    times: Mapping[str, Mapping[str, float]],
    ends: Mapping[str, float | None],
    whole: float | None,
) -> float:
    """The time of the nodes of a pool: of a fixed size until the run ends, of another one as its tasks need them."""
    jobs = [job for job in plan.jobs if job.pool == pool.logical]
    nodes = most_nodes(pool).together
    if pool.auto_scale is None and nodes is not None and whole is not None:
        begun = [_latest([ends[entry.job] for entry in job.after]) or 0.0 for job in jobs]
        copies = len(jobs) if pool.auto else 1
        return nodes * max(0.0, whole - min(begun, default=0.0)) * copies
    work = sum(times[job.logical][str(task.id)] * _weight(task, pool) for job in jobs for task in job.tasks or ())
    return work / pool.task_slots_per_node
