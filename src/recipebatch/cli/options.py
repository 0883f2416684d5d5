"""Arguments and options that several commands share; each is declared once."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipebatch.cli.process import ask, ask_which, can_ask, tell
from recipebatch.cli.typer_app import documentation
from recipebatch.cli.verbosity import verbosity
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.api import PhaseOptions, Recipe
    from recipebatch.config.secret_grants import SecretGrant
    from recipebatch.phases import NobodyToAskError

RecipeArgument = Annotated[str, typer.Argument(help="Path of a recipe, or builtin:NAME for a bundled one.")]
OptionalRecipe = Annotated[
    str | None,
    typer.Argument(
        help="Path of a recipe, or builtin:NAME; uses its most recent run that still has resources. Or the id of a run."
    ),
]
LookedAt = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN|RECIPE",
        help="The id of a run; or a recipe, whose most recent run that still has resources is used. Default: your"
        " newest run.",
        show_default=False,
    ),
]
"""The run that a command looks at; `looked_at` reads it."""
RunOption = Annotated[
    str | None, typer.Option("--run", metavar="RUN", help="Use the run with this id; no recipe is needed.")
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="NAME=VALUE", help="Set a parameter of the recipe; repeatable."),
]
ParametersOption = Annotated[
    list[Path] | None,
    typer.Option("--params", metavar="FILE", help="Set parameters from a YAML or JSON file; --param takes precedence."),
]
AccountOption = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="An account of accounts.yaml, `environment`, or `local`."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
BreakLockOption = Annotated[
    bool, typer.Option("--break-lock", help="Take the run's lock even if another command holds it.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Answer yes to every question.")]
NewOption = Annotated[bool, typer.Option("--new", help="Start another run even if one is unfinished.")]
ForceOption = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Also delete uncollected outputs, containers in their retention period, and pools that other jobs use.",
    ),
]
TimeoutOption = Annotated[
    str | None,
    typer.Option(
        "--timeout", metavar="DURATION", help="Stop watching after this time (exit code 5): 90 or 90s, 20m, PT1H."
    ),
]
SecretOption = Annotated[
    list[str] | None,
    typer.Option(
        "--secret",
        metavar="NAME|PARAMETER=SOURCE",
        help="Let the recipe read a secret: from the environment variable NAME, or PARAMETER from env:VARIABLE,"
        " file:PATH or - (stdin); repeatable.",
    ),
]
OutputOption = Annotated[
    Path,
    typer.Option("--output-dir", "-o", help="The folder that relative paths of `collect` start from.", file_okay=False),
]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace local files that an earlier collect did not write.")
]
IncludeOption = Annotated[
    list[str] | None,
    typer.Option("--include", metavar="PATTERN", help="Collect these blobs, not those of the recipe; repeatable."),
]
AllowPathOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--allow-path",
        metavar="PATH",
        help="Let the recipe read this file or folder beside its own folder and repository; repeatable.",
    ),
]

EventsOption = Annotated[
    str | None,
    typer.Option(
        "--events",
        metavar="FILE",
        help="Add a line of JSON for each event to this file; - is stdout. See recipebatch schema events.",
    ),
]

RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-z]{4}")
"""What only the id of a run looks like."""

_SHARED: dict[str, tuple[Any, Any]] = {
    "recipe": (OptionalRecipe, None),
    "run": (RunOption, None),
    "param": (ParameterOption, None),
    "params": (ParametersOption, None),
    "secret": (SecretOption, None),
    "account": (AccountOption, None),
    "output_dir": (OutputOption, Path()),
    "timeout": (TimeoutOption, None),
    "include": (IncludeOption, None),
    "allow_path": (AllowPathOption, None),
    "new": (NewOption, False),
    "overwrite": (OverwriteOption, False),
    "force": (ForceOption, False),
    "break_lock": (BreakLockOption, False),
    "yes": (YesOption, False),
    "events": (EventsOption, None),
    "json": (JsonOption, False),
}
"""Name of an option → its declaration and its default, in the order in which `--help` lists them."""

TO_THE_END = ("secret", "account", "output_dir", "timeout", "allow_path", "overwrite", "break_lock", "yes", "json")
"""The options of commands that work on a run until its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOptions:
    """What a command was given for the shared options it takes; the others have their defaults."""

    recipe: str | None = None
    run: str | None = None
    param: list[str] | None = None
    params: list[Path] | None = None
    secret: list[str] | None = None
    account: str | None = None
    output_dir: Path = field(default_factory=Path)
    timeout: str | None = None
    include: list[str] | None = None
    allow_path: list[Path] | None = None
    new: bool = False
    overwrite: bool = False
    force: bool = False
    break_lock: bool = False
    yes: bool = False
    events: str | None = None
    json: bool = False

    @property
    def sets_parameters(self) -> bool:
        """Whether `--param` or `--params` is given."""
        return bool(self.param or self.params)

    def load(self, recipe: str) -> Recipe:
        """The recipe with the parameters of `--param` and `--params`; raises as `load_recipe`."""
        return load_recipe(recipe, self.param, self.params)

    @property
    def phase_options(self) -> PhaseOptions:
        """How the phases are to do their work."""
        from recipebatch import api

        return api.PhaseOptions(
            output_dir=self.output_dir,
            overwrite=self.overwrite,
            include=tuple(self.include or ()),
            timeout=duration("--timeout", self.timeout),
            force=self.force,
            secrets=secret_grants(self.secret),
            break_lock=self.break_lock,
            allow_paths=tuple(self.allow_path or ()),
            confirm=confirm_on_terminal(yes=self.yes),
            choose=choose_on_terminal(yes=self.yes),
        )


