"""Plan, PlannedPool, PlannedJob, PlannedTask: what one run will ask of the services, no default left to decide.

Names of Batch properties are the REST names in snake_case; durations are `timedelta`; a duration of None means the
service's "no limit". Texts of environment settings may hold deferred values (`plan.expressions.deferred`): secrets and
SAS tokens that exist only in the moment of the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from recipebatch.plan.model.pool import PlannedAutoPool, PlannedPool
    from recipebatch.plan.model.task import (
        PlannedAfter,
        PlannedContainerSettings,
        PlannedDependencies,
        PlannedExitConditions,
        PlannedJobTask,
        PlannedManager,
        PlannedMultiInstance,
        PlannedPreparation,
        PlannedRetry,
        PlannedSchedule,
    )
    from recipebatch.vocabulary.ids import JobId, TaskId
from recipebatch.plan.model.files import PlannedContainer, PlannedOutputFile, PlannedResourceFile, UserIdentity


class PurgeWhen(StrEnum):
    """When a run's resources are removed: `purge:` in the recipe."""

    ALWAYS = "always"
    ON_SUCCESS = "on_success"
    NEVER = "never"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConstraints:
    """Limits of one task.

    Attributes:
        max_wall_clock_time: of one try, downloads included; None is no limit.
        max_task_retry_count: retries, not runs: 3 lets a task run four times; -1 is no limit.
        retention_time: how long its files stay on the node; None is the service's 7 days.
    """

    max_wall_clock_time: timedelta | None = None
    max_task_retry_count: int = 0
    retention_time: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """One task, ready to be asked for.

    Attributes:
        template: the `name` of the task template it comes from.
        command_line: complete, quoted for the pool's operating system; holds no deferred value.
        application_package_references: (application, version or None for its default).
        raw: properties of the request that the language does not know.
    """

    id: TaskId
    template: str
    command_line: str
    resource_files: tuple[PlannedResourceFile, ...] = ()
    output_files: tuple[PlannedOutputFile, ...] = ()
    environment_settings: tuple[tuple[str, str], ...] = ()
    constraints: TaskConstraints = TaskConstraints()
    required_slots: int = 1
    user_identity: UserIdentity = UserIdentity()
    display_name: str | None = None
    depends_on: PlannedDependencies | None = None
    exit_conditions: PlannedExitConditions | None = None
    multi_instance_settings: PlannedMultiInstance | None = None
    container_settings: PlannedContainerSettings | None = None
    application_package_references: tuple[tuple[str, str | None], ...] = ()
    retry: PlannedRetry | None = None
    raw: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedJob:
    """One job of the run with its tasks.

    Attributes:
        tasks: None when they depend on blobs that are only known at submission (an existing container, or what
            an earlier job writes).
        after: the jobs that must have ended before this one is expanded.
        on_task_failure: `noaction` or `performexitoptionsjobaction`.
        on_all_tasks_complete: `noaction` or `terminatejob`, once all tasks were added.
        raw: properties of the request that the language does not know.
        retry_of: the name of the job whose failed tasks this one tries again; None for a job of the recipe.
        superseded: ids of tasks that were tried again in a later job, which counts instead.
        max_wall_clock_time: of the whole job from its creation; a job that goes on for ever has no place in a run.
        max_parallel_tasks: running tasks at once; -1 is no limit.
    """

    logical: str
    id: JobId
    pool: str
    priority: int
    max_wall_clock_time: timedelta
    max_task_retry_count: int
    max_parallel_tasks: int
    common_environment_settings: tuple[tuple[str, str], ...]
    tasks: tuple[PlannedTask, ...] | None
    display_name: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    after: tuple[PlannedAfter, ...] = ()
    uses_task_dependencies: bool = False
    allow_task_preemption: bool = False
    on_task_failure: str = "noaction"
    on_all_tasks_complete: str = "terminatejob"
    job_preparation_task: PlannedPreparation | None = None
    job_release_task: PlannedJobTask | None = None
    job_manager_task: PlannedManager | None = None
    schedule: PlannedSchedule | None = None
    auto_pool: PlannedAutoPool | None = None
    retry_of: str | None = None
    superseded: frozenset[str] = frozenset()
    raw: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCollect:
    """One entry of `collect:`. Either `container` (blobs) or `task_files` (files of every task) is set.

    Attributes:
        container: logical name of the container whose blobs are downloaded.
        task_files: names of task files such as `stdout.txt`, each stored below `into/<task id>/`.
        include: patterns on the blob name; empty means all.
        into: where they go: as the recipe says it, relative to the folder of the recipe's user (not of the recipe).
    """

    container: str | None
    task_files: tuple[str, ...]
    include: tuple[str, ...]
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that one run will ask of the services.

    Attributes:
        watch_timeout: how long `watch` follows the job before it gives up; None is no limit.
        run_limit: the longest the run may last; SAS tokens given to nodes live as long, and so do the nodes of pools.
        warnings: things worth a look that stop nothing.
    """

    run_id: str
    recipe_name: str
    recipe_version: str | None
    containers: tuple[PlannedContainer, ...]
    pools: tuple[PlannedPool, ...]
    jobs: tuple[PlannedJob, ...]
    collect: tuple[PlannedCollect, ...]
    purge: PurgeWhen
    watch_timeout: timedelta | None
    run_limit: timedelta
    warnings: tuple[str, ...] = ()

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
