"""Which run a command works on: an existing one, or a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError
from recipebatch.execution.read_recipe import bound
from recipebatch.execution.recipe_runs import (
    NextRun,
    RunsOfRecipe,
    asked_to_begin,
    has_parameters,
    next_run,
    other_parameters,
    record_run,
    report_changed_files,
    unrecorded_run,
)
from recipebatch.execution.recorded_plan import RecordedRun
from recipebatch.phases import (
    YES_NO,
    changed_inputs,
    status_now,
    status_of,
)
from recipebatch.properties.written_scalars import are_same
from recipebatch.report import Verdict
from recipebatch.runs import run_option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from recipebatch.config.secret_grants import SecretGrant
    from recipebatch.execution.comparison import ComparedPlan
    from recipebatch.execution.open_account import Services
    from recipebatch.files import ReadAccess
    from recipebatch.phases import PhaseOptions
    from recipebatch.plan.model import Plan
    from recipebatch.recipe import Recipe
    from recipebatch.report import Progress
    from recipebatch.runs import RunRecord


def required_run(
    services: Services,
    recipe: Recipe,
    given: Mapping[str, object],
    *,
    unfinished: bool,
    access: ReadAccess | None = None,
    progress: Progress | None = None,
) -> RecordedRun | None:
    """This owner's newest run of a recipe, None if there is none.

    Args:
        services: the account.
        recipe: the recipe.
        given: parameters that the run must have started with, if there are any.
        unfinished: only a run that has not ended.
        access: which local files the recipe may read, where the run may have to.
        progress: is told which other runs have the same name.

    Raises:
        UsageError: the run started with other parameters than those given.
    """
    runs = RunsOfRecipe(services, recipe, access)
    # What is left of an older run is meant before a newer one that is purged already.
    run = runs.newest(unfinished=unfinished, unpurged=True)
    if run is None and not unfinished:
        run = runs.newest()
    if run is None:
        return None
    run.reuse(recipe, access)
    check_given(run, given)
    _tell_apart(run, runs, progress)
    return run


def newest_run(services: Services, progress: Progress) -> RecordedRun:
    """This owner's newest run of all recipes, purged or not, to look at; `progress` is told which it is.

    Raises:
        UsageError: there is none.
    """
    owner = services.store.owner
    own = [run for run in services.store.summaries() if run.owner == owner]
    if not own:
        raise UsageError(
            f"there is no run of {owner} in this account",
            hint="name a recipe or a run: recipebatch runs lists those of others",
        )
    run = own[-1]
    progress.say(f"run {run.run_id} of {run.recipe} ({status_now(run.status, at_work=run.at_work)}), your newest one")
    return RecordedRun(services.store.load(run.run_id))


def no_run(services: Services, recipe: Recipe, *, unfinished: bool) -> UsageError:
    """The error where a run is needed and there is none."""
    kind = "unfinished run" if unfinished else "run"
    others = RunsOfRecipe(services, recipe).others(unfinished=unfinished)
    if others:
        return UsageError(
            f"there is no {kind} of {recipe.name} of {recipe.source} by {services.store.owner} in this account",
            hint=f"of recipes elsewhere that have the same name there are: {others}; --run ID uses one of them",
        )
    return UsageError(
        f"there is no {kind} of {recipe.name} by {services.store.owner} in this account",
        hint="recipebatch stage or apply starts one; recipebatch runs lists all",
    )


def tell_others(services: Services, recipe: Recipe, progress: Progress) -> None:
    """Say which runs may have been meant where a recipe has none."""
    if others := RunsOfRecipe(services, recipe).others():
        progress.say(f"runs of recipes elsewhere are named {recipe.name} too: {others}; --run ID uses one of them")


def _tell_apart(run: RecordedRun, runs: RunsOfRecipe, progress: Progress | None, *, unfinished: bool = False) -> None:
    """Say that a run is of a recipe that was moved, and which runs are of other recipes with the same name."""
    if progress is None:
        return
    run_id, name = run.record.run_id, run.record.recipe_name
    if run.moved_from:
        progress.say(f"run {run_id} started with this recipe at {run.moved_from}; it was moved to {run.record.source}")
    if others := runs.others(run_id, unfinished=unfinished):
        progress.say(f"other runs are named {name} too, of recipes elsewhere: {others}; --run ID uses one of them")


def check_owner(
    services: Services, record: RunRecord, command: str, choose: Callable[[str, tuple[str, ...]], str | None]
) -> None:
    """Check that a command may go on with a run, purge or stop it, or change it, if it is another owner's.

    Raises:
        UsageError: it may not, or no user can be asked.
    """
    if record.owner == services.store.owner:
        return
    answer = choose(f"run {record.run_id} of {record.recipe_name} belongs to {record.owner}: {command} it", YES_NO)
    if answer != YES_NO[0]:
        raise UsageError(
            f"run {record.run_id} belongs to {record.owner}, not to {services.store.owner}: it is left as it is",
            hint=f"to {command} it all the same: --yes" if answer is None else None,
        )


def check_given(run: RecordedRun, given: Mapping[str, object]) -> None:
    """Check that parameters that are given with the recipe of a run are those that the run started with.

    Raises:
        UsageError: they are others.
    """
    if not has_parameters(run, given):
        raise UsageError(
            f"run {run.record.run_id} started with other parameters",
            hint="leave the parameters out to use the newest run, or name a run: --run ID",
        )


def is_applied(services: Services, recipe: Recipe, given: Mapping[str, object], access: ReadAccess) -> bool:
    """Whether this owner's newest run of the recipe succeeded with the same recipe, parameters and local files."""
    found = RunsOfRecipe(services, recipe, access).newest()
    if found is not None:
        found.reuse(recipe, access)
    if found is None or found.record.verdict != Verdict.SUCCEEDED or not found.says(recipe):
        return False
    from recipebatch import plan as planning

    record = found.record
    parameters, inputs = bound(recipe, given, access)
    uploads = {container: planning.planned_uploads(files) for container, files in inputs.files.items()}
    same = are_same(record.parameters, parameters) and record.inputs == inputs.to_json()
    return same and not changed_inputs(uploads, record.staged, access)


