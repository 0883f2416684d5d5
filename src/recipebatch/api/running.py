"""A recipe at work: all phases of a run, or one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch import wiring
from recipebatch.api.options import Quiet
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from recipebatch.api.options import PhaseOptions
    from recipebatch.api.recipe import Recipe
    from recipebatch.phases import Session
    from recipebatch.recipe import Recipe as CheckedRecipe
    from recipebatch.report import PhaseReport, Progress, RunReport
    from recipebatch.runs import RunRecord, RunSummary
    from recipebatch.wiring import Services

    OnPhase = Callable[[PhaseReport], None]

_READS = frozenset(("watch", "collect"))
"""Phases that only read: they may go on beside an apply of somebody else."""


def selected(*, first: str | None = None, last: str | None = None, only: Sequence[str] = ()) -> tuple[str, ...]:
    """The phases from `first` to `last`, or `only` those, in their order.

    Raises:
        UsageError: a name is no phase, or the arguments do not fit each other.
    """
    from recipebatch import phases

    return phases.selected(first=first, last=last, only=only)


def apply(
    recipe: CheckedRecipe,
    given: Mapping[str, object],
    *,
    account: str | None,
    phases: tuple[str, ...],
    new: bool,
    options: PhaseOptions,
    progress: Progress,
    on_phase: OnPhase | None,
) -> RunReport:
    """Several phases of a run, begun or continued; `Recipe.apply` says the rest."""
    from recipebatch import phases as rooms

    chosen = rooms.selected(first=None, last=None, only=phases)
    if "stage" not in chosen and (new or given):
        raise UsageError("--new and -p begin a run, which without the phase stage does nothing")
    given = wiring.checked_parameters(recipe, given)
    with wiring.opened(account, progress) as services:
        if "stage" in chosen:
            record: RunRecord | None = wiring.choose_run(services, recipe, given, new=new, progress=progress)
        else:
            record = wiring.required_run(services, recipe, phase=chosen[0])
        if record is None:
            return _nothing(services, recipe.name)
        done: list[PhaseReport] = []
        with wiring.session(services, record, progress, doing="apply", break_lock=options.break_lock) as session:
            for report in rooms.apply(
                session,
                chosen,
                progress=progress,
                folder=options.output_dir,
                overwrite=options.overwrite,
                limit=options.timeout,
                answer=options.answer,
            ):
                _tell(report, done, on_phase)
    # An earlier command may have seen the tasks end: this one answers for the whole run.
    return _report(record, services, done, session.record.verdict)


def run_phase(
    name: str,
    recipe: Recipe | None = None,
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
        account: as in `Recipe.apply`, and `new`, `options`, `progress` and `on_phase` too.

    Raises:
        UsageError: neither a recipe nor a run is given, or both, or what is given does not fit.
        RecipeBatchError: the phase failed.
    """
    from recipebatch.api.options import PhaseOptions

    _one_of(recipe, run)
    if run is not None and new:
        raise UsageError("--run goes on with a run as it began: it takes no -p and no --new")
    told = progress or Quiet()
    done: list[PhaseReport] = []
    checked = recipe.checked if recipe is not None else None
    given = recipe.given if recipe is not None else {}
    if checked is not None:
        given = wiring.checked_parameters(checked, given)
    with wiring.opened(account, told) as services:
        record: RunRecord | None
        if checked is None:
            record = services.store.load(str(run))
        elif name == "stage":
            record = wiring.choose_run(services, checked, given, new=new, progress=told)
        else:
            record = wiring.required_run(services, checked, phase=name)
        if record is None:
            return _nothing(services, checked.name if checked is not None else "")
        how = options or PhaseOptions()
        doing = None if name in _READS else name
        with wiring.session(services, record, told, doing=doing, break_lock=how.break_lock) as session:
            _tell(_one(session, name, how), done, on_phase)
    return _report(record, services, done, "unknown")


def retry(
    recipe: Recipe | None = None,
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
        UsageError: the run was purged, or what is given does not fit.
        RecipeBatchError: a phase failed.
    """
    from recipebatch import phases as rooms
    from recipebatch.api.options import PhaseOptions

    chosen = rooms.selected(first="provision", last=last, only=())
    _one_of(recipe, run)
    told, how = progress or Quiet(), options or PhaseOptions()
    done: list[PhaseReport] = []
    with wiring.opened(account, told) as services:
        record = (
            services.store.load(str(run))
            if recipe is None
            else wiring.required_run(services, recipe.checked, phase="collect")
        )
        if record is None:
            return _nothing(services, recipe.name if recipe is not None else "")
        with wiring.session(services, record, told, doing="retry", break_lock=how.break_lock) as session:
            again = session.retry(causes=causes, tasks=tasks)
            if again is None:
                told.say("no task has failed" if not causes else f"no task has failed by {' or '.join(causes)}")
            else:
                _tell(again, done, on_phase)
                for report in rooms.apply(
                    session,
                    chosen,
                    progress=told,
                    folder=how.output_dir,
                    overwrite=how.overwrite,
                    limit=how.timeout,
                    answer=how.answer,
                ):
                    _tell(report, done, on_phase)
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
    from recipebatch import phases as rooms
    from recipebatch.api.options import PhaseOptions

    told, how = progress or Quiet(), options or PhaseOptions()
    done: list[PhaseReport] = []
    with wiring.opened(account, told) as services:
        record = services.store.load(run)
        with wiring.session(services, record, told, doing="resume", break_lock=how.break_lock) as session:
            for report in rooms.apply(
                session,
                rooms.selected(first=None, last=None, only=()),
                progress=told,
                folder=how.output_dir,
                overwrite=how.overwrite,
                limit=how.timeout,
                answer=how.answer,
            ):
                _tell(report, done, on_phase)
    return _report(record, services, done, session.record.verdict)


def _one_of(recipe: Recipe | None, run: str | None) -> None:
    if (recipe is None) == (run is None):
        raise UsageError("name a recipe or a run, one of them", hint="for example: recipes/topn.yaml, or --run ID")


def runs(*, account: str | None = None, progress: Progress | None = None) -> tuple[RunSummary, ...]:
    """The runs of the account, oldest first."""
    with wiring.opened(account, progress or Quiet()) as services:
        return tuple(services.store.summaries())


def _one(session: Session, name: str, options: PhaseOptions) -> PhaseReport:
    match name:
        case "stage":
            return session.stage()
        case "provision":
            return session.provision()
        case "submit":
            return session.submit()
        case "watch":
            return session.watch(options.timeout)
        case "collect":
            return session.collect(options.output_dir, overwrite=options.overwrite, include=options.include)
        case "purge":
            ask = session.plan.purge.value == "ask"
            return session.purge(agreed=options.answer if ask else _yes, force=options.force)
        case _:
            raise UsageError(f"there is no phase {name!r}")


def _yes(_kind: str, _names: tuple[str, ...]) -> bool:
    """Who purges by command, and was not told by the recipe to ask, means it."""
    return True


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
