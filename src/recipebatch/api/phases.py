"""A recipe at work: all phases of a run, or one of them. Each function is one call of `execution.run_phases`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from recipebatch import execution
from recipebatch.phases import PHASES, PROVISION, PURGE, RETRY, select_phases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from recipebatch.phases import PhaseOptions
    from recipebatch.recipe import Recipe as CheckedRecipe
    from recipebatch.report import PhaseReport, Progress, RunReport

    OnPhase = Callable[[PhaseReport], None]


class GivenRecipe(Protocol):
    """A checked recipe with its parameters; `api.Recipe` is one."""

    @property
    def checked(self) -> CheckedRecipe:
        """The recipe as checked."""

    @property
    def given(self) -> Mapping[str, object]:
        """The parameters it was given."""

    @property
    def came_with_recipe(self) -> frozenset[str]:
        """Those of them whose values a file of the recipe's own gives."""


def apply(
    recipe: GivenRecipe,
    *,
    phases: Sequence[str] = (),
    new: bool = False,
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: OnPhase | None = None,
    on_run: Callable[[str], object] = str,
    agree: Callable[[execution.ComparedPlan], None] | None = None,
    agree_always: bool = False,
) -> RunReport:
    """Several phases of a run, which is started or continued; `Recipe.apply` describes the arguments."""
    work = execution.Work(
        command="apply", phases=select_phases(only=phases), agree=agree, agree_always=agree_always, on_run=on_run
    )
    return execution.run_phases(
        select_run(recipe, new=new), work, account=account, options=options, progress=progress, on_phase=on_phase
    )


def run_phase(
    name: str,
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    new: bool = False,
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: OnPhase | None = None,
) -> RunReport:
    """One phase of a run.

    Args:
        name: of the phase: stage, provision, submit, watch, collect or purge.
        recipe: its newest run is used; stage starts one if none is unfinished.
        run: the id of a run, instead of a recipe.
        new: only for stage: start another run even if one is unfinished.
        account: as in `Recipe.apply`, and `options`, `progress` and `on_phase` too.

    Raises:
        UsageError: there is no such phase or run, or the arguments do not fit each other.
        RecipeBatchError: the phase failed.
    """
    work = execution.Work(command=name, phases=select_phases(only=(name,)), single=True)
    return execution.run_phases(
        select_run(recipe, run, new=new), work, account=account, options=options, progress=progress, on_phase=on_phase
    )


def retry(
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    causes: Sequence[str] = (),
    tasks: Sequence[str] = (),
    last: str = PURGE.name,
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: OnPhase | None = None,
) -> RunReport:
    """Retry the failed tasks of a run, then continue it as `apply` does.

    Args:
        recipe: its newest run is used.
        run: the id of a run, instead of a recipe.
        causes: only tasks that failed for one of these causes (`recipebatch.vocabulary.causes`); none means any.
        tasks: only these ids; none means any.
        last: the phase after which to stop, `provision` at the earliest.
        account: as in `Recipe.apply`, and `options`, `progress` and `on_phase` too.

    Returns:
        What was done; without phases when no task has failed.

    Raises:
        UsageError: the run was purged, there is no such cause or task, or the arguments do not fit each other.
        RecipeBatchError: a phase failed.
    """
    work = execution.Work(
        command=RETRY,
        phases=select_phases(first=PROVISION.name, last=last),
        retry=execution.RetrySelector(causes=causes, tasks=tasks),
    )
    return execution.run_phases(
        select_run(recipe, run), work, account=account, options=options, progress=progress, on_phase=on_phase
    )


def resume(
    run: str,
    *,
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: OnPhase | None = None,
) -> RunReport:
    """Continue a run where it stopped, from its record alone; arguments as in `Recipe.apply`."""
    work = execution.Work(command="resume", phases=PHASES)
    return execution.run_phases(
        select_run(None, run), work, account=account, options=options, progress=progress, on_phase=on_phase
    )


def select_run(recipe: GivenRecipe | None, run: str | None = None, *, new: bool = False) -> execution.RunSelector:
    """The run of a recipe, or of an id.

    Raises:
        UsageError: neither is given, or both.
    """
    if recipe is None:
        return execution.RunSelector(run_id=run, new=new)
    return execution.RunSelector(
        recipe=recipe.checked, given=recipe.given, run_id=run, new=new, came_with_recipe=recipe.came_with_recipe
    )
