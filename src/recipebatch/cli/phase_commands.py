"""apply, and the six phases as commands of their own."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recipebatch.cli.options import (
    AccountOption,
    BreakLockOption,
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
    from collections.abc import Callable

    from recipebatch.api import PhaseOptions

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
    break_lock: BreakLockOption = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Run a recipe: stage, provision, submit, watch, collect, purge. Repeated, it continues where it stopped."""
    from recipebatch import api

    chosen = [phase.name for phase in api.select_phases(first=first, last=last, only=only or ())]
    given = parameters(param, params)
    if "stage" not in chosen and (new or given):
        raise UsageError("--new and -p begin a run, which without the phase stage does nothing")
    output = Output("apply", json=json)
    with open_progress() as progress:
        report = (
            api.Recipe.load(recipe)
            .with_params(given)
            .apply(
                account=account,
                phases=chosen,
                new=new,
                options=api.PhaseOptions(
                    output_dir=output_dir,
                    overwrite=overwrite,
                    timeout=seconds(timeout),
                    break_lock=break_lock,
                    confirm=confirm_on_terminal(yes=yes),
                ),
                progress=progress,
                on_phase=output.add,
            )
        )
    output.finish(report)


def stage(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    param: ParameterOption = None,
    params: ParametersOption = None,
    account: AccountOption = None,
    *,
    new: NewOption = False,
    break_lock: BreakLockOption = False,
    json: JsonOption = False,
) -> None:
    """Create the recipe's containers and upload what is missing or changed. Begins a run if none is unfinished."""
    from recipebatch import api

    options = api.PhaseOptions(break_lock=break_lock)
    _one_phase("stage", recipe, run, account, json=json, options=options, given=parameters(param, params), new=new)


def provision(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    account: AccountOption = None,
    *,
    break_lock: BreakLockOption = False,
    json: JsonOption = False,
) -> None:
    """Create the recipe's pools, or resize the ones that exist, and wait for their nodes."""
    from recipebatch import api

    _one_phase("provision", recipe, run, account, json=json, options=api.PhaseOptions(break_lock=break_lock))


def submit(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    account: AccountOption = None,
    *,
    break_lock: BreakLockOption = False,
    json: JsonOption = False,
) -> None:
    """Create the job and add its tasks; tasks that are there are not added twice."""
    from recipebatch import api

    _one_phase("submit", recipe, run, account, json=json, options=api.PhaseOptions(break_lock=break_lock))


def watch(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    account: AccountOption = None,
    timeout: TimeoutOption = None,
    *,
    json: JsonOption = False,
) -> None:
    """Follow the tasks until all have ended; exit code 1 if one failed."""
    from recipebatch import api

    _one_phase("watch", recipe, run, account, json=json, options=api.PhaseOptions(timeout=seconds(timeout)))


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
    from recipebatch import api

    options = api.PhaseOptions(output_dir=output_dir, overwrite=overwrite, include=tuple(include or ()))
    _one_phase("collect", recipe, run, account, json=json, options=options)


def purge(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    account: AccountOption = None,
    *,
    orphans: Annotated[
        bool, typer.Option("--orphans", help="Remove what no run looks after any more, in the whole account.")
    ] = False,
    yes: YesOption = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Delete outputs that were not collected, containers in their retention, and pools that others use.",
        ),
    ] = False,
    break_lock: BreakLockOption = False,
    json: JsonOption = False,
) -> None:
    """Remove what the run made: job, pool and containers; nothing else."""
    from recipebatch import api

    if orphans:
        if recipe is not None or run is not None:
            raise UsageError("--orphans looks through the whole account: it takes no recipe and no run")
        if force or break_lock:
            raise UsageError("--force and --break-lock are about one run: they have no place beside --orphans")
        _purge_orphans(account, yes=yes, json=json)
        return
    options = api.PhaseOptions(confirm=confirm_on_terminal(yes=yes), force=force, break_lock=break_lock)
    _one_phase("purge", recipe, run, account, json=json, options=options)


def _purge_orphans(account: str | None, *, yes: bool, json: bool) -> None:
    from recipebatch import api
    from recipebatch.cli import output, render

    with open_progress() as progress:
        found, removed = api.remove_orphans(
            confirm=confirm_on_terminal(yes=yes, default=False),
            tell=lambda orphans: typer.echo(render.orphans(orphans, datetime.now(UTC)), err=json),
            account=account,
            progress=progress,
        )
    if json:
        body = {"found": [output.plain(each) for each in found], "removed": [each.name for each in removed]}
        output.print_json("orphans", body)
    elif found:
        typer.echo(f"removed {len(removed)} of {len(found)}")


def _one_phase(
    name: str,
    recipe: str | None,
    run: str | None,
    account: str | None,
    *,
    json: bool,
    options: PhaseOptions,
    given: dict[str, object] | None = None,
    new: bool = False,
) -> None:
    from recipebatch import api

    if run is not None and given:
        raise UsageError("--run continues a run with its own parameters: -p and --new cannot be used with it")
    loaded = api.Recipe.load(recipe).with_params(given) if recipe is not None else None
    output = Output(name, json=json)
    with open_progress() as progress:
        report = api.run_phase(
            name,
            loaded,
            run=run,
            account=account,
            new=new,
            options=options,
            progress=progress,
            on_phase=output.add,
        )
    output.finish(report)


def seconds(value: float | None) -> timedelta | None:
    """What `--timeout` says."""
    return None if value is None else timedelta(seconds=value)


def confirm_on_terminal(*, yes: bool, default: bool = True) -> Callable[[str, tuple[str, ...]], bool]:
    """Ask on a terminal; where there is nobody to ask, keep and say so.

    Args:
        yes: do not ask.
        default: what Enter alone means.
    """

    def confirm(kind: str, names: tuple[str, ...]) -> bool:
        if yes:
            return True
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            typer.echo(f"kept {kind} {', '.join(names)}: there is no terminal to ask on; --yes deletes", err=True)
            return False
        try:
            return typer.confirm(f"Delete {kind} {', '.join(names)}?", default=default, err=True)
        except typer.Abort:
            # Ctrl-C at a question is an interruption like any other: what is left is told.
            raise KeyboardInterrupt from None

    return confirm
