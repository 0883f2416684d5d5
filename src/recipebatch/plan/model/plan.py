"""Plan, PlannedPool, PlannedJob, PlannedTask: what one run will create, with every default filled in.

Names of Batch properties are the REST names in snake_case; durations are `timedelta`; a duration of None means the
service's "no limit". Texts of environment settings may hold deferred values (`properties.deferred`): secrets and
SAS tokens that exist only in the moment of the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.properties.job import JobProperties

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta
    from decimal import Decimal

    from recipebatch.plan.model.files import PlannedContainer
    from recipebatch.plan.model.machine_inputs import MachineInputs
    from recipebatch.plan.model.pool import PlannedPool
    from recipebatch.plan.model.task import PlannedTask, PlannedTemplate
    from recipebatch.properties.files import Collect
    from recipebatch.properties.purge import PurgeRule
    from recipebatch.vocabulary.ids import JobId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAfter:
    """A job, by its name in the recipe, that must have ended first; `on_failed` is `block` or `satisfy`."""

    job: str
    on_failed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedJob(JobProperties):
    """One job of the run with its tasks; what is only passed on is in `JobProperties`.

    Attributes:
        tasks: None when they depend on blobs that are only known at submission (an existing container, or what
            an earlier job writes).
        templates: what is known of the tasks where `tasks` is None.
        after: the jobs that must have ended before this one is expanded.
        retry_of: the name of the job whose failed tasks this one tries again; None for a job of the recipe.
        superseded: ids of tasks that were tried again in a later job, which counts instead.
    """

    logical: str
    id: JobId
    pool: str
    tasks: tuple[PlannedTask, ...] | None
    templates: tuple[PlannedTemplate, ...] = ()
    after: tuple[PlannedAfter, ...] = ()
    uses_task_dependencies: bool = False
    retry_of: str | None = None
    superseded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxCost:
    """The most that a run may cost.

    Attributes:
        without_price: what follows where a price is unknown: `refuse` or `continue`.
    """

    amount: Decimal
    currency: str
    without_price: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that one run will create.

    Attributes:
        watch_timeout: how long `watch` follows the job before it gives up; None is no limit.
        run_limit: the longest the run may last; SAS tokens given to nodes live as long, and so do the nodes of pools.
        expected_task: how long the recipe says a task takes that does not say it itself; None if it does not.
        max_cost: the most that the run may cost; None is no limit.
        warnings: things worth a look that stop nothing.
        takes: what the run would take from this machine; None in the plan of a run that exists.
    """

    run_id: str
    recipe_name: str
    recipe_version: str | None
    containers: tuple[PlannedContainer, ...]
    pools: tuple[PlannedPool, ...]
    jobs: tuple[PlannedJob, ...]
    collect: tuple[Collect, ...]
    purge: PurgeRule
    watch_timeout: timedelta | None
    run_limit: timedelta
    expected_task: timedelta | None = None
    max_cost: MaxCost | None = None
    warnings: tuple[str, ...] = ()
    takes: MachineInputs | None = None

    def container(self, logical: str) -> PlannedContainer:
        """The container with that name in the recipe; KeyError if there is none (the plan was checked)."""
        for container in self.containers:
            if container.logical == logical:
                return container
        raise KeyError(logical)

    def pool(self, logical: str) -> PlannedPool:
        """The pool with that name in the recipe; KeyError if there is none (the plan was checked)."""
        for pool in self.pools:
            if pool.logical == logical:
                return pool
        raise KeyError(logical)

    def turn_of_pool(self, logical: str) -> str:
        """When the run makes a pool, as `when job a has ended, not if it failed`; empty if it is made at the start.

        A pool that only jobs with `after` run on is made when the turn of the first of them comes.
        """
        if not is_made_later(self.pool(logical), self.jobs):
            return ""
        users = [job for job in self.jobs if job.pool == logical]
        names = {job.logical for job in users}
        # A job that waits for another one of the same pool finds the pool there.
        firsts = [job for job in users if not any(entry.job in names for entry in job.after)]
        return " or ".join(dict.fromkeys(_turn(job) for job in firsts))


def is_made_later(pool: PlannedPool, jobs: Iterable[PlannedJob]) -> bool:
    """Whether all jobs that run on a pool wait for others, so that the run makes it when their turn comes."""
    users = [job for job in jobs if job.pool == pool.logical]
    return not (pool.existing or pool.auto) and bool(users) and all(job.after for job in users)


def _turn(job: PlannedJob) -> str:
    jobs = [entry.job for entry in job.after]
    must_succeed = [entry.job for entry in job.after if entry.on_failed == "block"]
    over = f"when job {jobs[0]} has ended" if len(jobs) == 1 else f"when jobs {' and '.join(jobs)} have ended"
    if not must_succeed:
        return over
    return f"{over}, not if {'it' if len(jobs) == 1 else ' or '.join(must_succeed)} failed"
