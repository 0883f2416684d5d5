"""A recipe at work: all phases of a run, or one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from recipebatch import execution
from recipebatch.errors import UsageError
from recipebatch.report import Quiet
from recipebatch.vocabulary.causes import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from recipebatch.execution import Services
    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.phases import PhaseOptions
    from recipebatch.recipe import Recipe as CheckedRecipe
    from recipebatch.report import PhaseReport, Progress, RunReport
    from recipebatch.runs import RunRecord

    OnPhase = Callable[[PhaseReport], None]


class GivenRecipe(Protocol):
    """A checked recipe with its parameters; `api.Recipe` is one."""

    @property
    def name(self) -> str:
        """The recipe's name."""

    @property
    def checked(self) -> CheckedRecipe:
        """The recipe as checked."""

    @property
    def given(self) -> Mapping[str, object]:
        """The parameters it was given."""


_READS = frozenset(("watch", "collect"))
"""Phases that only read: they may go on beside an apply of somebody else."""


def selected(*, first: str | None = None, last: str | None = None, only: Sequence[str] = ()) -> tuple[str, ...]:
    """The phases from `first` to `last`, or `only` those, in their order.

    Raises:
        UsageError: a name is no phase, or the arguments do not fit each other.
    """
    from recipebatch.execution.apply import selected as selected_phases

    return selected_phases(first=first, last=last, only=only)


def apply(
    recipe: CheckedRecipe,
    given: Mapping[str, object],
    *,
    account: str | None,
    phases: tuple[str, ...],
    new: bool,
    options: PhaseOptions | None,
    progress: Progress | None,
    on_phase: OnPhase | None,
) -> RunReport:
    """Several phases of a run, begun or continued; `Recipe.apply` says the rest."""
    import recipebatch.execution.apply as rooms
    from recipebatch.phases import PhaseOptions

    chosen = rooms.selected(first=None, last=None, only=phases)
    _check_new(chosen, new=new)
    told, how = progress or Quiet(), options or PhaseOptions()
    done: list[PhaseReport] = []
    began = execution.checked_parameters(recipe, given) if "stage" in chosen else {}
    with execution.opened(account, told) as services:
        record: RunRecord | None
        if "stage" in chosen:
            record = execution.choose_run(services, recipe, began, new=new, progress=told)
        else:
            record = execution.required_run(services, recipe, given, phase=chosen[0])
        if record is None:
            return _nothing(services, recipe.name)
        with execution.session(services, record, told, doing="apply", break_lock=how.break_lock) as session:
            _apply(session, chosen, how, told, done, on_phase)
    # An earlier command may have seen the tasks end: this one answers for the whole run.
    return _report(record, services, done, session.record.verdict)


def run_phase(
    name: str,
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    account: str | None = None,
    new: bool = False,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: OnPhase | None = None,
) -> RunReport:
    """One phase of a recipe's run, or of the run with an id.

    Args:
        name: stage, provision, submit, watch, collect or purge.
        recipe: its newest run is meant; stage begins one if none is unfinished.
        run: the id of a run, instead of a recipe.
        account: as in `Recipe.apply`, and `options`, `progress` and `on_phase` too.
        new: of stage alone: start another run even if one is unfinished.

    Raises:
        UsageError: neither a recipe nor a run is given, or both, or what is given does not fit.
        RecipeBatchError: the phase failed.
    """
    import recipebatch.execution.apply as rooms
    from recipebatch.phases import PhaseOptions

    chosen = rooms.selected(first=None, last=None, only=(name,))
    _one_of(recipe, run)
    _check_new(chosen, new=new)
    if run is not None and new:
        raise UsageError("--run goes on with a run as it began: it takes no -p and no --new")
    told, how = progress or Quiet(), options or PhaseOptions()
    done: list[PhaseReport] = []
    began = execution.checked_parameters(recipe.checked, recipe.given) if recipe is not None and name == "stage" else {}
    with execution.opened(account, told) as services:
        record: RunRecord | None
        if recipe is None:
            record = services.store.load(str(run))
        elif name == "stage":
            record = execution.choose_run(services, recipe.checked, began, new=new, progress=told)
        else:
            record = execution.required_run(services, recipe.checked, recipe.given, phase=name)
        if record is None:
            return _nothing(services, recipe.name if recipe is not None else "")
        doing = None if name in _READS else name
        with execution.session(services, record, told, doing=doing, break_lock=how.break_lock) as session:
            _tell(rooms.run_phase(session, name, how), done, on_phase)
    return _report(record, services, done, "unknown")


