"""resolve(recipe, …) → Plan: every name made, every expression evaluate_node, every task written out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from recipebatch.errors import InvalidRecipeError, ProblemList, UnknownValueError, fail_at
from recipebatch.plan import resource_names
from recipebatch.plan.expressions import (
    UNKNOWN,
    Namespace,
    OpaqueText,
    env,
    evaluate,
    holds_unknown,
    if_known,
    is_unknown,
    storage,
    within_budget,
)
from recipebatch.plan.input_requirements import before_run
from recipebatch.plan.missing_blobs import matches_nothing
from recipebatch.plan.model import MaxCost, Plan, PlannedContainer, PlannedUpload, is_made_later
from recipebatch.plan.resolver.jobs import DEFAULT_JOB_LIMIT, planned_jobs
from recipebatch.plan.resolver.machines import check_machines
from recipebatch.plan.resolver.pools import planned_pools, scaled
from recipebatch.plan.resolver.task_demand import demand
from recipebatch.plan.sections import Place, bind_fields, evaluate_section
from recipebatch.properties.deferred import DeferredText, SecretParameter
from recipebatch.vocabulary.durations import LONGEST_RUN, longest_text, span
from recipebatch.vocabulary.ids import RECORDS, container_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from recipebatch.inputs import LocalFile, LocalInputs
    from recipebatch.plan.model import PlannedJob, PlannedPool
    from recipebatch.plan.resolver.pools import PoolPlan
    from recipebatch.properties.files import Collect
    from recipebatch.properties.task import Expect
    from recipebatch.recipe.model import Recipe, Section
    from recipebatch.vocabulary.ids import ContainerName

_MARGIN = timedelta(hours=1)


@within_budget()
def resolve(
    recipe: Recipe,
    *,
    run_id: str,
    owner: str,
    parameters: Mapping[str, object],
    inputs: LocalInputs,
    environ: Mapping[str, str],
    listings: Mapping[str, tuple[str, ...]] | None,
    job_listings: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None,
    now: datetime | None = None,
    today: date | None = None,
) -> Plan:
    """Make the plan of one run; equal arguments give equal plans.

    Args:
        recipe: the recipe.
        run_id: `yyyymmdd-hhmmss-xxxx`.
        owner: who runs it.
        parameters: as `bind_parameters` gave them.
        inputs: as `read_local_inputs` found them.
        environ: the user's environment, of which `env` shows a part.
        listings: the blobs of containers by logical name, as the service lists them; None before submission.
        job_listings: the same for each job with `after` that has been expanded, by its name in the recipe.
        now: when a run would begin that has no id with its time yet; None is not known.
        today: the day on which a new run would begin: what the service does not make then is refused. None is a run
            that has begun: what ended meanwhile must not keep it from being shown, collected and purged.

    Raises:
        InvalidRecipeError: an expression fails, a value does not fit, an id is not legal or not unique.
        UnknownValueError: a parameter is UNKNOWN, and nothing is wrong with what does not depend on it.
    """
    scope = before_run(recipe, parameters)
    scope["run"] = Namespace("run", {"id": run_id, "owner": owner})
    scope["env"] = env(environ)
    containers = _container_names(recipe, run_id, scope)
    by_identity = [spec.name for spec in recipe.containers if evaluate(spec.settings["identity"], scope) is not None]
    scope["storage"] = storage(containers, by_identity)
    scope["secrets"] = Namespace(
        "secrets",
        {
            parameter.name: OpaqueText(DeferredText(SecretParameter(parameter.name)))
            for parameter in recipe.parameters
            if parameter.type == "secret"
        },
    )
    problems = ProblemList()
    problems.extend(recipe.unknown_images)
    known = planned_pools(recipe, run_id, scope, problems)
    if today is not None:
        check_machines(recipe, known, today, problems)
    begun = resource_names.begun(run_id) or now
    of_jobs = job_listings or {}
    jobs, warnings = planned_jobs(recipe, run_id, scope, known, inputs, listings, of_jobs, begun, problems)
    scope["pool"] = Namespace("pool", {"id": next(iter(known.values())).pool.id})
    with problems.collecting():
        watch_timeout = evaluate(recipe.watch_timeout, scope)
    expected: Expect | None = None
    max_cost: MaxCost | None = None
    with problems.collecting():
        expected = evaluate_section(recipe.expect, Place(scope))
    with problems.collecting():
        max_cost = _max_cost(recipe, scope)
    collect: list[Collect] = []
    for section in recipe.collect:
        with problems.collecting():
            collect.append(_collect(section, scope))
    with problems.collecting():
        planned_containers = _containers(recipe, containers, inputs, scope)
    if problems:
        raise InvalidRecipeError(tuple(sorted(set(problems), key=lambda problem: (problem.at, problem.message))))
    if len(jobs) < len(recipe.jobs):
        raise UnknownValueError
    longest = longest_run(jobs, begun, watch_timeout)
    if longest > LONGEST_RUN:
        _refuse_length(recipe, jobs, begun, longest)
    if any(map(holds_unknown, parameters.values())):
        raise UnknownValueError
    pools = tuple(_with_jobs(recipe, planned, jobs) for planned in known.values())
    warnings = (*inputs.warnings, *warnings, *_endless(recipe, jobs, watch_timeout, longest))
    plan = Plan(
        run_id=run_id,
        recipe_name=recipe.name,
        recipe_version=recipe.version,
        containers=planned_containers,
        pools=pools,
        jobs=jobs,
        collect=tuple(collect),
        purge=recipe.purge,
        watch_timeout=watch_timeout,
        run_limit=longest + _allocation(pools, jobs) + _MARGIN,
        expected_task=None if expected is None else expected.task,
        max_cost=max_cost,
        warnings=warnings,
    )
    return replace(plan, warnings=(*warnings, *matches_nothing(recipe, plan)))


def _max_cost(recipe: Recipe, scope: Mapping[str, object]) -> MaxCost | None:
    limit = evaluate(recipe.max_cost, scope)
    if limit is None:
        return None
    without_price = evaluate(recipe.without_price, scope)
    return if_known(lambda: MaxCost(amount=limit.amount, currency=limit.currency, without_price=str(without_price)))


def _allocation(pools: Iterable[PlannedPool], jobs: Sequence[PlannedJob]) -> timedelta:
    """How long nodes may take to come: those of the first pools at the same time, those of later ones in turn."""
    later = [pool.resize_timeout for pool in pools if is_made_later(pool, jobs)]
    first = [pool.resize_timeout for pool in pools if not is_made_later(pool, jobs)]
    return sum(later, max(first, default=timedelta()))


def _refuse_length(recipe: Recipe, jobs: Sequence[PlannedJob], begun: datetime | None, longest: timedelta) -> NoReturn:
    """Refuse a run whose end is beyond the calendar, at what makes its longest job so long."""
    job = max(jobs, key=lambda each: _longest(each, begun) or timedelta())
    spec = next(spec for spec in recipe.jobs if spec.logical == job.logical)
    last = spec.schedule["do_not_run_after"].node if spec.schedule is not None else None
    node = last or spec.settings["max_wall_clock_time"].node
    message = f"the run may last {span(longest)}; at most {longest_text(LONGEST_RUN)} are allowed"
    hint = "lower max_wall_clock_time of the jobs, or write an earlier do_not_run_after"
    fail_at(node.at if node is not None else spec.at, message, "invalid-duration", hint)


def _with_jobs(recipe: Recipe, planned: PoolPlan, jobs: Sequence[PlannedJob]) -> PlannedPool:
    """A pool with what its jobs decide: the formula of its scenario, and who makes and ends it."""
    name = planned.pool.logical
    specs = [spec for spec in recipe.jobs if spec.pool == name]
    of_pool = [job for job in jobs if job.pool == name]
    needed = demand(specs, of_pool, planned.pool.task_slots_per_node, planned.limits.together or 1)
    return replace(
        scaled(planned.pool, planned.scale, needed),
        auto=any(spec.auto_pool is not None for spec in specs),
        outlives=any(job.auto_pool is not None and job.auto_pool.keep_alive for job in of_pool),
        endless=any(job.schedule is not None and job.schedule.do_not_run_after is None for job in of_pool),
    )


def longest_run(jobs: Sequence[PlannedJob], begun: datetime | None, watch_timeout: timedelta | None) -> timedelta:
    """The longest the jobs may last together: some wait for others, and a schedule makes them until it ends."""
    ends: dict[str, timedelta] = {}
    left = list(jobs)
    while left:
        ready = [job for job in left if not {entry.job for entry in job.after} & {other.logical for other in left}]
        for job in ready:
            begins = max([ends[entry.job] for entry in job.after], default=timedelta())
            ends[job.logical] = begins + (_longest(job, begun) or watch_timeout or DEFAULT_JOB_LIMIT)
        left = [job for job in left if job.logical not in ends]
    return max(ends.values())


def _longest(job: PlannedJob, begun: datetime | None) -> timedelta | None:
    """The longest that one job, or the jobs of its schedule, may last; None is no limit."""
    if job.schedule is None:
        return job.max_wall_clock_time
    last = job.schedule.do_not_run_after
    return None if last is None or begun is None else max(last - begun, timedelta()) + job.max_wall_clock_time


def _endless(
    recipe: Recipe, jobs: Sequence[PlannedJob], watch_timeout: timedelta | None, longest: timedelta
) -> tuple[str, ...]:
    """A warning where the jobs of a schedule lose their access to containers sooner than one may think."""
    if not recipe.storage or watch_timeout is not None:
        return ()
    return tuple(
        f"the jobs of the schedule {job.id} have no end, but can use the containers for {span(longest)} only:"
        " write do_not_run_after, or `watch: {timeout: …}`"
        for job in jobs
        if job.schedule is not None and job.schedule.do_not_run_after is None
    )


def _container_names(recipe: Recipe, run_id: str, scope: Mapping[str, object]) -> dict[str, ContainerName]:
    found: dict[str, ContainerName] = {}
    for spec in recipe.containers:
        written = evaluate(spec.container, scope)
        if is_unknown(written):
            found[spec.name] = UNKNOWN
            continue
        name = (
            container_name(written) if written is not None else resource_names.container(recipe.name, run_id, spec.name)
        )
        named = {logical: taken for logical, taken in found.items() if taken is not UNKNOWN}
        other = next((logical for logical, taken in named.items() if taken == name), None)
        if other is not None:
            at = spec.container.node.at if spec.container.node is not None else spec.at
            message = f"{spec.name} and {other} are the same container, {name}"
            fail_at(at, message, "duplicate-container", "use one logical name for it")
        if name == RECORDS:
            at = spec.container.node.at if spec.container.node is not None else spec.at
            message = f"{spec.name} is the container {name}, which holds the records of all runs"
            fail_at(at, message, "container-of-records", "use another container")
        found[spec.name] = name
    return found


def planned_uploads(files: Iterable[LocalFile]) -> tuple[PlannedUpload, ...]:
    """Local files and texts as what is uploaded of them."""
    return tuple(
        PlannedUpload(
            blob=file.blob,
            source=Path(file.source) if file.source else None,
            size=file.size,
            content=file.content,
            content_type=file.content_type or None,
            metadata=file.metadata,
        )
        for file in files
    )


def _containers(
    recipe: Recipe, containers: Mapping[str, ContainerName], inputs: LocalInputs, scope: Mapping[str, object]
) -> tuple[PlannedContainer, ...]:
    return tuple(
        PlannedContainer(
            logical=spec.name,
            name=containers[spec.name],
            existing=spec.existing,
            uploads=planned_uploads(inputs.files.get(spec.name, ())),
            **{name: value(scope) for name, value in bind_fields(spec.settings, Place(scope)).items()},
        )
        for spec in recipe.containers
    )


def _collect(section: Section, scope: Mapping[str, object]) -> Collect:
    entry: Collect = evaluate_section(section, Place(scope))
    return replace(entry, into=if_known(lambda: entry.into or entry.container or "task-files"))
