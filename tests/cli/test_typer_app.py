"""Help and refusals of the parser."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.testing import CliRunner

from recipebatch.cli.typer_app import REFUSAL, App, documentation, first_sentence, refusal_of_parser


def test_a_docstring_is_found_without_python_having_it() -> None:
    def command() -> None:
        """Do it."""

    assert documentation(command) == "Do it."
    command.__doc__ = None
    assert documentation(command) == "Do it."


def test_a_refusal_of_the_parser_is_a_usage_error() -> None:
    assert issubclass(typer.BadParameter, REFUSAL)
    refused = refusal_of_parser(typer.BadParameter("Not a number."))
    assert refused is not None
    assert (refused.message, refused.hint) == ("invalid value: Not a number", "see recipebatch --help")


def test_a_list_of_commands_has_the_first_sentence_of_each() -> None:
    assert first_sentence("Do it: a\nand b. Then\nmore.") == "Do it: a and b."
    assert first_sentence("Do it") == "Do it"


def test_the_help_names_arguments_in_capitals_and_those_that_may_be_left_out_in_brackets() -> None:
    app = App()

    @app.command("show")
    def show(
        task: Annotated[str, typer.Argument(help="Which one.")],
        run: Annotated[str | None, typer.Argument(metavar="RUN|RECIPE")] = None,
        names: Annotated[list[str] | None, typer.Argument()] = None,
    ) -> None:
        """Show it."""

    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "100"}).output
    assert "[OPTIONS] TASK [RUN|RECIPE] [NAMES...]" in shown
    assert "{" not in shown
    assert "<str>" not in shown
