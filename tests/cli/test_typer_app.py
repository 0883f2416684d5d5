"""Help and refusals of the parser."""

from __future__ import annotations

import typer

from recipebatch.cli.typer_app import REFUSAL, documentation, first_sentence, refusal_of_parser


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
