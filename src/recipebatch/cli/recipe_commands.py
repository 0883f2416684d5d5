"""recipes, new, plan, schema: recipes to begin with, what one would make, how it is written; without an account."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recipebatch.cli import output, render
from recipebatch.cli.options import (
    AccountOption,
    JsonOption,
    ParameterOption,
    ParametersOption,
    RecipeArgument,
    parameters,
)
from recipebatch.cli.progress import open_progress
from recipebatch.errors import UsageError

_CHANGES_PENDING = 10


def recipes(*, json: JsonOption = False) -> None:
    """List the bundled recipes with their parameters; builtin:NAME runs one, `new` starts from one."""
    from recipebatch import api

    found = api.bundled()
    if json:
        output.print_json("recipes", {"recipes": [output.plain(recipe) for recipe in found]})
    else:
        typer.echo(render.bundled(found))


def new(
    name: Annotated[str, typer.Argument(help="The recipe's name; a folder of this name is made for it.")],
    *,
    origin: Annotated[str, typer.Option("--from", metavar="RECIPE", help="The bundled recipe to begin with.")] = "topn",
    json: JsonOption = False,
) -> None:
    """Start a recipe: a folder with a copy of a bundled recipe and of all that it refers to. Overwrites nothing."""
    from recipebatch import api

    made = api.new_recipe(name, origin, into=Path())
    if json:
        output.print_json("new", output.plain(made))
    else:
        typer.echo(render.new_recipe(made))


def schema(
    of: Annotated[str, typer.Argument(metavar="[recipe|recipe-test]", help="Of which kind of file.")] = "recipe",
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a page for people, with every key.")] = False,
) -> None:
    """Print the JSON Schema of recipes, or of their tests, for editors and other tools."""
    from recipebatch import api

    typer.echo(api.schema_reference(of) if markdown else api.schema(of), nl=False)


def show(
    recipe: RecipeArgument,
    param: ParameterOption = None,
    params: ParametersOption = None,
    *,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Fill in parameters, vars and what else is known before a run.")
    ] = False,
    origin: Annotated[bool, typer.Option("--origin", help="Say where each value comes from.")] = False,
    json: JsonOption = False,
) -> None:
    """Show a recipe with its base, fragments and anchors written out, and where each value comes from."""
    from recipebatch import api

    found = api.show(recipe, parameters(param), params or (), resolved=resolved, origin=origin)
    if json:
        body = {"recipe": found.data, "parameters": [output.plain(each) for each in found.parameters]}
        output.print_json("show", body)
    else:
        typer.echo(render.shown(found, origin=origin), nl=False)


def plan(
    recipe: RecipeArgument,
    param: ParameterOption = None,
    params: ParametersOption = None,
    account: AccountOption = None,
    *,
    json: JsonOption = False,
    detailed_exitcode: Annotated[
        bool,
        typer.Option(
            "--detailed-exitcode",
            help="Exit with 10 unless the newest run succeeded with the same recipe, parameters and files; "
            "looks into the account.",
        ),
    ] = False,
) -> None:
    """Show what a run would make: containers, blobs, pool, job and every task; makes nothing, needs no account."""
    from recipebatch import api

    if account is not None and not detailed_exitcode:
        raise UsageError("plan needs no account: --account says where --detailed-exitcode looks")
    loaded = api.Recipe.load(recipe).with_params(parameters(param, params))
    planned = loaded.plan()
    applied = True
    if detailed_exitcode:
        # Asked before anything is printed: an account that cannot be opened is an error and no plan beside it.
        with open_progress() as progress:
            applied = loaded.is_applied(account=account, progress=progress)
    if json:
        output.print_json("plan", {"plan": api.plan_as_json(planned)})
    else:
        typer.echo(render.plan(planned))
    if not applied:
        raise typer.Exit(_CHANGES_PENDING)
