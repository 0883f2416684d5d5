"""main(): the Typer app and the single except clause."""

from __future__ import annotations

import json
import sys
import traceback
from typing import Annotated

import typer

from recipebatch._version import __version__
from recipebatch.cli import check_commands, phase_commands, recipe_commands, run_commands
from recipebatch.cli.emulator_commands import emulator
from recipebatch.cli.render.problems import error_text
from recipebatch.errors import DefectError, RecipeBatchError, UsageError
from recipebatch.phases import PHASES, RETRY
from recipebatch.text.secret import redacted

app = typer.Typer(
    name="recipebatch",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Batch workloads as one YAML recipe: on Azure Batch, or on this machine with no account at all.",
)
RUN, LOOK = "Run recipes", "Look at runs"
WRITE, CHECK = "Write recipes", "Check recipes"
LOCAL = "Local account"

app.command(rich_help_panel=RUN)(phase_commands.apply)
for phase in PHASES:
    app.command(phase.name, help=phase.help, rich_help_panel=RUN)(phase_commands.COMMANDS[phase])
app.command(RETRY, rich_help_panel=RUN)(phase_commands.retry)
app.command(rich_help_panel=LOOK)(run_commands.status)
app.command(rich_help_panel=LOOK)(run_commands.logs)
app.add_typer(run_commands.runs, name="runs", rich_help_panel=LOOK)
app.command(rich_help_panel=WRITE)(recipe_commands.recipes)
app.command(rich_help_panel=WRITE)(recipe_commands.new)
app.command(rich_help_panel=WRITE)(recipe_commands.plan)
app.command(rich_help_panel=WRITE)(recipe_commands.show)
app.command(rich_help_panel=WRITE)(recipe_commands.schema)
app.command(rich_help_panel=CHECK)(check_commands.validate)
app.command(rich_help_panel=CHECK)(check_commands.lint)
app.command("test", rich_help_panel=CHECK)(check_commands.recipe_tests)
app.command(rich_help_panel=CHECK)(check_commands.explain)
app.add_typer(emulator, name="emulator", rich_help_panel=LOCAL)


def _version(*, requested: bool) -> None:
    if requested:
        typer.echo(f"recipebatch {__version__}")
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
    try:
        app()
    except RecipeBatchError as error:
        typer.echo(error_text(error), err=True)
        _as_document(error)
        raise SystemExit(error.exit_code) from None
    except SystemExit as ending:
        # The parser of the command line has printed its error on stderr; no command of ours ends in this way.
        if ending.code == UsageError.exit_code:
            _as_document(UsageError("the command line is not valid: see stderr", hint="add --help"))
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is printed without secrets
        typer.echo(redacted("".join(traceback.format_exception(error))).rstrip(), err=True)
        defect = DefectError(
            redacted(f"recipebatch has a defect: {type(error).__name__}: {error}"),
            hint="please report it with the lines above; run the same command again to continue a run",
        )
        typer.echo(error_text(defect), err=True)
        _as_document(defect)
        raise SystemExit(defect.exit_code) from None


def _as_document(error: RecipeBatchError) -> None:
    """With --json there is one document on stdout, whatever happens."""
    if "--json" in sys.argv:
        from recipebatch.report import error_report

        typer.echo(json.dumps(error_report(error), indent=1))
