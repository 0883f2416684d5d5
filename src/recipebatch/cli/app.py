"""main(): the Typer app and the single except clause."""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from recipebatch._version import __version__
from recipebatch.cli.commands import checks, diagnosis, phases, plan, recipes, report, runs, tasks, ui
from recipebatch.cli.commands.emulator import emulator
from recipebatch.cli.commands.examples_of_phases import EXAMPLES
from recipebatch.cli.completion.command import completion
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
from recipebatch.cli.verbosity import verbosity
from recipebatch.errors import DefectError, ExitCode, InterruptedRunError, OutputError, RecipeBatchError
from recipebatch.phases import PAUSE, PHASES, RETRY, SCALE, STOP, UNPAUSE
from recipebatch.text.secret import redacted

app = App(
    name="recipebatch",
    invoke_without_command=True,
    # `completion` prints scripts that do not wait for this parser.
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Batch workloads as one YAML recipe: on Azure Batch, or on this machine with no account at all.",
    examples=(
        "recipebatch new hello --from topn  # Create a recipe to start from",
        "recipebatch apply hello/hello.yaml  # Run it, on this machine if no account is set",
    ),
)
# The groups, and the commands in them, stand in the order of use.
RUN, LOOK = "Run a recipe", "Look at runs"
WRITE, LOCAL = "Write recipes", "Local account and shell"

app.command(
    rich_help_panel=RUN,
    examples=(
        "recipebatch plan recipe.yaml  # What would a run create?",
        "recipebatch plan recipe.yaml -p words=5 --json  # The same for other parameters, for a script",
        "recipebatch plan recipe.yaml -o plan.json  # Save it: recipebatch apply plan.json carries out exactly that",
        "recipebatch plan recipe.yaml --detailed-exitcode  # Exit with 10 if apply has anything left to do",
    ),
)(plan.plan)
app.command(
    rich_help_panel=RUN,
    examples=(
        "recipebatch apply recipe.yaml  # Run a recipe, or continue its unfinished run",
        "recipebatch apply recipe.yaml -p words=5 --new --account research  # Start another run in an account",
        "recipebatch apply plan.json  # Carry out exactly what `plan -o plan.json` showed",
        "recipebatch apply recipe.yaml --to submit  # Submit the tasks and do not wait for them",
    ),
)(phases.apply)
for phase in PHASES:
    app.command(phase.name, help=phase.help, rich_help_panel=RUN, examples=EXAMPLES[phase])(phases.COMMANDS[phase])
