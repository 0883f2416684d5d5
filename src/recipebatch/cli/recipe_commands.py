"""validate, schema, plan: what can be said of a recipe without an account."""

from __future__ import annotations

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
from recipebatch.errors import InvalidRecipeError, Problem

_CHANGES_PENDING = 10


def validate(
    recipes: Annotated[list[str], typer.Argument(help="Recipes to check; builtin:NAME for a bundled one.")],
    *,
    json: JsonOption = False,
) -> None:
    """Check recipes and report all that is wrong with them; needs no account and no network."""
    from recipebatch import wiring

    problems: list[Problem] = []
    for name in recipes:
        problems += wiring.recipe_problems(name)
    if json:
        output.print_json(
            "validate", {"files": recipes, "valid": not problems, "problems": [output.plain(item) for item in problems]}
        )
    elif problems:
        typer.echo(render.error(InvalidRecipeError(tuple(problems))), err=True)
    else:
        typer.echo("\n".join(f"{name}: valid" for name in recipes))
    if problems:
        raise typer.Exit(InvalidRecipeError.exit_code)


def recipes(*, json: JsonOption = False) -> None:
    """List the bundled recipes: `builtin:NAME` names one from any folder."""
    from recipebatch import wiring

    found = wiring.bundled_recipes()
    if json:
        output.print_json("recipes", {"recipes": found})
    else:
        typer.echo(render.recipes(found))


def schema() -> None:
    """Print the JSON Schema of recipes, for editors and other tools."""
    from recipebatch import bundled_files

    typer.echo(bundled_files.schema("recipe.schema.json").read_text(encoding="utf-8"), nl=False)


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
    from recipebatch import wiring

    document = wiring.read_recipe(recipe)
    given = wiring.checked_parameters(document, parameters(param, params))
    planned = wiring.offline_plan(document, given)
    if json:
        output.print_json("plan", {"plan": wiring.plan_as_json(planned)})
    else:
        typer.echo(render.plan(planned))
    if detailed_exitcode:
        with open_progress() as progress, wiring.opened(account, progress) as services:
            applied = wiring.is_applied(services, document, given)
        if not applied:
            raise typer.Exit(_CHANGES_PENDING)
