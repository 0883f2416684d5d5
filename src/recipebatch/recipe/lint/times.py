"""Rules about time and money: limits, retries, nodes that stay, access that ends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.recipe.lint.subject import expressions, finding, literal, parts
from recipebatch.recipe.model import OutputFileSpec, ResourceFileSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import Problem
    from recipebatch.recipe.lint.subject import Subject
    from recipebatch.recipe.model import JobSpec, PoolSpec, TaskSpec

_DEFAULT_LIFE = timedelta(hours=24)
"""How long access lives when neither jobs nor `watch` say it; as `recipebatch.plan.resolve` has it."""

_ADDED = timedelta(hours=1)
"""What is added to it for what comes before and after the tasks; the same."""


def no_time_limit(subject: Subject) -> Iterator[Problem]:
    """Templates that nothing limits in time."""
    for job, task in _tasks(subject):
        if job.max_wall_clock_time.node is None and task.max_wall_clock_time.node is None:
            message = f"neither the task template {task.name} nor its job has max_wall_clock_time"
            hint = "add `constraints: {max_wall_clock_time: 1h}`: a task that hangs holds its node"
            yield finding(task.at, message, "no-time-limit", hint)


def endless_retries(subject: Subject) -> Iterator[Problem]:
    """Templates whose tasks are tried again without end."""
    for job, task in _tasks(subject):
        own = task.max_task_retry_count
        retries = literal(own) if own.node is not None else literal(job.max_task_retry_count)
        if retries == -1 and job.max_wall_clock_time.node is None:
            message = f"the tasks of {task.name} are tried again for ever"
            at = own.node.at if own.node is not None else task.at
            yield finding(at, message, "endless-retries", "set a number, or max_wall_clock_time of the job")


def pool_stays(subject: Subject) -> Iterator[Problem]:
    """Pools with nodes that no purge removes."""
    written = subject.document.get("purge")
    if subject.recipe.purge != "never" or written is None:
        return
    for pool in subject.recipe.pools:
        if pool.existing.node is None and pool.auto_scale is None and _has_nodes(pool):
            message = f"the nodes of the pool {pool.logical} stay after the run, and cost"
            hint = "write `purge: on_success`, or let an autoscale formula take the nodes away"
            yield finding(written.at, message, "pool-stays", hint)


def sas_shorter_than_run(subject: Subject) -> Iterator[Problem]:
    """Templates whose tasks may run longer than the access they are given."""
    life = _life(subject)
    if life is None or not _uses_access(subject):
        return
    for job, task in _tasks(subject):
        allowed = literal(task.max_wall_clock_time) or literal(job.max_wall_clock_time)
        if allowed is not None and allowed > life:
            message = f"a task of {task.name} may run {_shown(allowed)}, and its access ends after {_shown(life)}"
            hint = "set max_wall_clock_time of every job, or a longer `watch: {timeout: …}`"
            at = task.max_wall_clock_time.node.at if task.max_wall_clock_time.node is not None else task.at
            yield finding(at, message, "sas-shorter-than-run", hint)


RULES = (no_time_limit, endless_retries, pool_stays, sas_shorter_than_run)


def _tasks(subject: Subject) -> Iterator[tuple[JobSpec, TaskSpec]]:
    return ((job, task) for job in subject.recipe.jobs for task in job.tasks)


def _has_nodes(pool: PoolSpec) -> bool:
    """Whether nodes are asked for; an expression most likely asks for some."""
    return any(literal(setting) != 0 for setting in (pool.target_dedicated_nodes, pool.target_low_priority_nodes))


def _life(subject: Subject) -> timedelta | None:
    """How long access lives at least; None when an expression decides, or every job has its limit."""
    settings = [job.max_wall_clock_time for job in subject.recipe.jobs]
    if all(setting.node is not None for setting in settings):
        return None
    watch = subject.recipe.watch_timeout
    if watch.node is not None:
        timeout = literal(watch)
        return None if timeout is None else timeout + _ADDED
    limits = [literal(setting) for setting in settings if setting.node is not None]
    if any(limit is None for limit in limits):
        return None
    return max([_DEFAULT_LIFE, *(limit for limit in limits if limit is not None)]) + _ADDED


def _uses_access(subject: Subject) -> bool:
    for part in parts(subject.recipe, ResourceFileSpec):
        if part.container is not None or part.this_file:
            return True
    if any(True for _ in parts(subject.recipe, OutputFileSpec)) or any(task.keep_logs for task in subject.recipe.tasks):
        return True
    return any(expression.deferred == "sas" for expression in expressions(subject.document))


def _shown(time: timedelta) -> str:
    hours, rest = divmod(int(time.total_seconds()), 3600)
    minutes, seconds = divmod(rest, 60)
    texts = [f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if count]
    return "".join(texts) or "0s"