def shares(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command on a run shared options: it receives what was given for them as its first argument.

    Each such command takes `--events` too.

    Args:
        names: of the options, as `SharedOptions` has them.
    """
    chosen = {*names, "events"}

    def with_options(function: Callable[..., None]) -> Callable[..., None]:
        def command(**values: Any) -> None:
            shared = with_run(SharedOptions(**{name: values.pop(name) for name in chosen}))
            verbosity.write_events(shared.events, json=shared.json)
            function(shared, **values)

        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        arguments = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        options = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=declaration)
            for name, (declaration, default) in _SHARED.items()
            if name in chosen
        ]
        command.__name__, command.__doc__ = function.__name__, documentation(function)
        # Typer reads the options of a command from its signature.
        command.__signature__ = inspect.Signature([*arguments, *options])  # type: ignore[attr-defined]
        return command

    return with_options


def with_run(shared: SharedOptions) -> SharedOptions:
    """The id of a run in the place of a recipe means that run."""
    recipe, run = recipe_or_run(shared.recipe, shared.run)
    return replace(shared, recipe=recipe, run=run)


def recipe_or_run(recipe: str | None, run: str | None) -> tuple[str | None, str | None]:
    """A recipe and a run as they are given; the id of a run in the place of a recipe means that run."""
    if recipe is None or run is not None or not RUN_ID.fullmatch(recipe) or Path(recipe).exists():
        return recipe, run
    return None, recipe


def looked_at(given: str | None, run: str | None) -> tuple[Recipe | None, str | None]:
    """The recipe, or the id of the run, that a command is to look at; neither is the newest run of this owner.

    Raises:
        InvalidRecipeError: the recipe is not valid.
    """
    from recipebatch import api

    recipe, run = recipe_or_run(given, run)
    return (None if recipe is None else api.Recipe.load(recipe)), run


def duration(option: str, text: str | None, unit: timedelta = timedelta(seconds=1)) -> timedelta | None:
    """The value of an option that takes a duration; a number alone counts in a unit.

    Raises:
        UsageError: it is none, or too long.
    """
    from recipebatch.vocabulary.durations import EXAMPLES, option_duration

    try:
        return None if text is None else option_duration(text, unit)
    except ValueError as error:
        raise UsageError(f"{option}: {error}", hint=f"write {EXAMPLES}, or a number alone") from None


def moment(option: str, text: str | None, now: datetime) -> datetime | None:
    """The value of an option that takes a time, or how long ago one was.

    Args:
        option: its name.
        text: `2h`, `2026-01-02`, `2026-01-02T15:04`; a time without a zone is one of this machine's zone.
        now: from here `2h` counts back.

    Raises:
        UsageError: it is neither.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        pass
    try:
        return now - (duration(option, text) or timedelta())
    except UsageError:
        raise UsageError(
            f"{option}: {text!r} is no time", hint="write 2h, 45m, 2026-01-02 or 2026-01-02T15:04"
        ) from None


def load_recipe(recipe: str, given: list[str] | None, files: list[Path] | None) -> Recipe:
    """A recipe with parameters: a later file overrides an earlier one, `-p name=value` overrides all.

    Raises:
        UsageError: a parameter is not right, or a file cannot be read.
        InvalidRecipeError: the recipe, or a file of parameters, is not valid.
    """
    from recipebatch import api

    values = parameters(given)
    loaded = api.Recipe.load(recipe)
    for file in files or ():
        loaded = loaded.with_params_file(file)
    return loaded.with_params(values)


def parameters(given: list[str] | None) -> dict[str, object]:
    """`-p name=value` as a mapping.

    Raises:
        UsageError: an entry has no `=`, or a name twice.
    """
    values: dict[str, object] = {}
    for item in given or ():
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise UsageError(f"-p {item}: not NAME=VALUE", hint="for example: -p words=5")
        if name in values:
            raise UsageError(f"-p {name}: given twice")
        values[name] = value
    return values


def secret_grants(given: list[str] | None) -> tuple[SecretGrant, ...]:
    """What `--secret` gives.

    Raises:
        UsageError: an entry has another form, or stdin is named twice.
    """
    from recipebatch.config.secret_grants import secret_grant

    if len([text for text in given or () if text.partition("=")[2] == "-"]) > 1:
        raise UsageError("--secret: only one secret can be read from stdin")
    return tuple(secret_grant(text, sys.stdin.read) for text in given or ())


def confirm_on_terminal(*, yes: bool, default: bool = True) -> Callable[[str, tuple[str, ...]], bool]:
    """A question on the terminal, once a kind of resources; without a terminal they are kept, and why is said once.

    Args:
        yes: do not ask.
        default: what Enter alone means.
    """
    said: list[bool] = []

    def confirm(kind: str, names: tuple[str, ...]) -> bool:
        if yes:
            return True
        if not can_ask():
            if not said:
                tell("no terminal to ask on; --yes deletes without asking")
                said.append(True)
            return False
        return ask(f"Delete {kind} {', '.join(names)}?", default=default)

    return confirm


def confirm_or_refuse(kind: str, names: tuple[str, ...]) -> bool:
    """The question of a command that is there to delete, once a kind of resources.

    Raises:
        NobodyToAskError: there is no terminal to ask on.
    """
    if not can_ask():
        raise cannot_ask_before_deletion()
    return ask(f"Delete {kind} {', '.join(names)}?", default=True)


def cannot_ask_before_deletion() -> NobodyToAskError:
    """What ends a command that is there to delete, where it has to ask and there is no terminal."""
    from recipebatch.phases import NobodyToAskError

    return NobodyToAskError("no terminal to ask on: nothing was deleted", hint="--yes deletes without asking")


def choose_on_terminal(*, yes: bool) -> Callable[[str, tuple[str, ...]], str | None]:
    """A question on the terminal with its answers; without a terminal there is none.

    Args:
        yes: answer yes where that is an answer; another question has none then.
    """

    def choose(question: str, answers: tuple[str, ...]) -> str | None:
        from recipebatch.phases import YES_NO

        if yes:
            return YES_NO[0] if answers == YES_NO else None
        if not can_ask():
            return None
        return ask_which(f"{question}?", answers)

    return choose
