"""The jobs of a recipe → PlannedJob, with their tasks as far as these are known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, Problem
from recipebatch.plan import resource_names
from recipebatch.plan.expressions import Members, now
from recipebatch.plan.model import (
    PlannedAfter,
    PlannedAutoPool,
    PlannedJob,
    PlannedJobTask,
    PlannedManager,
    PlannedPreparation,
    PlannedSchedule,
)
from recipebatch.plan.resolver.task_files import output_file, resource_files
from recipebatch.plan.resolver.task_settings import (
    check_containers,
    command,
    container_settings,
    identity,
    packages,
    raw,
)
from recipebatch.plan.resolver.tasks import PlannedTasks, environment
from recipebatch.vocabulary.ids import JobId, job_id
from recipebatch.vocabulary.limits import MAX_AUTO_POOL_PREFIX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.inputs import LocalInputs
    from recipebatch.plan.model import PlannedPool, PlannedTask
    from recipebatch.recipe.model import (
        AutoPoolSpec,
        JobSpec,
        JobTaskSpec,
        ManagerSpec,
        PreparationSpec,
        Recipe,
        ScheduleSpec,
    )

    Names = Mapping[str, object]

_NOTHING: frozenset[str] = frozenset()

DEFAULT_JOB_LIMIT = timedelta(hours=24)
"""How long a job may last that says nothing of it: it ends though nobody looks, before its nodes lose their access."""


def planned_jobs(
    recipe: Recipe,
    run_id: str,
    names: Names,
    pools: Mapping[str, PlannedPool],
    inputs: LocalInputs,
    listings: Mapping[str, tuple[str, ...]] | None,
    job_listings: Mapping[str, Mapping[str, tuple[str, ...]]],
) -> tuple[tuple[PlannedJob, ...], tuple[str, ...]]:
    """All jobs of a run, and what is worth a warning.

    Args:
        recipe: the recipe.
        run_id: the run's.
        names: what is known everywhere in the run.
        pools: by their names in the recipe.
        inputs: the local files.
        listings: the blobs of containers at the first submission; None before it.
        job_listings: by job, the blobs of containers when a job with `after` was expanded.

    Raises:
        InvalidRecipeError: an expression fails, a value does not fit, an id is not legal or not unique.
    """
    ids = _ids(recipe, run_id, names)
    if recipe.jobs[0].logical != "job" or len(recipe.jobs) > 1:
        of_jobs = {name: Members(name, {"id": str(identity)}) for name, identity in ids.items()}
        names = {**names, "jobs": Members("jobs", of_jobs)}
    found: list[PlannedJob] = []
    warnings: list[str] = []
    for spec in recipe.jobs:
        seen = job_listings.get(spec.logical) if spec.after else listings
        pool = pools[spec.pool]
        job, told = _job(recipe, spec, ids[spec.logical], names, pool, inputs, seen)
        found.append(job)
        warnings += told
    return tuple(found), tuple(warnings)


def _ids(recipe: Recipe, run_id: str, names: Names) -> dict[str, JobId]:
    found: dict[str, JobId] = {}
    for spec in recipe.jobs:
        suffix = "" if len(recipe.jobs) == 1 else resource_names.shortened(spec.logical, 24)
        identity = job_id(now(spec.id, names) or resource_names.batch_id(recipe.name, run_id, suffix))
        other = next((name for name, taken in found.items() if taken.casefold() == identity.casefold()), None)
        if other is not None:
            at = spec.id.node.at if spec.id.node is not None else spec.at
            message = f"the jobs {other} and {spec.logical} have the same id, {identity}"
            raise InvalidRecipeError((Problem(at, message, "duplicate-id", "give each an id of its own, or none"),))
        found[spec.logical] = identity
    return found


def _job(
    recipe: Recipe,
    spec: JobSpec,
    identity_: JobId,
    names: Names,
    pool: PlannedPool,
    inputs: LocalInputs,
    listings: Mapping[str, tuple[str, ...]] | None,
) -> tuple[PlannedJob, list[str]]:
    names = {**names, "pool": Members("pool", {"id": str(pool.id)})}
    with_job = {**names, "job": Members("job", {"id": str(identity_)})}
    default_retries = now(spec.max_task_retry_count, names)
    planned = PlannedTasks(recipe, spec, with_job, pool, default_retries, inputs, listings)
    tasks = planned.all()
    limit = now(spec.max_wall_clock_time, names) or _limit(tasks or (), now(recipe.watch_timeout, names))
    preparation, release, manager = spec.job_preparation_task, spec.job_release_task, spec.job_manager_task
    for part in (preparation.task if preparation else None, release, manager.task if manager else None):
        if part is not None:
            check_containers(part.container_settings, pool, "a container task")
    return (
        PlannedJob(
            logical=spec.logical,
            id=identity_,
            pool=pool.logical,
            priority=now(spec.priority, names),
            max_wall_clock_time=limit,
            max_task_retry_count=default_retries,
            max_parallel_tasks=now(spec.max_parallel_tasks, names),
            common_environment_settings=environment(spec.common_environment_settings, names),
            tasks=tasks,
            display_name=now(spec.display_name, names),
            metadata=environment(spec.metadata, names),
            after=tuple(PlannedAfter(job=entry.job, on_failed=entry.on_failed) for entry in spec.after),
            uses_task_dependencies=planned.uses_task_dependencies,
            allow_task_preemption=spec.allow_task_preemption,
            on_task_failure=spec.on_task_failure,
            on_all_tasks_complete=spec.on_all_tasks_complete,
            job_preparation_task=_preparation(preparation, pool.os, with_job) if preparation is not None else None,
            job_release_task=_task(release, pool.os, with_job) if release is not None else None,
            job_manager_task=_manager(manager, pool.os, with_job) if manager is not None else None,
            schedule=_schedule(spec.schedule, names) if spec.schedule is not None else None,
            auto_pool=_auto_pool(spec.auto_pool, recipe.name, names),
            raw=raw(spec.raw, names),
        ),
        planned.warnings,
    )


def _limit(tasks: Sequence[PlannedTask], watch_timeout: timedelta | None) -> timedelta:
    """How long a job may last that says nothing of it: as long as it is followed, and as one of its tasks may."""
    of_tasks = [task.constraints.max_wall_clock_time for task in tasks]
    return max([DEFAULT_JOB_LIMIT, watch_timeout or timedelta(), *filter(None, of_tasks)])


def _auto_pool(spec: AutoPoolSpec | None, recipe_name: str, names: Names) -> PlannedAutoPool | None:
    if spec is None:
        return None
    prefix = now(spec.auto_pool_id_prefix, names) or resource_names.shortened(recipe_name, MAX_AUTO_POOL_PREFIX_LENGTH)
    return PlannedAutoPool(
        auto_pool_id_prefix=prefix, pool_lifetime_option=spec.pool_lifetime_option, keep_alive=spec.keep_alive
    )


def _task(spec: JobTaskSpec, os: str, names: Names) -> PlannedJobTask:
    return PlannedJobTask(
        id=now(spec.id, names),
        command_line=command(spec.command, os, names, _NOTHING)(names),
        resource_files=resource_files(spec.resource_files, names, _NOTHING)(names),
        environment_settings=environment(spec.environment_settings, names),
        user_identity=identity(spec.user_identity, names),
        container_settings=container_settings(spec.container_settings, names, _NOTHING)(names),
        max_wall_clock_time=now(spec.max_wall_clock_time, names),
        max_task_retry_count=now(spec.max_task_retry_count, names),
        retention_time=now(spec.retention_time, names),
        raw=raw(spec.raw, names),
    )


def _preparation(spec: PreparationSpec, os: str, names: Names) -> PlannedPreparation:
    return PlannedPreparation(
        task=_task(spec.task, os, names),
        wait_for_success=spec.wait_for_success,
        rerun_on_node_reboot_after_success=spec.rerun_on_node_reboot_after_success,
    )


def _manager(spec: ManagerSpec, os: str, names: Names) -> PlannedManager:
    return PlannedManager(
        task=_task(spec.task, os, names),
        display_name=now(spec.display_name, names),
        output_files=tuple(output_file(file, names, _NOTHING)(names) for file in spec.output_files),
        required_slots=now(spec.required_slots, names),
        application_package_references=packages(spec.application_package_references, names, _NOTHING)(names),
        kill_job_on_completion=spec.kill_job_on_completion,
        run_exclusive=spec.run_exclusive,
        allow_low_priority_node=spec.allow_low_priority_node,
    )


def _schedule(spec: ScheduleSpec, names: Names) -> PlannedSchedule:
    return PlannedSchedule(
        recurrence_interval=now(spec.recurrence_interval, names),
        start_window=now(spec.start_window, names),
        do_not_run_until=now(spec.do_not_run_until, names),
        do_not_run_after=now(spec.do_not_run_after, names),
    )
