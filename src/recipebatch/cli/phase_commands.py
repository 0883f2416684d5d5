"""apply, and the six phases as commands of their own."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recipebatch.cli.options import (
    AccountOption,
    IncludeOption,
    JsonOption,
    NewOption,
    OptionalRecipe,
    OutputOption,
    OverwriteOption,
    ParameterOption,
    ParametersOption,
    RecipeArgument,
    RunOption,
    TimeoutOption,
    YesOption,
    parameters,
)
from recipebatch.cli.output import Output
from recipebatch.cli.progress import open_progress
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.phases import Session
    from recipebatch.report import PhaseReport
    from recipebatch.runs import RunRecord
    from recipebatch.wiring import Services

HERE = Path()
PhaseName = Annotated[str | None, typer.Option(metavar="PHASE")]


def apply(
    recipe: RecipeArgument,
    param: ParameterOption = None,
    params: ParametersOption = None,
    account: AccountOption = None,
    first: Annotated[str | None, typer.Option("--from", metavar="PHASE", help="Begin with this phase.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="PHASE", help="End with this phase.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="PHASE", help="Just this phase; may be repeated.")
    ] = None,
    output_dir: OutputOption = HERE,
    timeout: TimeoutOption = None,
    *,
    new: NewOption = False,
    overwrite: OverwriteOption = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Run a recipe: stage, provision, submit, watch, collect, purge. Repeated, it continues where it stopped."""
    from recipebatch import phases, wiring

    chosen = phases.selected(first=first, last=last, only=only or ())
    if "stage" not in chosen and (new or param or params):
        raise UsageError("--new and -p begin a run, which without the phase stage does nothing")
    document = wiring.read_recipe(recipe)
    given = wiring.checked_parameters(document, parameters(param, params))
    with open_progress() as progress, wiring.opened(account, progress) as services:
        record: RunRecord | None
        if "stage" in chosen:
            record = wiring.choose_run(services, document, given, new=new, progress=progress)
        else:
            record = wiring.required_run(services, document, phase=chosen[0])
        if record is None:
            _nothing(services, chosen[0], json=json)
            return
        with wiring.session(services, record, progress, doing="apply") as session:
            output = Output("apply", services.label, record, json=json)
            for report in phases.apply(
                session,
                chosen,
                progress=progress,
                folder=output_dir,
                overwrite=overwrite,
                limit=seconds(timeout),
                answer=answer_of(yes=yes),
            ):
                output.add(report)
    output.finish(session.record.verdict)


def stage(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    param: ParameterOption = None,
    params: ParametersOption = None,
    account: AccountOption = None,
    *,
    new: NewOption = False,
    json: JsonOption = False,
) -> None:
    """Create the recipe's containers and upload what is missing or changed. Begins a run if none is unfinished."""
    _one_phase(
        "stage",
        recipe,
        run,
        account,
        lambda session: session.stage(),
        json=json,
        given=parameters(param, params),
        new=new,
    )


def provision(
    recipe: OptionalRecipe = None, run: RunOption = None, account: AccountOption = None, *, json: JsonOption = False
) -> None:
    """Create the recipe's pools, or resize the ones that exist, and wait for their nodes."""
    _one_phase("provision", recipe, run, account, lambda session: session.provision(), json=json)


def submit(
    recipe: OptionalRecipe = None, run: RunOption = None, account: AccountOption = None, *, json: JsonOption = False
) -> None:
    """Create the job and add its tasks; tasks that are there are not added twice."""
    _one_phase("submit", recipe, run, account, lambda session: session.submit(), json=json)


def watch(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    account: AccountOption = None,
    timeout: TimeoutOption = None,
    *,
    json: JsonOption = False,
) -> None:
    """Follow the tasks until all have ended; exit code 1 if one failed."""
    _one_phase("watch", recipe, run, account, lambda session: session.watch(seconds(timeout)), json=json)


