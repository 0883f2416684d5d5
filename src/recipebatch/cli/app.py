"""main(): the Typer app and the single except clause."""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from recipebatch._version import __version__
from recipebatch.cli.commands import checks, phases, recipes, runs
from recipebatch.cli.commands.emulator import emulator
from recipebatch.cli.process import (
    end_by_signals,
    exit_code_of_signal,
    failure_of_machine,
    own_streams,
    print_text,
    print_value,
    tell,
    tell_problems,
    unwritten,
)
from recipebatch.cli.render.problems import error_text
from recipebatch.cli.render.source_lines import painted
from recipebatch.cli.typer_app import REFUSAL, App, refusal_of_parser
from recipebatch.errors import DefectError, ExitCode, InterruptedRunError, OutputError, RecipeBatchError
from recipebatch.phases import PAUSE, PHASES, RETRY, SCALE, STOP, UNPAUSE
from recipebatch.text.secret import redacted

app = App(
    name="recipebatch",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Batch workloads as one YAML recipe: on Azure Batch, or on this machine with no account at all.",
)
RUN, LOOK = "Run recipes", "Look at runs"
WRITE, CHECK = "Write recipes", "Check recipes"
LOCAL = "Local account"

app.command(rich_help_panel=RUN)(phases.apply)
for phase in PHASES:
    app.command(phase.name, help=phase.help, rich_help_panel=RUN)(phases.COMMANDS[phase])
app.command(RETRY, rich_help_panel=RUN)(phases.retry)
app.command(STOP, rich_help_panel=RUN)(phases.stop)
app.command(SCALE, rich_help_panel=RUN)(phases.scale)
app.command(PAUSE, rich_help_panel=RUN)(phases.pause)
app.command(UNPAUSE, rich_help_panel=RUN)(phases.unpause)
app.command(rich_help_panel=LOOK)(runs.status)
app.command(rich_help_panel=LOOK)(runs.logs)
app.add_typer(runs.runs, name="runs", rich_help_panel=LOOK)
app.command(rich_help_panel=WRITE)(recipes.recipes)
app.command(rich_help_panel=WRITE)(recipes.new)
app.command(rich_help_panel=WRITE)(recipes.plan)
app.command(rich_help_panel=WRITE)(recipes.show)
app.command(rich_help_panel=WRITE)(recipes.schema)
app.command(rich_help_panel=WRITE)(recipes.images)
app.command(rich_help_panel=WRITE)(recipes.sizes)
app.command(rich_help_panel=CHECK)(checks.validate)
app.command(rich_help_panel=CHECK)(checks.lint)
app.command("test", rich_help_panel=CHECK)(checks.recipe_tests)
app.command(rich_help_panel=CHECK)(checks.explain)
app.add_typer(emulator, name="emulator", rich_help_panel=LOCAL)


def _version(*, requested: bool) -> None:
    if requested:
        print_text(f"recipebatch {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _version(requested=value),
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Batch workloads as one YAML recipe: on Azure Batch, or on this machine with no account at all."""


def main() -> None:
    """Console entry point: the only place where an error becomes text and an exit code."""
    with own_streams(), end_by_signals():
        code = _exit_code()
        if (reason := unwritten()) is not None:
            tell(error_text(OutputError(f"results are missing on stdout: {reason.strerror}", hint=_OUTPUT_HINT)))
            code = code or OutputError.exit_code
    raise SystemExit(code)


_OUTPUT_HINT = "redirect stdout to another place, then run the same command again; a run is not repeated"


def _exit_code() -> int:
    """Run the command; returns its exit code."""
    try:
        ended = app(standalone_mode=False)
        if (interrupted := exit_code_of_signal()) is not None and ended == ExitCode.INTERRUPTED:
            # No run was open, which would have said what is left of it.
            return _failed(InterruptedRunError("interrupted"), interrupted)
    except RecipeBatchError as error:
        interrupted = exit_code_of_signal() if isinstance(error, InterruptedRunError) else None
        return _failed(error, interrupted or error.exit_code)
    except KeyboardInterrupt:
        return _failed(InterruptedRunError("interrupted"), exit_code_of_signal() or ExitCode.INTERRUPTED)
    except REFUSAL as error:
        refused = refusal_of_parser(error)
        return ExitCode.USAGE if refused is None else _failed(refused, refused.exit_code)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is printed without secrets
        failure = failure_of_machine(error)
        if failure is None:
            tell(redacted("".join(traceback.format_exception(error))).rstrip())
            failure = DefectError(
                redacted(f"recipebatch has a defect: {type(error).__name__}: {error}"),
                hint="please report it with the lines above; run the same command again to continue a run",
            )
        return _failed(failure, failure.exit_code)
    return ended if isinstance(ended, int) else ExitCode.DONE


def _failed(error: RecipeBatchError, code: ExitCode) -> ExitCode:
    """Print the error; with --json there is one document on stdout, whatever happens."""
    error.exit_code = code
    tell_problems(error_text(error), painted)
    if "--json" in sys.argv:
        from recipebatch.report import error_report

        print_value(error_report(error))
    return code
