"""plan, schema: what a recipe would make and how it is written, without an account."""

from __future__ import annotations

from typing import Annotated

import typer

from recipebatch.cli import output, render
from recipebatch.cli.options import AccountOption, JsonOption, ParameterOption, RecipeArgument, parameters
from recipebatch.cli.progress import open_progress

_CHANGES_PENDING = 10


def schema() -> None:
    """Print the JSON Schema of recipes, for editors and other tools."""
    from recipebatch import bundled_files

    typer.echo(bundled_files.schema("recipe.schema.json").read_text(encoding="utf-8"), nl=False)


def plan(
    recipe: RecipeArgument,
    param: ParameterOption = None,
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

    loaded = api.Recipe.load(recipe).with_params(parameters(param))
    planned = loaded.plan()
    if json:
        output.print_json("plan", {"plan": api.plan_as_json(planned)})
    else:
        typer.echo(render.plan(planned))
    if detailed_exitcode:
        with open_progress() as progress:
            applied = loaded.is_applied(account=account, progress=progress)
        if not applied:
            raise typer.Exit(_CHANGES_PENDING)
