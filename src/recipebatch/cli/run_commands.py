"""Commands that work on runs by their records: retry, and runs with what is below it."""

from __future__ import annotations

from typing import Annotated

import typer

from recipebatch.cli.options import (
    AccountOption,
    BreakLockOption,
    JsonOption,
    OptionalRecipe,
    OutputOption,
    OverwriteOption,
    RunOption,
    TimeoutOption,
    YesOption,
)
from recipebatch.cli.output import Output
from recipebatch.cli.phase_commands import HERE, confirm_on_terminal, seconds
from recipebatch.cli.progress import open_progress
from recipebatch.errors import UsageError
from recipebatch.vocabulary.causes import Cause

_CAUSES = ", ".join(Cause)


def retry(
    recipe: OptionalRecipe = None,
    run: RunOption = None,
    account: AccountOption = None,
    cause: Annotated[
        list[str] | None,
        typer.Option("--cause", metavar="CAUSE", help="Only tasks that failed so; may be repeated: " + _CAUSES),
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="ID", help="Only this task; may be repeated.")
    ] = None,
    last: Annotated[str, typer.Option("--to", metavar="PHASE", help="End with this phase.")] = "purge",
    output_dir: OutputOption = HERE,
    timeout: TimeoutOption = None,
    *,
    failed: Annotated[bool, typer.Option("--failed", help="Every task that failed (the default).")] = False,
    overwrite: OverwriteOption = False,
    break_lock: BreakLockOption = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Try the failed tasks of a run again, then follow them, collect and purge as apply does.

    They run again in their own job while that is active, else in a job made for them.
    """
    from recipebatch import api

    if failed and (cause or task):
        raise UsageError("--failed means every failed task: it has no place beside --cause and --task")
    loaded = api.Recipe.load(recipe) if recipe is not None else None
    output = Output("retry", json=json)
    with open_progress() as progress:
        report = api.retry(
            loaded,
            run=run,
            causes=cause or (),
            tasks=task or (),
            last=last,
            account=account,
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
    output.finish(report)


runs = typer.Typer(
    invoke_without_command=True, no_args_is_help=False, help="List runs, show, compare, resume or forget them."
)
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, as `recipebatch runs` lists it.")]


@runs.callback()
def list_runs(context: typer.Context, account: AccountOption = None, *, json: JsonOption = False) -> None:
    """List the runs of the account, oldest first; below it: show, diff, resume, forget."""
    if context.invoked_subcommand is not None:
        if account is not None or json:
            name = context.invoked_subcommand
            raise UsageError(f"options of {name} come after it", hint=f"for example: recipebatch runs {name} … --json")
        return
    from recipebatch import api
    from recipebatch.cli import output, render

    with open_progress() as progress:
        found = api.runs(account=account, progress=progress)
    if json:
        output.print_json("runs", {"runs": [output.plain(run) for run in found]})
    else:
        typer.echo(render.runs(found))


@runs.command("show")
def show_run(run: RunArgument, account: AccountOption = None, *, json: JsonOption = False) -> None:
    """Show all that is known of a run: parameters, phases, what it made, who works on it."""
    from recipebatch import api
    from recipebatch.cli import output, render

    with open_progress() as progress:
        found = api.show_run(run, account=account, progress=progress)
    if json:
        output.print_json("run", {"run": output.plain(found)})
    else:
        typer.echo(render.run(found))


@runs.command("diff")
def diff_runs(
    first: RunArgument, second: RunArgument, account: AccountOption = None, *, json: JsonOption = False
) -> None:
    """Show what is different between two runs: recipe, parameters, local files, outcome."""
    from recipebatch import api
    from recipebatch.cli import output, render

    with open_progress() as progress:
        found = api.compare_runs(first, second, account=account, progress=progress)
    if json:
        output.print_json("diff", {"difference": output.plain(found)})
    else:
        typer.echo(render.difference(found))


@runs.command("resume")
def resume_run(
    run: RunArgument,
    account: AccountOption = None,
    output_dir: OutputOption = HERE,
    timeout: TimeoutOption = None,
    *,
    overwrite: OverwriteOption = False,
    break_lock: BreakLockOption = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Go on with a run where it stopped, whoever began it and wherever; no recipe file is needed."""
    from recipebatch import api

    printed = Output("resume", json=json)
    with open_progress() as progress:
        report = api.resume(
            run,
            account=account,
            options=api.PhaseOptions(
                output_dir=output_dir,
                overwrite=overwrite,
                timeout=seconds(timeout),
                break_lock=break_lock,
                confirm=confirm_on_terminal(yes=yes),
            ),
            progress=progress,
            on_phase=printed.add,
        )
    printed.finish(report)


@runs.command("forget")
def forget_run(
    run: RunArgument,
    account: AccountOption = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Forget it even if it was not purged.")] = False,
    break_lock: BreakLockOption = False,
    json: JsonOption = False,
) -> None:
    """Remove a run's record; what the run made is not touched."""
    from recipebatch import api
    from recipebatch.cli import output

    with open_progress() as progress:
        api.forget_run(run, force=force, break_lock=break_lock, account=account, progress=progress)
    if json:
        output.print_json("forget", {"run": run})
    else:
        typer.echo(f"forgot run {run}")