def collect(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    account: AccountOption = None,
    output_dir: OutputOption = HERE,
    *,
    include: IncludeOption = None,
    overwrite: OverwriteOption = False,
    json: JsonOption = False,
) -> None:
    """Download outputs and task files, verified; what is there and identical is skipped."""
    _one_phase(
        "collect",
        recipe,
        run,
        account,
        lambda session: session.collect(output_dir, overwrite=overwrite, include=tuple(include or ())),
        json=json,
    )


def purge(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    account: AccountOption = None,
    *,
    yes: YesOption = False,
    force: Annotated[bool, typer.Option("--force", help="Delete outputs even if they were not collected.")] = False,
    json: JsonOption = False,
) -> None:
    """Remove what the run made: job, pool and containers; nothing else."""

    def work(session: Session) -> PhaseReport:
        ask = session.plan.purge.value == "ask" and not yes
        answer = answer_of(yes=not ask)
        return session.purge(agreed=answer, force=force)

    _one_phase("purge", recipe, run, account, work, json=json)


def runs(account: AccountOption = None, *, json: JsonOption = False) -> None:
    """List the runs of the account, oldest first."""
    from recipebatch import wiring
    from recipebatch.cli import output, render

    with open_progress() as progress, wiring.opened(account, progress) as services:
        found = services.store.summaries()
    if json:
        output.print_json("runs", {"runs": [output.plain(run) for run in found]})
    else:
        typer.echo(render.runs(found))


def _one_phase(
    name: str,
    recipe: str | None,
    run: str | None,
    account: str | None,
    work: Callable[[Session], PhaseReport],
    *,
    json: bool,
    given: Mapping[str, object] | None = None,
    new: bool = False,
) -> None:
    from recipebatch import wiring

    one_of(recipe, run)
    if run is not None and (given or new):
        raise UsageError("--run goes on with a run as it began: it takes no -p and no --new")
    document = wiring.read_recipe(recipe) if recipe is not None else None
    values = wiring.checked_parameters(document, given or {}) if document is not None else {}
    with open_progress() as progress, wiring.opened(account, progress) as services:
        record: RunRecord | None
        if document is None:
            record = services.store.load(str(run))
        elif name == "stage":
            record = wiring.choose_run(services, document, values, new=new, progress=progress)
        else:
            record = wiring.required_run(services, document, phase=name)
        if record is None:
            _nothing(services, name, json=json)
            return
        # Watching and collecting only read: they may go on beside an apply of somebody else.
        doing = None if name in {"watch", "collect"} else name
        with wiring.session(services, record, progress, doing=doing) as session:
            output = Output(name, services.label, record, json=json)
            output.add(work(session))
    output.finish()


def one_of(recipe: str | None, run: str | None) -> None:
    """A command works on a recipe's run, or on the one that is named.

    Raises:
        UsageError: both are given, or none.
    """
    if (recipe is None) == (run is None):
        raise UsageError("name a recipe or a run, one of them", hint="for example: recipes/topn.yaml, or --run ID")


def _nothing(services: Services, name: str, *, json: bool) -> None:
    from recipebatch.cli import output

    if json:
        output.print_json(name, {"account": services.label, "run": None, "phases": [], "exit_code": 0})
    else:
        typer.echo(f"nothing to {name}: this recipe has no run in this account")


def seconds(value: float | None) -> timedelta | None:
    """What `--timeout` says."""
    return None if value is None else timedelta(seconds=value)


def answer_of(*, yes: bool) -> Callable[[str, tuple[str, ...]], bool]:
    """Ask on a terminal; where there is nobody to ask, keep and say so."""

    def answer(kind: str, names: tuple[str, ...]) -> bool:
        if yes:
            return True
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            typer.echo(f"kept {kind} {', '.join(names)}: purge: ask, and there is no terminal to ask on", err=True)
            return False
        try:
            return typer.confirm(f"Delete {kind} {', '.join(names)}?", default=True, err=True)
        except typer.Abort:
            # Ctrl-C at a question is an interruption like any other: what is left is told.
            raise KeyboardInterrupt from None

    return answer