def retry(
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    causes: Sequence[str] = (),
    tasks: Sequence[str] = (),
    last: str = "purge",
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: OnPhase | None = None,
) -> RunReport:
    """Try the failed tasks of a run again, then go on with it as `apply` does.

    Args:
        recipe: its newest run is meant.
        run: the id of a run, instead of a recipe.
        causes: only tasks that failed so (`recipebatch.vocabulary.causes`); none means any.
        tasks: only these ids; none means any.
        last: the phase after which to stop, `provision` at the earliest.
        account: as in `Recipe.apply`, and `options`, `progress` and `on_phase` too.

    Returns:
        What was done; no phase when no task has failed.

    Raises:
        UsageError: the run was purged, there is no such cause or task, or what is given does not fit.
        RecipeBatchError: a phase failed.
    """
    import recipebatch.execution.apply as rooms
    from recipebatch.phases import PhaseOptions

    chosen = rooms.selected(first="provision", last=last, only=())
    _one_of(recipe, run)
    for name in causes:
        if name not in list(Cause):
            raise UsageError(f"there is no cause {name!r}", hint="causes are " + ", ".join(Cause))
    told, how = progress or Quiet(), options or PhaseOptions()
    done: list[PhaseReport] = []
    with execution.opened(account, told) as services:
        record = (
            services.store.load(str(run))
            if recipe is None
            else execution.required_run(services, recipe.checked, recipe.given, phase="collect")
        )
        if record is None:
            return _nothing(services, recipe.name if recipe is not None else "")
        with execution.session(services, record, told, doing="retry", break_lock=how.break_lock) as session:
            again = session.retry(causes=causes, tasks=tasks)
            if again is None:
                told.say("no task has failed" if not causes else f"no task has failed by {' or '.join(causes)}")
            else:
                _tell(again, done, on_phase)
                _apply(session, chosen, how, told, done, on_phase)
    return _report(record, services, done, session.record.verdict)


def resume(
    run: str,
    *,
    account: str | None = None,
    options: PhaseOptions | None = None,
    progress: Progress | None = None,
    on_phase: OnPhase | None = None,
) -> RunReport:
    """Go on with a run where it stopped, whoever began it, from its record alone; arguments as in `Recipe.apply`."""
    import recipebatch.execution.apply as rooms
    from recipebatch.phases import PhaseOptions

    told, how = progress or Quiet(), options or PhaseOptions()
    done: list[PhaseReport] = []
    with execution.opened(account, told) as services:
        record = services.store.load(run)
        with execution.session(services, record, told, doing="resume", break_lock=how.break_lock) as session:
            _apply(session, rooms.PHASES, how, told, done, on_phase)
    return _report(record, services, done, session.record.verdict)


def _one_of(recipe: GivenRecipe | None, run: str | None) -> None:
    if (recipe is None) == (run is None):
        raise UsageError("name a recipe or a run, one of them", hint="for example: recipes/topn.yaml, or --run ID")


def _check_new(phases: Sequence[str], *, new: bool) -> None:
    if new and "stage" not in phases:
        raise UsageError("--new begins a run, which without the phase stage does nothing")


def _apply(
    session: ActiveRun,
    phases: Sequence[str],
    options: PhaseOptions,
    progress: Progress,
    done: list[PhaseReport],
    on_phase: OnPhase | None,
) -> None:
    import recipebatch.execution.apply as rooms

    for report in rooms.apply(session, phases, options=options, progress=progress):
        _tell(report, done, on_phase)


def _tell(report: PhaseReport, done: list[PhaseReport], on_phase: OnPhase | None) -> None:
    done.append(report)
    if on_phase is not None:
        on_phase(report)


def _report(record: RunRecord, services: Services, done: list[PhaseReport], recorded: str) -> RunReport:
    from recipebatch.report import RunReport, Verdict

    return RunReport(
        run_id=record.run_id,
        recipe=record.recipe_name,
        account=services.label,
        phases=tuple(done),
        recorded=Verdict(recorded),
    )


def _nothing(services: Services, recipe: str) -> RunReport:
    from recipebatch.report import RunReport

    return RunReport(run_id=None, recipe=recipe, account=services.label)
