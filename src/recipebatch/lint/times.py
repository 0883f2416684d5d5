"""Rules about time and cost: limits, retries, nodes that are not removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lint.subject import finding
from recipebatch.properties.purge import PurgeWhen
from recipebatch.vocabulary.limits import DEFAULT_RESIZE_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from recipebatch.errors import Problem, SourcePosition
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


_WITH_JOB = "write `auto_pool: {pool_lifetime_option: job}` in its job: the service deletes the pool with the job"
_SCENARIO = "scale it by its tasks: `auto_scale: {scenario: pending_tasks, max_nodes: 4}` instead of target nodes"


def pool_stays(subject: Subject) -> Iterator[Problem]:
    """Pools whose nodes no formula removes, or that no purge deletes before."""
    written = subject.document.get("purge")
    for pool in subject.recipe.pools:
        jobs = [job for job in subject.recipe.jobs if job.pool == pool.logical]
        if pool.existing.node is not None or any(_takes_pool_along(job) for job in jobs):
            continue
        if pool.auto_scale is None and not _has_nodes(pool):
            continue
        nodes = f"nodes of pool {pool.logical}"
        communicates = _communicates(pool)
        timeout = pool.settings["resize_timeout"]
        if communicates is not None:
            more = "its formula adds some and removes none: " if pool.auto_scale is not None else ""
            message = (
                f"{nodes} stay until a command removes them: {more}the service removes no node by formula from a pool"
                " with inter-node communication"
            )
            yield finding(communicates, message, "pool-stays", _WITH_JOB)
        elif pool.auto_scale is not None:
            continue
        elif any(_is_endless(job) for job in jobs):
            message = f"{nodes} stay until a command removes them: its job schedule has no end"
            yield finding(pool.at, message, "pool-stays", f"{_SCENARIO}; or end the schedule with do_not_run_after")
        elif timeout.node is not None and timeout.literal() != DEFAULT_RESIZE_TIMEOUT:
            message = f"{nodes} stay until a command removes them: with resize_timeout no formula decides on them"
            hint = "remove resize_timeout; how long to wait for nodes: `provisioning: {timeout: 1h}`"
            yield finding(timeout.node.at, message, "pool-stays", hint)
        elif subject.recipe.purge.pool is PurgeWhen.NEVER and written is not None:
            message = f"{nodes} incur charges until a command sees the tasks end, or the run expires"
            hint = "write `purge: on_success`, or let the service delete the pool with its job: `auto_pool: {}`"
            if any(job.schedule is not None for job in jobs):
                # No command sees a schedule succeed: only the service, its end and the user take the nodes away.
                message = f"{nodes} incur charges until the run expires, or you purge it: a schedule has no verdict"
                hint = _SCENARIO
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


def _takes_pool_along(job: JobSpec) -> bool:
    """Whether the service deletes the pool with the job."""
    return job.auto_pool is not None and job.auto_pool["keep_alive"].literal() is not True


def _is_endless(job: JobSpec) -> bool:
    """Whether its schedule has no end."""
    return job.schedule is not None and job.schedule["do_not_run_after"].node is None


def _communicates(pool: PoolSpec) -> SourcePosition | None:
    """Where inter-node communication is enabled."""
    key = pool.settings["enable_inter_node_communication"]
    if key.node is not None and key.literal() is not False:
        at: SourcePosition = key.node.at
        return at
    return None


def _hours(time: timedelta) -> str:
    hours, rest = divmod(int(time.total_seconds()), 3600)
    minutes, seconds = divmod(rest, 60)
    texts = [f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if count]
    return "".join(texts) or "0s"
