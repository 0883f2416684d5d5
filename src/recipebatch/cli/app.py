"""main(): the Typer app and the single except clause."""

from __future__ import annotations

import json
import sys
import traceback
from typing import Annotated

import typer

from recipebatch._version import __version__
from recipebatch.cli import check_commands, look_commands, phase_commands, recipe_commands, render, run_commands
from recipebatch.cli.emulator_commands import emulator
from recipebatch.errors import DefectError, RecipeBatchError, UsageError
from recipebatch.text.secret import redacted

app = typer.Typer(
    name="recipebatch",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Batch workloads as one YAML recipe: on Azure Batch, or on this machine with no account at all.",
)
for command in (
    phase_commands.apply,
    check_commands.validate,
    check_commands.lint,
    check_commands.explain,
    recipe_commands.recipes,
    recipe_commands.new,
    recipe_commands.plan,
    recipe_commands.show,
    recipe_commands.schema,
    phase_commands.stage,
    phase_commands.provision,
    phase_commands.submit,
    phase_commands.watch,
    phase_commands.collect,
    phase_commands.purge,
    look_commands.status,
    look_commands.logs,
    run_commands.retry,
):
    app.command()(command)
app.command("test")(check_commands.recipe_tests)
app.add_typer(run_commands.runs, name="runs")
app.add_typer(emulator, name="emulator")


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"recipebatch {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=lambda value: _version(wanted=value), is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Batch workloads as one YAML recipe: on Azure Batch, or on this machine with no account at all."""


def main() -> None:
    """Console entry point: the only place where an error becomes text and an exit code."""
    try:
        app()
    except RecipeBatchError as error:
        typer.echo(render.error(error), err=True)
        _as_document(error)
        raise SystemExit(error.exit_code) from None
    except SystemExit as ending:
        # What the parser of the command line refuses it has told on stderr; no command of ours ends so.
        if ending.code == UsageError.exit_code:
            _as_document(UsageError("the command line does not fit: stderr says why", hint="add --help"))
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told without secrets
        typer.echo(redacted("".join(traceback.format_exception(error))).rstrip(), err=True)
        defect = DefectError(
            redacted(f"recipebatch has a defect: {type(error).__name__}: {error}"),
            hint="please report it with the lines above; the same command again continues a run",
        )
        typer.echo(render.error(defect), err=True)
        _as_document(defect)
        raise SystemExit(defect.exit_code) from None


def _as_document(error: RecipeBatchError) -> None:
    """With --json there is one document on stdout, whatever happens."""
    if "--json" in sys.argv:
        from recipebatch.report import error_report

        typer.echo(json.dumps(error_report(error), indent=1))
