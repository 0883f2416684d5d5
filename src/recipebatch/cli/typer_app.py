"""Typer with a help that shows no type for flags, and with colours that the escaping of output lets through."""

from __future__ import annotations

import ast
import inspect
import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from recipebatch.cli.process import unescaped_stdout
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.errors import RecipeBatchError

REFUSAL: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
"""What the parser of the command line raises."""


class Command(TyperCommand):
    """A command with our help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        with _help_of(self, ctx):
            super().format_help(ctx, formatter)


class Group(TyperGroup):
    """A command with commands below it, with our help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        with _help_of(self, ctx):
            super().format_help(ctx, formatter)


class App(typer.Typer):
    """A Typer app of such commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=Group, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """Register a command."""

        def register(function: Any) -> Any:
            given = {"cls": Command, "help": documentation(function), **settings}
            return super(App, self).command(name, **given)(function)

        return register


@contextmanager
def _help_of(command: Any, context: Any) -> Iterator[None]:
    for parameter in command.get_params(context):
        if getattr(parameter, "is_flag", False) and parameter.metavar is None:
            parameter.metavar = ""
    with unescaped_stdout():
        yield


def documentation(function: Any) -> str | None:
    """The docstring of a command, which is its help; from its source where Python has dropped it (`python -OO`)."""
    if function.__doc__ is not None:
        return str(function.__doc__)
    source = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    return ast.get_docstring(source) if isinstance(source, ast.FunctionDef) else None


def refusal_of_parser(error: BaseException) -> RecipeBatchError | None:
    """What the parser of the command line refused, as our error; None if it has printed the help instead."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return None
    message = error.format_message().rstrip(".")  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "recipebatch"
    return UsageError(message[:1].lower() + message[1:], hint=f"see {path} --help")
