"""Commands that work on a run: apply, one for each phase of the table, and retry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipebatch.cli.consent import agreement, ask_for_consent
from recipebatch.cli.options import (
    TO_THE_END,
    SharedOptions,
    cannot_ask_before_deletion,
    confirm_on_terminal,
    confirm_or_refuse,
    shares,
)
from recipebatch.cli.output import Output
from recipebatch.cli.process import ask, can_ask, print_text, tell
from recipebatch.cli.progress import open_progress
from recipebatch.errors import UsageError
from recipebatch.phases import PAUSE, PHASES, PURGE, RETRY, SCALE, STAGE, STOP, UNPAUSE, Phase, select_phases
from recipebatch.text.terminal import one_line
from recipebatch.vocabulary.causes import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipebatch.api import Recipe, SavedPlan
    from recipebatch.report import RunReport
    from recipebatch.runs import RunSummary


RecipeOrPlan = Annotated[
    str, typer.Argument(help="Path of a recipe, builtin:NAME for a bundled one, or a plan that `plan -o` saved.")
]


@shares("param", "params", "new", *TO_THE_END)
def apply(
    shared: SharedOptions,
    recipe: RecipeOrPlan,
    first: Annotated[str | None, typer.Option("--from", metavar="PHASE", help="Start with this phase.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="PHASE", help="Stop after this phase.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="PHASE", help="Run only this phase; repeatable.")
    ] = None,
    report_file: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Write the run's report at the end, as `report -o FILE` does.",
            dir_okay=False,
        ),
    ] = None,
    *,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="Show the plan and ask, also where nothing that exists is changed or replaced."),
    ] = False,
) -> None:
    """Run a recipe: stage, provision, submit, watch, collect, purge. Run again, it continues where it stopped."""
    from recipebatch import api

    chosen = select_phases(first=first, last=last, only=only or ())
    if STAGE not in chosen and (shared.new or shared.sets_parameters):
        raise UsageError(f"--new and -p start a run, which without the phase {STAGE} has no effect")
    more: dict[str, Any] = {"account": shared.account, "phases": [phase.name for phase in chosen]}
    output = Output("apply", json=shared.json)
    call: Callable[..., RunReport]
    if (saved := _saved_plan(shared, recipe, chosen)) is not None:
        asks = confirm and (shared.yes or can_ask())
        call = partial(api.apply_saved, saved, agree=agreement(always=True, yes=shared.yes) if asks else None)
    else:
        loaded = shared.load(recipe)
        if STAGE in chosen:
            ask_for_consent(loaded, shared)
        agree = agreement(always=confirm, yes=shared.yes)
        call = partial(loaded.apply, new=shared.new, agree=agree, agree_always=confirm)
    with open_progress() as progress:
        report = call(
            options=shared.phase_options, progress=progress, on_phase=output.add, report_file=report_file, **more
        )
    output.finish(report)


def _saved_plan(shared: SharedOptions, recipe: str, chosen: Sequence[Phase]) -> SavedPlan | None:
    """The saved plan that is named in the place of a recipe; None if it is a recipe.

    Raises:
        UsageError: it is damaged, of another version, or combined with what it fixes.
    """
    from recipebatch import api

    saved = None if recipe.startswith("builtin:") else api.read_saved_plan(Path(recipe))
    if saved is None:
        return None
    if shared.new or shared.sets_parameters:
        raise UsageError(f"{recipe} is a saved plan with its own parameters: it is applied without --new and -p")
    if STAGE not in chosen:
        raise UsageError(f"{recipe} is a saved plan: it is carried out from the phase {STAGE} on")
    loaded = api.Recipe.load(saved.recipe)
    # Another text is refused anyway, and may have other parameters.
    if loaded.checked.text == saved.record.recipe_text:
        ask_for_consent(loaded.with_params(saved.given_values), shared)
    return saved


@shares("recipe", "run", *TO_THE_END)
def retry(
    shared: SharedOptions,
    cause: Annotated[
        list[str] | None,
        typer.Option(
            "--cause",
            metavar="CAUSE",
            help="Only tasks that failed for this cause; repeatable: " + ", ".join(Cause),
        ),
    ] = None,
    task: Annotated[list[str] | None, typer.Option("--task", metavar="ID", help="Only this task; repeatable.")] = None,
    last: Annotated[str, typer.Option("--to", metavar="PHASE", help="Stop after this phase.")] = PURGE.name,
    *,
    failed: Annotated[bool, typer.Option("--failed", help="Every task that failed (the default).")] = False,
) -> None:
    """Retry the failed tasks of a run, then watch, collect and purge as apply does.

    They run again in their own job while it is active, otherwise in a new job.
    """
    from recipebatch import api

    if failed and (cause or task):
        raise UsageError("--failed means every failed task: it cannot be combined with --cause and --task")
    loaded = api.Recipe.load(shared.recipe) if shared.recipe is not None else None
    output = Output(RETRY, json=shared.json)
    with open_progress() as progress:
        report = api.retry(
            loaded,
            run=shared.run,
            causes=cause or (),
            tasks=task or (),
            last=last,
            account=shared.account,
            options=shared.phase_options,
            progress=progress,
            on_phase=output.add,
        )
    output.finish(report)


@shares("recipe", "run", "account", "output_dir", "timeout", "overwrite", "break_lock", "yes", "json")
def stop(
    shared: SharedOptions,
    task: Annotated[
        list[str] | None,
        typer.Option("--task", metavar="ID", help="End only this task, while the run goes on; repeatable."),
    ] = None,
) -> None:
    """Stop a run with its results: end its jobs, wait until they have ended, collect, and purge as the recipe says.

    A command that works on the run ends with exit code 6. Safe to repeat. --timeout limits the wait for the jobs.
    """
    from recipebatch import api

    _interrupt(STOP, shared, lambda loaded, more: api.stop(loaded, run=shared.run, tasks=task or (), **more))


@shares("recipe", "run", "account", "yes", "json")
def scale(
    shared: SharedOptions,
    nodes: Annotated[
        int | None, typer.Option("--nodes", metavar="N", help="The number of dedicated nodes; 0 removes them.")
    ] = None,
    spot: Annotated[int | None, typer.Option("--spot", metavar="N", help="The number of spot nodes.")] = None,
    pool: Annotated[
        str | None,
        typer.Option(
            "--pool", metavar="ID", help="Which pool, by its id or its name in the recipe, if there are several."
        ),
    ] = None,
) -> None:
    """Give a pool of a run another number of nodes, also while another command works on the run.

    Says what the service has then, and does not wait for the nodes. The run keeps the number when it is continued.
    """
    from recipebatch import api

    _interrupt(
        SCALE,
        shared,
        lambda loaded, more: api.scale(loaded, run=shared.run, nodes=nodes, spot=spot, pool=pool, **more),
    )


@shares("recipe", "run", "account", "break_lock", "yes", "json")
def pause(shared: SharedOptions) -> None:
    """Pause a run: no task starts, and running ones start again from the beginning after unpause.

    A command that works on the run ends with exit code 6. Pools keep their nodes, and time limits go on.
    """
    from recipebatch import api

    _interrupt(PAUSE, shared, lambda loaded, more: api.pause(loaded, run=shared.run, **more))


@shares("recipe", "run", "account", "break_lock", "yes", "json")
def unpause(shared: SharedOptions) -> None:
    """Let the tasks of a paused run start again; `runs resume` follows them to their end."""
    from recipebatch import api

    _interrupt(UNPAUSE, shared, lambda loaded, more: api.unpause(loaded, run=shared.run, **more))


def _interrupt(name: str, shared: SharedOptions, call: Callable[[Recipe | None, dict[str, Any]], RunReport]) -> None:
    """Work on a run that another command may be working on, and print what was done."""
    from recipebatch import api

    loaded = api.Recipe.load(shared.recipe) if shared.recipe is not None else None
    output = Output(name, json=shared.json)
    with open_progress() as progress:
        more = {
            "account": shared.account,
            "options": shared.phase_options,
            "progress": progress,
            "on_phase": output.add,
        }
        report = call(loaded, more)
    output.finish(report)


def run_phase(phase: Phase, shared: SharedOptions) -> None:
    """Run one phase of a run, and print its report."""
    from recipebatch import api

    options = shared.phase_options
    if phase is PURGE and not shared.yes:
        options = replace(options, confirm=confirm_or_refuse)
    if shared.run is not None and shared.sets_parameters:
        raise UsageError("--run continues a run with its own parameters: -p and --new cannot be used with it")
    loaded = shared.load(shared.recipe) if shared.recipe is not None else None
    if loaded is not None and phase.starts_run:
        ask_for_consent(loaded, shared)
    output = Output(phase.name, json=shared.json)
    with open_progress() as progress:
        report = api.run_phase(
            phase.name,
            loaded,
            run=shared.run,
            new=shared.new,
            account=shared.account,
            options=options,
            progress=progress,
            on_phase=output.add,
        )
    output.finish(report)


def options_of(phase: Phase) -> tuple[str, ...]:
    """The shared options that the command of a phase takes."""
    starting = ("param", "params", "new") if phase.starts_run else ()
    # What changes the run of another owner is asked about.
    locking = ("break_lock", "yes") if phase.writes else ()
    # A question is answered on the terminal, or beforehand by --yes; the others are repeated.
    names = {"confirm": "yes", "secrets": "secret", "allow_paths": "allow_path"}
    fields = (names.get(option, option) for option in phase.options)
    return tuple(dict.fromkeys(("recipe", "run", "account", "json", *starting, *locking, *fields)))


def command_of(phase: Phase) -> Callable[..., None]:
    """The command that runs one phase."""

    @shares(*options_of(phase))
    def command(shared: SharedOptions) -> None:
        run_phase(phase, shared)

    return command


@shares(*options_of(PURGE))
def purge(
    shared: SharedOptions,
    *,
    orphans: Annotated[
        bool, typer.Option("--orphans", help="Delete resources in this account whose run is gone or has expired.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Purge all of your runs of the recipe, after a question.")
    ] = False,
) -> None:
    """The phase, and beside it what no run of this account will purge."""
    if every:
        if shared.recipe is None or shared.run is not None or orphans:
            raise UsageError("--all purges the runs of a recipe: it takes a recipe, and neither --run nor --orphans")
        _purge_all(shared, shared.recipe)
        return
    if not orphans:
        run_phase(PURGE, shared)
        return
    if shared.recipe is not None or shared.run is not None:
        raise UsageError("--orphans searches the whole account: it takes no recipe and no --run")
    if shared.force or shared.break_lock:
        raise UsageError("--force and --break-lock are for one run: they cannot be combined with --orphans")
    _purge_orphans(shared)


COMMANDS = {phase: command_of(phase) for phase in PHASES} | {PURGE: purge}
"""The command of each phase; its name and help are those of the phase."""


def _purge_orphans(shared: SharedOptions) -> None:
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render.problems import error_text
    from recipebatch.cli.render.run import orphans_text

    held: list[str] = []
    asks = shared.yes or can_ask()
    with open_progress() as progress:
        found, removed = api.remove_orphans(
            confirm=confirm_on_terminal(yes=shared.yes, default=False) if asks else lambda *_: False,
            tell=lambda orphans: (tell if shared.json else print_text)(orphans_text(orphans, datetime.now(UTC))),
            tell_held=held.extend,
            account=shared.account,
            progress=progress,
        )
    if shared.json:
        body = {"found": [output.plain(each) for each in found], "removed": [each.name for each in removed]}
        output.print_json("orphans", body | {"held": held})
    elif found:
        print_text(f"deleted {len(removed)} of {len(found)}")
    if held and not shared.json:
        print_text("\n".join(map(one_line, held)))
    if found and not asks:
        error = cannot_ask_before_deletion()
        if not shared.json:
            raise error
        tell(error_text(error))
        raise typer.Exit(error.exit_code)


def _purge_all(shared: SharedOptions, recipe: str) -> None:
    """Purge the runs of a recipe one after the other; the exit code is that of the first that fails."""
    from recipebatch import api
    from recipebatch.cli import output
    from recipebatch.cli.render.run import purged_text, to_purge_text
    from recipebatch.execution import exit_code_of

    say = tell if shared.json else print_text
    none: list[str] = []

    def confirm(runs: tuple[RunSummary, ...]) -> bool:
        say(to_purge_text(runs))
        if not (shared.yes or can_ask()):
            raise UsageError("no terminal to ask on: nothing was purged", hint="--yes purges them without asking")
        name = one_line(runs[0].recipe)
        count = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
        return shared.yes or ask(f"Purge {count} of {name}?", default=False)

    with open_progress() as progress:
        results = api.purge_all(
            shared.load(recipe),
            confirm=confirm,
            on_run=lambda result: None if shared.json else print_text(purged_text(result)),
            on_none=none.append,
            account=shared.account,
            options=shared.phase_options,
            progress=progress,
        )
    code = exit_code_of(results)
    if shared.json:
        output.print_json("purge-all", {"runs": [output.purged(result) for result in results], "exit_code": code})
    elif not results:
        print_text(one_line(f"nothing to purge: {none[0]}") if none else "nothing was purged")
    if code:
        raise typer.Exit(code)
