"""Rules about time and cost: limits, retries, nodes that are not removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lint.subject import finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from recipebatch.errors import Problem
    from recipebatch.lint.subject import Subject
    from recipebatch.recipe.model import JobSpec, PoolSpec, TaskSpec


def no_time_limit(subject: Subject) -> Iterator[Problem]:
    """Templates without a time limit."""
    for job, task in _tasks(subject):
        if (
            job.settings["max_wall_clock_time"].node is None
            and task.settings["constraints.max_wall_clock_time"].node is None
        ):
            message = f"neither task template {task.name} nor its job has max_wall_clock_time"
            hint = (
                "add `constraints: {max_wall_clock_time: 1h}`: a task that hangs occupies its node for up to 24 hours"
            )
            yield finding(task.at, message, "no-time-limit", hint)


def endless_retries(subject: Subject) -> Iterator[Problem]:
    """Templates whose tasks are retried without limit."""
    for job, task in _tasks(subject):
        own = task.settings["constraints.max_task_retry_count"]
        retries = own.literal() if own.node is not None else job.settings["max_task_retry_count"].literal()
        if retries == -1 and job.settings["max_wall_clock_time"].node is None:
            message = f"tasks of {task.name} are retried without limit"
            at = own.node.at if own.node is not None else task.at
            yield finding(at, message, "endless-retries", "set a number of retries, or max_wall_clock_time in the job")


def pool_stays(subject: Subject) -> Iterator[Problem]:
    """Pools with nodes that no purge deletes."""
    written = subject.document.get("purge")
    if subject.recipe.purge != "never" or written is None:
        return
    for pool in subject.recipe.pools:
        if pool.existing.node is None and pool.auto_scale is None and _has_nodes(pool):
            message = f"nodes of pool {pool.logical} keep incurring charges after the tasks, until the run expires"
            hint = "write `purge: on_success`, or remove the nodes with an autoscale formula"
            yield finding(written.at, message, "pool-stays", hint)


def limit_beyond_job(subject: Subject) -> Iterator[Problem]:
    """Templates whose tasks have a longer time limit than their job."""
    for job, task in _tasks(subject):
        setting = task.settings["constraints.max_wall_clock_time"]
        own, of_job, node = setting.literal(), job.settings["max_wall_clock_time"].literal(), setting.node
        if own is not None and of_job is not None and node is not None and own > of_job:
            message = f"a task of {task.name} may run for {_hours(own)}, but its job ends after {_hours(of_job)}"
            yield finding(node.at, message, "limit-beyond-job", "increase max_wall_clock_time of the job")


RULES = (no_time_limit, endless_retries, pool_stays, limit_beyond_job)


def _tasks(subject: Subject) -> Iterator[tuple[JobSpec, TaskSpec]]:
    return ((job, task) for job in subject.recipe.jobs for task in job.tasks)


def _has_nodes(pool: PoolSpec) -> bool:
    """Whether the pool has target nodes; an expression most likely gives some."""
    fields = ("target_dedicated_nodes", "target_low_priority_nodes")
    return any(pool.settings[field].literal() != 0 for field in fields)


def _hours(time: timedelta) -> str:
    hours, rest = divmod(int(time.total_seconds()), 3600)
    minutes, seconds = divmod(rest, 60)
    texts = [f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if count]
    return "".join(texts) or "0s"
