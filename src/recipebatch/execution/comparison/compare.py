"""A plan against what an account has: what `apply` would do now with each resource, and what it would refuse.

Every decision is the one by which `apply` acts: which run it works on, which phases it does, and what each does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, RunPausedError, RunStoppedError, UsageError
from recipebatch.execution.active_run import check_interrupted
from recipebatch.execution.apply import is_purged_for, passed_over
from recipebatch.execution.machine_inputs import machine_inputs
from recipebatch.execution.open_run import unlocked_run
from recipebatch.execution.recipe_runs import (
    NextRun,
    RunsOfRecipe,
    given_and_said,
    left_to_do,
    new_sizes,
    next_run,
    step_text,
    unrecorded_run,
)
from recipebatch.execution.recipe_runs.compared_plan import NEW_RUN, ComparedPlan
from recipebatch.execution.recorded_plan import containers_looped_over
from recipebatch.phases import (
    PROVISION,
    STAGE,
    SUBMIT,
    WATCH,
    Hashes,
    PhaseOptions,
    container_changes,
    job_changes,
    kept_jobs,
    kept_pools,
    pool_changes,
    restaged_changes,
)
from recipebatch.plan import with_sizes
from recipebatch.report import Comparison

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.execution.open_account import Services
    from recipebatch.execution.recorded_plan import RecordedRun
    from recipebatch.files import ReadAccess
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Recipe
    from recipebatch.report import Change, Progress


def compared_plan(
    services: Services,
    recipe: Recipe,
    given: Mapping[str, object],
    access: ReadAccess,
    progress: Progress,
    *,
    new: bool = False,
    run_id: str = NEW_RUN,
    now: datetime | None = None,
) -> ComparedPlan:
    """What `apply` would do now. Nothing is changed, and no question is asked.

    Args:
        services: the account.
        recipe: the recipe.
        given: its parameters.
        access: which local files it may read.
        progress: receives progress messages.
        new: another run is to be started, even if one is unfinished.
        run_id: of a run that would be started.
        now: when it would begin.

    Raises:
        UsageError: the recipe, its parameters or the account do not fit.
        ServiceError: the account cannot be asked.
    """
    run = None if new else RunsOfRecipe(services, recipe, access).newest(unfinished=True)
    if run is not None:
        run.reuse(recipe, access)
    step = next_run(run, recipe, given)
    if run is not None and step is NextRun.CONTINUE:
        try:
            check_interrupted(run.record, "apply")
        except (RunStoppedError, RunPausedError) as error:
            return _with_refusal(compared_unfinished_run(services, run, recipe, access, progress), error)
        return compared_unfinished_run(services, run, recipe, access, progress)
    refusal: RecipeBatchError | None = None
    text = "apply starts another run (--new)"
    if not new:
        try:
            text = step_text(step, run)
        except UsageError as error:
            text, refusal = "", error
    found = _begun(services, recipe, given, access, progress, text, run_id, now or datetime.now(UTC))
    found = replace(found, purges_first=step is NextRun.START_AFTER_PURGE)
    if run is not None and step is NextRun.ASK and found.comparison is not None:
        asks = (
            f"run {run.record.run_id} is unfinished, and {recipe.file} has changed since it started: apply asks whether"
            " to continue it, and needs --new without a terminal"
        )
        return replace(found, comparison=replace(found.comparison, refused=asks))
    return found if refusal is None else _with_refusal(found, refusal)


def _with_refusal(found: ComparedPlan, error: RecipeBatchError) -> ComparedPlan:
    said = f"{error.message}; {error.hint}" if error.hint else error.message
    comparison = None if found.comparison is None else replace(found.comparison, refused=said)
    return replace(found, comparison=comparison, refusal=error)


def _begun(
    services: Services,
    recipe: Recipe,
    given: Mapping[str, object],
    access: ReadAccess,
    progress: Progress,
    text: str,
    run_id: str,
    now: datetime,
) -> ComparedPlan:
    recorded, plan = unrecorded_run(services, recipe, given, access, now, run_id)
    return compared_new_run(services, recorded, recipe, plan, access, progress, text)


def compared_new_run(
    services: Services,
    recorded: RecordedRun,
    recipe: Recipe,
    plan: Plan,
    access: ReadAccess,
    progress: Progress,
    text: str = "",
) -> ComparedPlan:
    """A run that would begin, with the tasks that loop over blobs that are there.

    Args:
        services: the account.
        recorded: the run, which is not recorded yet; it gets the blobs that its tasks loop over.
        recipe: the recipe.
        plan: of the run.
        access: which local files it may read.
        progress: receives progress messages.
        text: what `apply` does, as a sentence.
    """
    from recipebatch import plan as planning
    from recipebatch.inputs import LocalInputs

    run_id = recorded.record.run_id
    recorded.reuse(recipe, access)
    listings = _listings(services, recipe, plan, run_id)
    uploads = {name: sorted(upload.blob for upload in plan.container(name).uploads) for name in listings}
    unknown = any(job.tasks is None and not job.after for job in plan.jobs)
    # Those of uploads alone are planned already; a plan that is saved has them all the same.
    if listings and (listings != uploads or unknown or run_id != NEW_RUN):
        recorded.record = replace(recorded.record, listings=listings)
    run = unlocked_run(services, recorded, progress, PhaseOptions())
    hashes = Hashes(access)

    def is_new(name: str) -> bool:
        return run_id.lower() in name.lower()

    seen: dict[str, str] = {}
    changes = [
        *container_changes(run.context, hashes, seen, is_new=is_new),
        *pool_changes(run.context, seen, is_new=is_new),
        *job_changes(run.context, seen, is_new=is_new),
    ]
    comparison = Comparison(account=services.label, run_id=None, step=text, changes=tuple(changes), seen=seen)
    inputs = LocalInputs.from_json(recorded.record.inputs)
    required = planning.required_inputs(recipe, recorded.record.parameters)
    takes = machine_inputs(recipe, run.plan, required, inputs)
    return ComparedPlan(
        plan=replace(run.plan, takes=takes),
        comparison=comparison,
        record=recorded.record,
        hashes=hashes,
        storage=services.blobs.account_name,
    )


def _listings(services: Services, recipe: Recipe, plan: Plan, run_id: str) -> dict[str, list[str]]:
    """The blobs that tasks will loop over: those that are there, and those that the run uploads."""
    looped_over = containers_looped_over(recipe)
    names = frozenset[str]().union(*(looped_over.get(job.logical, frozenset()) for job in plan.jobs if not job.after))
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        container = plan.container(name)
        blobs = {upload.blob for upload in container.uploads}
        store = services.blobs if container.account is None else services.storage(container.account)
        is_new = run_id.lower() in container.name
        if not is_new and store.container_metadata(container.name) is not None:
            blobs |= {blob.name for blob in store.list_blobs(container.name)}
        found[name] = sorted(blobs)
    return found


def compared_unfinished_run(
    services: Services,
    recorded: RecordedRun,
    recipe: Recipe,
    access: ReadAccess,
    progress: Progress,
    *,
    with_tasks: bool = True,
) -> ComparedPlan:
    """The unfinished run that goes on, phase by phase from where it stands.

    `with_tasks`: also the tasks of jobs to which nothing is added any more are asked for.
    """
    sizes_of_both = given_and_said(recorded, recipe)
    sizes = new_sizes(recorded, recipe)
    run = unlocked_run(services, recorded, progress, PhaseOptions())
    if sizes and not run.journal.is_done(WATCH):
        written = {name: size.to_json() for name, size in sizes.items()}
        recorded.record = replace(recorded.record, sizes={**recorded.record.sizes, **written})
        run = unlocked_run(services, recorded, progress, PhaseOptions())
    hashes, seen = Hashes(access), {"run": recorded.record.etag or ""}
    changes = _changes(run, hashes, seen, with_tasks=with_tasks)
    comparison = Comparison(
        account=services.label,
        run_id=recorded.record.run_id,
        step=left_to_do(recorded.record, run.plan),
        changes=tuple(changes),
        seen=seen,
    )
    return ComparedPlan(
        plan=with_sizes(run.plan, {name: said for name, (_, said) in sizes_of_both.items()}),
        comparison=comparison,
        scaled={name: given for name, (given, _) in sizes_of_both.items()},
        record=recorded.record,
        hashes=hashes,
        storage=services.blobs.account_name,
    )


def _changes(run: ActiveRun, hashes: Hashes, seen: dict[str, str], *, with_tasks: bool) -> list[Change]:
    """What each phase that makes something does, or what it has done."""
    context, journal = run.context, run.journal

    def is_new(_name: str) -> bool:
        return False

    if not passed_over(run, STAGE):
        changes = container_changes(context, hashes, seen, is_new=is_new)
    elif is_purged_for(run, STAGE) or journal.is_done(WATCH):
        changes = []  # inputs that no task needs any more are not looked at
    else:
        changes = restaged_changes(context, run.record.staged, seen, tasks_ran=journal.has_begun(SUBMIT))
    if not passed_over(run, PROVISION):
        changes += pool_changes(context, seen, is_new=is_new)
    elif not is_purged_for(run, PROVISION):
        changes += kept_pools(context, seen, submits=not passed_over(run, SUBMIT))
    if not passed_over(run, SUBMIT):
        changes += job_changes(context, seen, is_new=is_new)
    elif with_tasks and not is_purged_for(run, SUBMIT):
        changes += kept_jobs(context, seen)
    return changes
