"""Commands that look at runs: status, logs, and runs with what is below it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recipebatch.cli.options import (
    TO_THE_END,
    AccountOption,
    BreakLockOption,
    JsonOption,
    LookedAt,
    RunOption,
    SharedOptions,
    YesOption,
    choose_on_terminal,
    looked_at,
    moment,
    shares,
)
from recipebatch.cli.output import Output
from recipebatch.cli.process import print_text, stdout_width
from recipebatch.cli.progress import open_progress
from recipebatch.cli.typer_app import App
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from recipebatch.api import Recipe


def status(
    recipe: LookedAt = None,
    run: RunOption = None,
    account: AccountOption = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="All pools of the account that have nodes, with their runs, ends and costs.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show the current state of a run's jobs and pools, why nothing runs, and who holds its lock."""
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render.pools import account_pools_text
    from recipebatch.cli.render.run import run_status_text

    if every and (recipe is not None or run is not None):
        raise UsageError("--all shows the pools of all runs: it takes no run and no recipe")
    if every:
        with open_progress() as progress:
            pools = api.account_pools(account=account, progress=progress)
        if json:
            output.print_json("status", {"pools": [output.plain(pool) | output.cost_of(pool.cost) for pool in pools]})
        else:
            print_text(account_pools_text(pools, stdout_width()))
        return
    loaded, run = looked_at(recipe, run)
    with open_progress() as progress:
        found = api.status(loaded, run=run, account=account, progress=progress)
    if json:
        output.print_json("status", {"run": output.plain(found) | output.cost_of(found.cost)})
    else:
        print_text(run_status_text(found))


runs = App(
    invoke_without_command=True,
    no_args_is_help=False,
    help="List, show, compare, resume or forget runs.",
    examples=(
        "recipebatch runs  # Which runs are there, and what do they hold?",
        "recipebatch runs --account research --json",
        "recipebatch runs show 20260102-030405-abcd  # All that is recorded of one run",
    ),
)
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, as `recipebatch runs` lists it.")]


@runs.callback()
def list_runs(
    context: typer.Context,
    account: AccountOption = None,
    recipe: Annotated[
        str | None,
        typer.Option("--recipe", metavar="RECIPE", help="Only runs of this recipe: a path, builtin:NAME, or 'night*'."),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="Only these: unfinished, ended, purged, paused, a verdict, or a status such as 'watch started';"
            " repeatable.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Only runs that started since: 2d, 3h, 2026-01-02."),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            "--label", metavar="KEY=VALUE", help="Only runs whose recipe gives its jobs this metadata; repeatable."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="COUNT", help="Only the newest so many.")
    ] = None,
    *,
    mine: Annotated[bool, typer.Option("--mine", help="Only your own runs.")] = False,
    json: JsonOption = False,
) -> None:
    """List the runs of the account, oldest first: age, status, verdict, tasks, cost, and what they still hold.

    Subcommands: show, diff, resume, forget.
    """
    if context.invoked_subcommand is not None:
        if any((account, recipe, state, since, label, limit, mine, json)):
            name = context.invoked_subcommand
            raise UsageError(
                f"the options of {name} must follow it", hint=f"for example: recipebatch runs {name} … --json"
            )
        return
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render import tables

    now = datetime.now(UTC)
    loaded, names = _recipe_of(recipe)
    with open_progress() as progress:
        found = api.runs(
            mine=mine,
            names=names,
            recipe=loaded,
            states=state or (),
            since=moment("--since", since, now),
            labels=dict(_label(each) for each in label or ()),
            limit=limit,
            account=account,
            progress=progress,
        )
    if json:
        output.print_json("runs", {"runs": tables.runs_json(found)})
    else:
        print_text(tables.runs_text(found, most=stdout_width(), now=now))


def _recipe_of(given: str | None) -> tuple[Recipe | None, tuple[str, ...]]:
    """A recipe of a file or a bundled one, or a pattern of names."""
    from recipebatch import api

    if given is None:
        return None, ()
    if given.startswith("builtin:") or Path(given).is_file():
        return api.Recipe.load(given), ()
    return None, (given,)


def _label(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise UsageError(f"--label {given}: not KEY=VALUE", hint="for example: --label project=words")
    return name, value


@runs.command(
    "show",
    examples=(
        "recipebatch runs show 20260102-030405-abcd  # All that is recorded of a run",
        "recipebatch runs show 20260102-030405-abcd --json",
    ),
)
def show_run(run: RunArgument, account: AccountOption = None, *, json: JsonOption = False) -> None:
    """Show a run: parameters, phases, resources, and who holds its lock."""
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render.run import run_text

    with open_progress() as progress:
        found = api.show_run(run, account=account, progress=progress)
    if json:
        output.print_json("run", {"run": output.plain(found) | output.cost_of(found.cost)})
    else:
        print_text(run_text(found))


@runs.command(
    "diff",
    examples=(
        "recipebatch runs diff recipe.yaml  # What changed since the run before: what fails now, what got slower?",
        "recipebatch runs diff 20260102-030405-abcd 20260103-030405-efgh  # What changed from one run to another?",
    ),
)
def diff_runs(
    first: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN|RECIPE",
            help="The id of a run, alone compared with the run before it; or a recipe, whose two newest runs are"
            " compared. Default: your newest run and the one before it.",
            show_default=False,
        ),
    ] = None,
    second: Annotated[str | None, typer.Argument(metavar="RUN", help="A later run.", show_default=False)] = None,
    account: AccountOption = None,
    *,
    json: JsonOption = False,
) -> None:
    """Compare two runs: tasks that fail now, templates that got slower, outcome, parameters, files and recipe."""
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render import tables

    recipe, run = looked_at(first, None) if second is None else (None, first)
    with open_progress() as progress:
        found = api.compare_runs(run, second, recipe=recipe, account=account, progress=progress)
    if json:
        output.print_json("diff", {"difference": output.plain(found)})
    else:
        print_text(tables.difference_text(found, datetime.now(UTC)))


@runs.command(
    "resume",
    examples=(
        "recipebatch runs resume 20260102-030405-abcd  # Continue a run, from any folder or machine",
        "recipebatch runs resume 20260102-030405-abcd -o results --timeout 2h",
    ),
)
@shares(*TO_THE_END)
def resume_run(shared: SharedOptions, run: RunArgument) -> None:
    """Continue a run where it stopped, on any machine. Needs no recipe file."""
    from recipebatch import api

    printed = Output("resume", json=shared.json)
    with open_progress() as progress:
        report = api.resume(
            run, account=shared.account, options=shared.phase_options, progress=progress, on_phase=printed.add
        )
    printed.finish(report)


@runs.command(
    "forget",
    examples=(
        "recipebatch runs forget 20260102-030405-abcd  # Delete the record of a run that was purged",
        "recipebatch runs forget 20260102-030405-abcd --force --yes  # Also if it was not, without a question",
    ),
)
def forget_run(
    run: RunArgument,
    account: AccountOption = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Delete the record even if the run was not purged.")] = False,
    break_lock: BreakLockOption = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Delete a run's record; the run's resources are kept."""
    from recipebatch import api
    from recipebatch.cli import output

    with open_progress() as progress:
        api.forget_run(
            run,
            force=force,
            break_lock=break_lock,
            choose=choose_on_terminal(yes=yes),
            account=account,
            progress=progress,
        )
    if json:
        output.print_json("forget", {"run": run})
    else:
        print_text(f"forgot run {run}")
