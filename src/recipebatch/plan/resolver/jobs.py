"""The jobs of a recipe → PlannedJob, with their tasks as far as these are known."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from recipebatch.errors import InvalidRecipeError, ProblemList, UnknownValueError, fail_at
from recipebatch.plan import resource_names
from recipebatch.plan.expressions import Namespace, evaluate, holds_unknown, if_known
from recipebatch.plan.model import PlannedAfter, PlannedJob, PlannedTemplate
from recipebatch.plan.resolver.node_limits import check_manager
from recipebatch.plan.resolver.pool_requirements import check_containers, check_slots
from recipebatch.plan.resolver.tasks import PlannedTasks
from recipebatch.plan.sections import Place, bind_fields
from recipebatch.recipe.model import ForFiles, ForRows
from recipebatch.vocabulary.ids import JobId, job_id
from recipebatch.vocabulary.limits import MAX_AUTO_POOL_PREFIX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from recipebatch.inputs import LocalInputs
    from recipebatch.plan.model import PlannedTask
    from recipebatch.plan.resolver.pools import PoolPlan
    from recipebatch.properties.job import JobManagerTask, Schedule
    from recipebatch.recipe.model import JobSpec, Recipe, Section, TaskSpec

    Scope = Mapping[str, object]

_TIME = "%Y-%m-%d %H:%M UTC"
DEFAULT_JOB_LIMIT = timedelta(hours=24)
"""The time limit of a job that sets none: it ends before its nodes lose access to storage."""


def planned_jobs(
    recipe: Recipe,
    run_id: str,
    scope: Scope,
    pools: Mapping[str, PoolPlan],
    inputs: LocalInputs,
    listings: Mapping[str, tuple[str, ...]] | None,
    job_listings: Mapping[str, Mapping[str, tuple[str, ...]]],
    begun: datetime | None,
    problems: ProblemList,
) -> tuple[tuple[PlannedJob, ...], tuple[str, ...]]:
    """All jobs of a run, and what is worth a warning.

    Args:
        recipe: the recipe.
        run_id: the run's.
        scope: what is known everywhere in the run.
        pools: by their names in the recipe.
        inputs: the local files.
        listings: the blobs of containers at the first submission; None before it.
        job_listings: by job, the blobs of containers when a job with `after` was expanded.
        begun: when the run begins; None is not known.
        problems: gets what is wrong with each job; jobs with a problem are left out.

    Raises:
        InvalidRecipeError: the id of a job is not legal or not unique.
    """
    ids = _ids(recipe, run_id, scope)
    if recipe.jobs[0].logical != "job" or len(recipe.jobs) > 1:
        of_jobs = {name: Namespace(name, {"id": identity}) for name, identity in ids.items()}
        scope = {**scope, "jobs": Namespace("jobs", of_jobs)}
    found: list[PlannedJob] = []
    warnings: list[str] = []
    for spec in recipe.jobs:
        seen = job_listings.get(spec.logical) if spec.after else listings
        with problems.collecting():
            job, found_warnings = _job(recipe, spec, ids[spec.logical], scope, pools[spec.pool], inputs, seen)
            if spec.schedule is not None and job.schedule is not None:
                _check_times(spec.schedule, job.schedule, begun)
            found.append(job)
            warnings += found_warnings
    return tuple(found), tuple(warnings)


def _ids(recipe: Recipe, run_id: str, scope: Scope) -> dict[str, JobId]:
    found: dict[str, JobId] = {}
    for spec in recipe.jobs:
        suffix = "" if len(recipe.jobs) == 1 else resource_names.shortened(spec.logical, 24)
        default = resource_names.batch_id(recipe.name, run_id, suffix)
        identity = if_known(partial(_id, spec, default, scope))
        others = {name: taken for name, taken in found.items() if not holds_unknown((taken, identity))}
        other = next((name for name, taken in others.items() if taken.casefold() == identity.casefold()), None)
        if other is not None:
            at = spec.id.node.at if spec.id.node is not None else spec.at
            message = f"the jobs {other} and {spec.logical} have the same id, {identity}"
            fail_at(at, message, "duplicate-id", "give each a unique id, or none")
        found[spec.logical] = identity
    return found


def _id(spec: JobSpec, default: str, scope: Scope) -> JobId:
    return job_id(evaluate(spec.id, scope) or default)


def _job(
    recipe: Recipe,
    spec: JobSpec,
    identity: JobId,
    scope: Scope,
    planned_pool: PoolPlan,
    inputs: LocalInputs,
    listings: Mapping[str, tuple[str, ...]] | None,
) -> tuple[PlannedJob, list[str]]:
    pool = planned_pool.pool
    scope = {**scope, "pool": Namespace("pool", {"id": pool.id}), "job": Namespace("job", {"id": identity})}
    default_retries = evaluate(spec.settings["max_task_retry_count"], scope)
    problems = ProblemList()
    tasks: tuple[PlannedTask, ...] | None = None
    settings: dict[str, Any] = {}
    planned = PlannedTasks(recipe, spec, scope, planned_pool, default_retries, inputs, listings)
    with problems.collecting():
        tasks = planned.all()
    for field in ("job_preparation_task", "job_release_task", "job_manager_task"):
        section = spec.settings[field]
        if section is not None:
            task = section.values.get("task", section)
            with problems.collecting():
                check_containers(task["container_settings"], pool, "a container task")
    with problems.collecting():
        settings = {name: value(scope) for name, value in bind_fields(spec.settings, Place(scope, os=pool.os)).items()}
        _check_manager(spec, settings["job_manager_task"], planned_pool)
    if problems:
        raise InvalidRecipeError(tuple(problems))
    settings["max_wall_clock_time"] = if_known(
        lambda: settings["max_wall_clock_time"] or _limit(tasks or (), evaluate(recipe.watch_timeout, scope))
    )
    auto_pool = settings["auto_pool"]
    if auto_pool is not None and if_known(lambda: auto_pool.auto_pool_id_prefix) is None:
        prefix = resource_names.shortened(recipe.name, MAX_AUTO_POOL_PREFIX_LENGTH)
        settings["auto_pool"] = replace(auto_pool, auto_pool_id_prefix=prefix)
    job = PlannedJob(
        logical=spec.logical,
        id=identity,
        pool=pool.logical,
        tasks=tasks,
        templates=tuple(_template(task) for task in spec.tasks) if tasks is None else (),
        after=tuple(PlannedAfter(job=entry.job, on_failed=entry.on_failed) for entry in spec.after),
        uses_task_dependencies=planned.uses_task_dependencies,
        **settings,
    )
    return job, planned.warnings


def _template(spec: TaskSpec) -> PlannedTemplate:
    """What a template says of its tasks before they are known."""
    return PlannedTemplate(
        name=spec.name, per=_per(spec), commands=tuple(str(line.value).rstrip("\n") for line in spec.command.lines)
    )


def _per(spec: TaskSpec) -> str:
    if spec.reduce is not None:
        return f"per group of results of {spec.reduce.over}"
    if spec.for_each is None:
        return ""
    source = spec.for_each.source
    if not isinstance(source, ForFiles):
        return "per row of a table" if isinstance(source, ForRows) else "per item"
    where = f"of {source.container}" if source.local is None else "of this machine"
    what = "blob" if source.local is None else "file"
    if source.by_folder:
        return f"per folder {where}"
    return f"per group of {what}s {where}" if source.groups else f"per {what} {where}"


def _check_times(section: Section, schedule: Schedule, begun: datetime | None) -> None:
    """Refuse a schedule that would end before it makes a job; one that begins in the past begins at once."""
    last, node = schedule.do_not_run_after, section["do_not_run_after"].node
    if last is None or node is None:
        return
    first = schedule.do_not_run_until
    with suppress(UnknownValueError):
        if first is not None and last <= first:
            message = f"do_not_run_after ({last:{_TIME}}) is not later than do_not_run_until ({first:{_TIME}})"
            fail_at(node.at, message, "invalid-time", "write a later time, or swap the two")
    if begun is not None and last <= begun:
        fail_at(node.at, f"do_not_run_after ({last:{_TIME}}) is past", "invalid-time", "write a later time")


def _check_manager(spec: JobSpec, manager: JobManagerTask | None, planned_pool: PoolPlan) -> None:
    """Refuse a job manager task that its pool can never run."""
    if manager is not None and spec.job_manager_task is not None:
        with suppress(UnknownValueError):
            check_slots(spec.job_manager_task, manager.required_slots, planned_pool.pool, "the job manager task")
        check_manager(spec, planned_pool.limits, allow_spot=manager.allow_low_priority_node)


def _limit(tasks: Sequence[PlannedTask], watch_timeout: timedelta | None) -> timedelta:
    """The time limit of a job that sets none: at least the watch timeout and the limits of its tasks."""
    of_tasks = [task.constraints.max_wall_clock_time for task in tasks]
    return max([DEFAULT_JOB_LIMIT, watch_timeout or timedelta(), *filter(None, of_tasks)])