app.command(
    RETRY,
    rich_help_panel=RUN,
    examples=(
        "recipebatch retry recipe.yaml  # Run every failed task again",
        "recipebatch retry recipe.yaml --cause preempted  # Only tasks that lost their spot node",
        "recipebatch retry --run 20260102-030405-abcd --task count-7 --to watch  # One task, and keep the pools",
    ),
)(phases.retry)
app.command(
    STOP,
    rich_help_panel=RUN,
    examples=(
        "recipebatch stop recipe.yaml  # End the newest run of a recipe, and save its results",
        "recipebatch stop recipe.yaml --task count-7  # End one task, and let the others go on",
    ),
)(phases.stop)
app.command(
    SCALE,
    rich_help_panel=RUN,
    examples=(
        "recipebatch scale recipe.yaml --nodes 10  # Give the pool 10 dedicated nodes",
        "recipebatch scale recipe.yaml --nodes 0 --spot 20 --pool big  # Use spot nodes instead in one of the pools",
    ),
)(phases.scale)
app.command(
    PAUSE,
    rich_help_panel=RUN,
    examples=(
        "recipebatch pause recipe.yaml  # Start no more tasks of the newest run",
        "recipebatch pause --run 20260102-030405-abcd --account research",
    ),
)(phases.pause)
app.command(
    UNPAUSE,
    rich_help_panel=RUN,
    examples=(
        "recipebatch unpause recipe.yaml  # Let the tasks start again",
        "recipebatch unpause --run 20260102-030405-abcd --account research",
    ),
)(phases.unpause)
app.command(
    rich_help_panel=LOOK,
    examples=(
        "recipebatch status recipe.yaml  # How is the newest run of a recipe?",
        "recipebatch status 20260102-030405-abcd --json  # One run, for a script",
        "recipebatch status --all  # Which pools of the account have nodes, whose, until when, at what cost?",
    ),
)(runs.status)
app.add_typer(tasks.tasks, name="tasks", rich_help_panel=LOOK)
app.command(
    rich_help_panel=LOOK,
    examples=(
        "recipebatch why  # Why does nothing of your newest run run?",
        "recipebatch why recipe.yaml count-7  # Why does this task wait, or why did it fail?",
        "recipebatch why 20260102-030405-abcd --json  # The same with a code for each cause, for a script",
    ),
)(diagnosis.why)
app.command(
    rich_help_panel=LOOK,
    examples=(
        "recipebatch logs recipe.yaml --task count-7 --follow  # What one task writes, while it runs",
        "recipebatch logs recipe.yaml --failed --stream both --tail 20  # The last lines of the tasks that failed",
        "recipebatch logs recipe.yaml --start-task  # What the start tasks of the nodes wrote",
        "recipebatch logs recipe.yaml --agent --tail 50  # What the Batch agent logged on nodes that are unusable",
    ),
)(tasks.logs)
app.command(
    rich_help_panel=LOOK,
    examples=(
        "recipebatch report recipe.yaml -o report.html  # What the newest run did, in a browser; trace.csv beside it",
        "recipebatch report 20260102-030405-abcd --json  # The same data, for a script",
    ),
)(report.report)
app.command(
    rich_help_panel=LOOK,
    examples=(
        "recipebatch ui  # The runs of the account in your browser, live",
        "recipebatch ui --account research --no-browser --port 8080  # Print the address only",
    ),
)(ui.ui)
app.command(
    rich_help_panel=LOOK,
    examples=(
        "recipebatch sas output  # Let a colleague read the container output of your newest run for 2 hours",
        "recipebatch sas output report.html --for 7d --run 20260102-030405-abcd  # One file, for a week",
    ),
)(diagnosis.sas)
app.add_typer(runs.runs, name="runs", rich_help_panel=LOOK)
app.command(
    rich_help_panel=WRITE,
    examples=(
        "recipebatch recipes  # Which recipes are there to start from?",
        "recipebatch recipes --json",
    ),
)(recipes.recipes)
app.command(
    rich_help_panel=WRITE,
    examples=(
        "recipebatch new hello --from topn  # A folder hello with a small recipe and its files",
        "recipebatch new sweep --from montecarlo  # A parameter sweep",
    ),
)(recipes.new)
app.command(
    rich_help_panel=WRITE,
    examples=(
        "recipebatch validate recipe.yaml  # Is the recipe right?",
        "recipebatch validate recipes/ --format sarif  # All recipes of a folder, for code review",
    ),
)(checks.validate)
app.command(
    rich_help_panel=WRITE,
    examples=(
        "recipebatch lint recipe.yaml  # What is valid but inadvisable?",
        "recipebatch lint recipes/ --strict  # Fail on warnings, in CI",
    ),
)(checks.lint)
app.command(
    "test",
    rich_help_panel=WRITE,
    examples=(
        "recipebatch test recipes/  # Run the tests of all recipes of a folder",
        "recipebatch test recipe.yaml --update  # Rewrite the golden files of one recipe",
    ),
)(checks.recipe_tests)
app.command(
    rich_help_panel=WRITE,
    examples=(
        "recipebatch show recipe.yaml --resolved  # The recipe with all values filled in",
        "recipebatch show recipe.yaml --origin -p words=5  # Where does each value come from?",
    ),
)(recipes.show)
app.command(
    rich_help_panel=WRITE,
    examples=(
        "recipebatch images  # Which images can a pool use?",
        "recipebatch images --account research --all  # All that an account offers, and those that have ended",
    ),
)(recipes.images)
app.command(
    rich_help_panel=WRITE,
    examples=(
        "recipebatch sizes  # Which series of VM sizes are there?",
        "recipebatch sizes STANDARD_D2S_V5 STANDARD_NC4AS_T4_V3  # What is known of two sizes",
    ),
)(recipes.sizes)
app.command(
    rich_help_panel=WRITE,
    examples=(
        "recipebatch schema > recipe.schema.json  # The schema for an editor",
        "recipebatch schema --markdown  # Every key with its meaning, default and an example",
    ),
)(recipes.schema)
app.command(
    rich_help_panel=WRITE,
    examples=(
        "recipebatch lsp  # What the configuration of an editor names as the server of recipes",
        "recipebatch lsp --stdio  # The same, as some editors start it",
    ),
)(recipes.lsp)
app.command(
    rich_help_panel=WRITE,
    examples=(
        "recipebatch explain unknown-key  # What does an error code mean, and what is the cure?",
        "recipebatch explain  # All codes",
    ),
)(checks.explain)
app.command(
    rich_help_panel=LOCAL,
    examples=(
        "recipebatch doctor  # Would a run start here?",
        "recipebatch doctor recipe.yaml --account research  # Would this recipe, on this account?",
    ),
)(diagnosis.doctor)
app.add_typer(emulator, name="emulator", rich_help_panel=LOCAL)
app.command(
    rich_help_panel=LOCAL,
    examples=(
        "source <(recipebatch completion bash)  # Now; and in ~/.bashrc for every shell from now on",
        "recipebatch completion zsh > ~/.zfunc/_recipebatch  # In a folder of fpath",
        "recipebatch completion fish > ~/.config/fish/completions/recipebatch.fish",
    ),
)(completion)


def _print_version(*, requested: bool) -> None:
    if requested:
        print_text(f"recipebatch {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _print_version(requested=value),
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Batch workloads as one YAML recipe: on Azure Batch, or on this machine with no account at all."""
    if context.invoked_subcommand is None:
        print_text(START_SCREEN)


def main() -> None:
    """Console entry point: the only place where an error becomes text and an exit code."""
    verbosity.reset()
    with own_streams(), end_by_signals():
        code = _exit_code()
        if verbosity.debug is not None:
            verbosity.debug.end(code)
        if (reason := unwritten()) is not None:
            tell(error_text(OutputError(f"results are missing on stdout: {reason.strerror}", hint=_OUTPUT_HINT)))
            code = code or OutputError.exit_code
    raise SystemExit(code)


START_SCREEN = """\
recipebatch runs batch workloads from one YAML recipe:
on Azure Batch, or on this machine with no account at all.

  recipebatch new hello --from topn      create a recipe
  recipebatch validate hello/hello.yaml  check it
  recipebatch plan hello/hello.yaml      what will it do?
  recipebatch apply hello/hello.yaml     run it
  recipebatch status hello/hello.yaml    how is its run?

All commands:             recipebatch --help
One command, examples:    recipebatch COMMAND --help"""
"""What `recipebatch` alone prints."""

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
    if verbosity.debug is not None:
        verbosity.debug.failed(error)
    tell_problems(error_text(error), painted)
    if "--json" in sys.argv:
        from recipebatch.report import error_report

        print_value(error_report(error))
    return code