def choose_run(
    services: Services,
    recipe: Recipe,
    given: Mapping[str, object],
    access: ReadAccess,
    *,
    new: bool,
    command: str,
    options: PhaseOptions,
    progress: Progress,
    output_dir: Path | None = None,
    agree: Agreement | None = None,
) -> RecordedRun:
    """The run to work on: this owner's unfinished run of the recipe, or a new one.

    What it would do with what exists is shown to `agree` before anything is made or recorded.

    A run continues with the recipe it started with. Where the recipe has changed since, the user is asked whether that
    is meant; one that failed before any task ran is not continued then.

    Raises:
        UsageError: parameters are given that differ from those the unfinished run started with, or the recipe has
            changed since and no option says what is meant.
    """
    start = partial(_begun, services, recipe, given, access, progress, options.secrets, output_dir, agree)
    if new:
        return start()
    runs = RunsOfRecipe(services, recipe, access)
    run = runs.newest(unfinished=True)
    if run is None:
        if others := runs.others(unfinished=True):
            progress.say(
                f"unfinished runs of recipes elsewhere are named {recipe.name} too: {others};"
                " recipebatch runs resume continues one of them"
            )
        return start()
    run.reuse(recipe, access)
    record = run.record
    step = next_run(run, recipe, given)
    if step is NextRun.START_AFTER_PURGE:
        return run
    if step is NextRun.START_AFTER_FAILURE:
        progress.say(
            f"run {record.run_id} failed with another version of the recipe;"
            f" delete what it left: recipebatch purge {run_option(record.run_id, record.account)}"
        )
        return start()
    changed = step is NextRun.ASK
    if changed and asked_to_begin(run, recipe, command, options, progress):
        return start()
    if not has_parameters(run, given):
        raise other_parameters(record)
    _tell_apart(run, runs, progress, unfinished=True)
    progress.say(
        f"continuing run {record.run_id} of {record.recipe_name} ({status_of(record)}); --new starts another one"
    )
    if changed:
        progress.say("the run continues with the recorded recipe")
    else:
        report_changed_files(run, recipe, access, progress)
    if agree is not None:
        agree.to_unfinished_run(services, run, recipe, access, progress)
    return run


def _begun(
    services: Services,
    recipe: Recipe,
    given: Mapping[str, object],
    access: ReadAccess,
    progress: Progress,
    grants: Sequence[SecretGrant],
    output_dir: Path | None,
    agree: Agreement | None,
) -> RecordedRun:
    run, plan = unrecorded_run(services, recipe, given, access, datetime.now(UTC))
    if agree is not None:
        agree.to_new_run(services, run.record, recipe, plan, access, progress)
    run = record_run(services, run, plan, access, grants, output_dir)
    progress.say(f"run {run.record.run_id} of {run.record.recipe_name}")
    return run


@dataclass(frozen=True, slots=True)
class Agreement:
    """Asks a user before a run changes what exists.

    Attributes:
        ask: is given what would be done; what it raises ends the command.
        always: also where nothing can exist yet.
    """

    ask: Callable[[ComparedPlan], None]
    always: bool = False

    def to_new_run(
        self,
        services: Services,
        record: RunRecord,
        recipe: Recipe,
        plan: Plan,
        access: ReadAccess,
        progress: Progress,
    ) -> None:
        """Ask about a run that would begin; names with its id are new, and a pool or container of no other is too."""
        run_id = record.run_id.lower()
        names = (*(pool.id for pool in plan.pools if not pool.auto), *(each.name for each in plan.containers))
        if self.always or any(run_id not in str(name).lower() for name in names):
            from recipebatch.execution.comparison.compare import compared_new_run

            run = RecordedRun(record, recipe)
            self.ask(compared_new_run(services, run, recipe, plan, access, progress))

    def to_unfinished_run(
        self, services: Services, run: RecordedRun, recipe: Recipe, access: ReadAccess, progress: Progress
    ) -> None:
        """Ask about a run that goes on."""
        from recipebatch.execution.comparison.compare import compared_unfinished_run

        again = RecordedRun(run.record, run.recipe)
        again.reuse(recipe, access)
        self.ask(compared_unfinished_run(services, again, recipe, access, progress, with_tasks=self.always))
