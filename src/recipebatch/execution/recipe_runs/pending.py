"""What `apply` of a recipe would change now: it starts a run, unless one is unfinished and has nothing left to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.errors import UsageError
from recipebatch.execution.active_run import check_interrupted
from recipebatch.execution.apply import purge_decisions
from recipebatch.execution.recipe_runs.changed_sizes import new_sizes
from recipebatch.execution.recipe_runs.next_run import NextRun, next_run
from recipebatch.execution.recipe_runs.runs_of_recipe import RunsOfRecipe
from recipebatch.execution.recorded_plan import (
    RecordedRun,
    plan_of_record,
    recorded_job_listings,
    recorded_listing,
    recorded_sizes,
)
from recipebatch.phases import PHASES, PURGE
from recipebatch.plan import PoolSize
from recipebatch.report import Verdict
from recipebatch.runs import DONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.execution.open_account import Services
    from recipebatch.files import ReadAccess
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Recipe
    from recipebatch.runs import RunRecord


STARTS = "no run of it is unfinished, and apply starts one"
"""What `apply` does where there is no run."""


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
    if run is not None:
        run.reuse(recipe, access)
    step = next_run(run, recipe, given)
    if run is None or step is not NextRun.CONTINUE:
        return PendingChanges(step_text(step, run))
    if not run.says(recipe):
        return PendingChanges(step_text(NextRun.ASK, run), scaled_pools(run, recipe))
    check_interrupted(run.record, "apply")
    return PendingChanges(left_to_do(run.record, plan_of_record(run.record)), scaled_pools(run, recipe))


def step_text(step: NextRun, run: RecordedRun | None) -> str:
    """What `apply` does now where it does not just go on with a run, as a sentence.

    Raises:
        UsageError: it would be refused, as the unfinished run started with other parameters.
    """
    if run is None:
        return STARTS
    record = run.record
    if step is NextRun.REFUSE:
        raise other_parameters(record)
    if step is NextRun.START_AFTER_PURGE:
        return f"apply completes the purge of run {record.run_id}, and starts another one"
    return f"the recipe has changed since the unfinished run {record.run_id} started"


def scaled_pools(run: RecordedRun, recipe: Recipe) -> dict[str, PoolSize]:
    """The target nodes that `scale` gave pools of a run, where the recipe says others and the run keeps them."""
    return {name: given for name, (given, _) in given_and_said(run, recipe).items()}


def given_and_said(run: RecordedRun, recipe: Recipe) -> dict[str, tuple[PoolSize, PoolSize]]:
    """The same, each with what the recipe says."""
    if not run.record.sizes or new_sizes(run, recipe):
        return {}
    begun = RecordedRun(replace(run.record, sizes={}), recipe)
    plan = begun.plan(recorded_listing(run.record), recorded_job_listings(run.record))
    said = {pool.logical: PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes) for pool in plan.pools}
    given = recorded_sizes(run.record).items()
    return {name: (size, said[name]) for name, size in given if said.get(name, size) != size}


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
