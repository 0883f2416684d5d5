"""What `apply` of a recipe would change now: it starts a run, unless one is unfinished and has nothing left to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.errors import UsageError
from recipebatch.execution.active_run import check_interrupted
from recipebatch.execution.apply import purge_decisions
from recipebatch.execution.recipe_runs.changed_sizes import is_resized, new_sizes
from recipebatch.execution.recipe_runs.runs_of_recipe import RunsOfRecipe
from recipebatch.execution.recorded_plan import (
    RecordedRun,
    plan_of_record,
    recorded_job_listings,
    recorded_listing,
    recorded_sizes,
)
from recipebatch.phases import PHASES, PURGE, never_submitted
from recipebatch.plan import PoolSize
from recipebatch.properties.written_scalars import are_same
from recipebatch.report import Verdict
from recipebatch.runs import DONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.execution.open_account import Services
    from recipebatch.files import ReadAccess
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Recipe
    from recipebatch.runs import RunRecord


class PendingChanges(NamedTuple):
    """What `apply` would change now.

    Attributes:
        text: as a sentence; empty if nothing.
        scaled: by the names of pools, the target nodes that `scale` gave those of the unfinished run, where the recipe
            says others; that run keeps them.
    """

    text: str
    scaled: Mapping[str, PoolSize] = {}


def pending_changes(
    services: Services, recipe: Recipe, given: Mapping[str, object], access: ReadAccess
) -> PendingChanges:
    """What `apply` would change now. Nothing is changed, and no question is asked.

    Raises:
        UsageError: `apply` would be refused, as the unfinished run started with other parameters.
        RunStoppedError, RunPausedError: so it would, as the run is stopped or paused.
    """
    run = RunsOfRecipe(services, recipe, access).newest(unfinished=True)
    if run is None:
        return PendingChanges("no run of it is unfinished, and apply starts one")
    run.reuse(recipe, access)
    record = run.record
    if never_submitted(record):
        return PendingChanges(f"apply completes the purge of run {record.run_id}, and starts another one")
    if not run.says(recipe):
        text = f"the recipe has changed since the unfinished run {record.run_id} started"
        return PendingChanges(text, _scaled(run, recipe) if is_resized(run, recipe) else {})
    if given and not are_same(run.parameters_with(given), record.parameters):
        raise other_parameters(record)
    check_interrupted(record, "apply")
    return PendingChanges(left_to_do(record, plan_of_record(record)), _scaled(run, recipe))


def _scaled(run: RecordedRun, recipe: Recipe) -> dict[str, PoolSize]:
    if not run.record.sizes or new_sizes(run, recipe):
        return {}
    begun = RecordedRun(replace(run.record, sizes={}), recipe)
    plan = begun.plan(recorded_listing(run.record), recorded_job_listings(run.record))
    said = {pool.logical: PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes) for pool in plan.pools}
    return {name: size for name, size in recorded_sizes(run.record).items() if said.get(name, size) != size}


def left_to_do(record: RunRecord, plan: Plan) -> str:
    """What an unfinished run has left to do, as a sentence; empty if nothing. Pure."""
    open_phases = [phase for phase in PHASES if phase is not PURGE and record.state_of(phase.name) != DONE]
    if open_phases:
        return f"run {record.run_id} is unfinished, and apply continues it with {open_phases[0]}"
    if plan.collect:
        return f"run {record.run_id} is unfinished, and apply collects its outputs again"
    delete, _ = purge_decisions(plan.purge, Verdict(record.verdict))
    if delete:
        return f"run {record.run_id} is unfinished, and apply purges it"
    return ""


def other_parameters(record: RunRecord) -> UsageError:
    """The error where parameters are given that an unfinished run did not start with."""
    return UsageError(
        f"run {record.run_id} is unfinished and started with other parameters",
        hint="start another run with --new, or leave out -p to continue that one",
    )
