"""Typer with a help that shows no type for flags, and with colours that the escaping of output lets through."""

from __future__ import annotations

import ast
import inspect
import os
import textwrap
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from recipebatch.cli.process import print_text, tell, unescaped_stdout
from recipebatch.cli.verbosity import verbosity
from recipebatch.errors import UsageError
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from recipebatch.errors import RecipeBatchError

REFUSAL: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
"""What the parser of the command line raises."""


class Command(TyperCommand):
    """A command with our help.

    Attributes:
        examples: as `App.command` takes them.
    """

    examples: ClassVar[tuple[str, ...]] = ()

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What stands after the command in the line of its usage."""
        return _usage(self, ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        with _help_of(self, ctx):
            super().format_help(ctx, formatter)
        print_text(examples_text(self.examples), end="")

    def get_params(self, ctx: Any) -> list[Any]:
        """Its own options, and those of every command."""
        return with_common_options(super().get_params(ctx))


class Group(TyperGroup):
    """A command with commands below it, with our help; its examples are as those of a command.

    Attributes:
        default: the command below it that is meant where none is named; empty if one must be.
    """

    examples: ClassVar[tuple[str, ...]] = ()
    default: ClassVar[str] = ""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; without the name of a command they are those of the default one."""
        if self.default:
            common = {name for option in common_options() for name in option.opts}
            first = next((each for each in args if each not in common), "")
            args = args if first in self.commands else [self.default, *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        with _help_of(self, ctx):
            super().format_help(ctx, formatter)
        print_text(examples_text(self.examples), end="")

    def get_params(self, ctx: Any) -> list[Any]:
        """Its own options, and those of every command."""
        return with_common_options(super().get_params(ctx))


class App(typer.Typer):
    """A Typer app of such commands.

    Args:
        examples: of the command that the app is, as those of `command`.
        default: as of `Group`.
        settings: as `typer.Typer` takes them.
    """

    def __init__(self, *, examples: Sequence[str] = (), default: str = "", **settings: Any) -> None:
        names = {"help_option_names": ["-h", "--help"]}
        kind = _with_examples(Group, examples)
        kind.default = default
        super().__init__(cls=kind, context_settings=names, **settings)

    def command(
        self, name: str | None = None, *, examples: Sequence[str] = (), **settings: Any
    ) -> Callable[[Any], Any]:
        """Register a command.

        Args:
            name: of the command; default: that of the function.
            examples: at least two command lines for the end of its help, such as
                `"recipebatch logs recipe.yaml --task t1  # the output of one task"`.
            settings: as `typer.Typer.command` takes them.
        """

        def register(function: Any) -> Any:
            given = {"cls": _with_examples(Command, examples), "help": documentation(function), **settings}
            given.setdefault("short_help", first_sentence(given["help"] or ""))
            return super(App, self).command(name, **given)(function)

        return register


def first_sentence(text: str) -> str:
    """What a list of commands says of one of them."""
    first, stop, _ = " ".join(text.split()).partition(". ")
    return first + stop.strip()


def _with_examples(kind: Any, examples: Sequence[str]) -> Any:
    return type(kind.__name__, (kind,), {"examples": tuple(examples)})


def with_common_options(parameters: list[Any]) -> list[Any]:
    """The parameters of a command, and the options that every command takes, before its name and after it."""
    names = {parameter.name for parameter in parameters}
    # Rich lists an option in the order in which it is declared; the help stands last.
    own, last = ([each for each in parameters if (each.name == "help") is is_help] for is_help in (False, True))
    return [*own, *(option for option in common_options() if option.name not in names), *last]


@cache
def common_options() -> tuple[Any, ...]:
    """The options that every command takes."""
    app = typer.Typer(add_completion=False)
    app.command()(_common)
    return tuple(typer.main.get_command(app).params)


def _common(
    *,
    _quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            "-q",
            expose_value=False,
            callback=lambda value: _set("quiet", given=value),
            help="Print only errors and results.",
            rich_help_panel="Output",
        ),
    ] = False,
    _verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            expose_value=False,
            callback=lambda value: _set("verbose", given=value),
            help="Print each file and each request too.",
            rich_help_panel="Output",
        ),
    ] = False,
    _debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            expose_value=False,
            callback=lambda value: _log(given=value),
            help="Write each event and request to a log file, without secrets, and print its path.",
            rich_help_panel="Output",
        ),
    ] = False,
    _no_color: Annotated[
        bool,
        typer.Option(
            "--no-color",
            is_eager=True,
            expose_value=False,
            callback=lambda value: _without_colours(given=value),
            help="Print no colors; NO_COLOR=1 in the environment does the same.",
            rich_help_panel="Output",
        ),
    ] = False,
) -> None:
    """Declare the options."""


def _log(*, given: bool) -> None:
    if given and verbosity.debug is None:
        from recipebatch.cli.debug_log import open_debug_log

        verbosity.debug = open_debug_log()
        tell(one_line(f"debug log: {verbosity.debug.path}"))


def _set(name: str, *, given: bool) -> None:
    # Before the name of a command and after it is the same option: what is not given does not undo what is.
    if given:
        setattr(verbosity, name, True)


def _without_colours(*, given: bool) -> None:
    # Rich, and what prints colours of ours, ask the environment.
    if given:
        os.environ["NO_COLOR"] = "1"


def examples_text(examples: Sequence[str]) -> str:
    """The examples at the end of a help, each below what it does."""
    if not examples:
        return ""
    lines = [" Examples:"]
    for example in examples:
        line, _, what = example.partition("  # ")
        lines += ["", *([f"   # {what}"] if what else []), f"   {line}"]
    return "\n".join([*lines, "", ""])


@contextmanager
def _help_of(command: Any, context: Any) -> Iterator[None]:
    for parameter in command.get_params(context):
        if getattr(parameter, "is_flag", False) and parameter.metavar is None:
            parameter.metavar = ""
        if parameter.param_type_name == "argument":
            # Its name says what it is: no column of types, in which nearly all are <str>.
            parameter.metavar = _name_of_argument(parameter)
            parameter.display_type_rich = lambda **_: None
    with unescaped_stdout():
        yield


def _name_of_argument(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _usage(command: Any, context: Any) -> list[str]:
    """`[OPTIONS] TASK [RUN|RECIPE]`: an argument that may be left out is in brackets."""
    pieces = ["[OPTIONS]"]
    for parameter in command.get_params(context):
        if parameter.param_type_name == "argument":
            name = _name_of_argument(parameter) + ("..." if parameter.nargs != 1 else "")
            pieces.append(name if parameter.required else f"[{name}]")
    return pieces


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
