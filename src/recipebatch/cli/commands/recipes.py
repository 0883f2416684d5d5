"""recipes, new, show, schema, lsp, images, sizes: bundled recipes, a new one, what one says and may say."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recipebatch.cli import output
from recipebatch.cli.options import (
    AccountOption,
    JsonOption,
    ParameterOption,
    ParametersOption,
    RecipeArgument,
    parameters,
)
from recipebatch.cli.process import print_document, print_text
from recipebatch.cli.progress import open_progress
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    pass


def recipes(*, json: JsonOption = False) -> None:
    """List the bundled recipes and their parameters. Use one as builtin:NAME, or copy one with `new`."""
    from recipebatch import api
    from recipebatch.cli.render.recipes import bundled_text

    found = api.bundled()
    if json:
        output.print_json("recipes", {"recipes": [output.plain(recipe) for recipe in found]})
    else:
        print_text(bundled_text(found))


def new(
    name: Annotated[str, typer.Argument(help="The recipe's name; a folder of this name is created.")],
    *,
    origin: Annotated[str, typer.Option("--from", metavar="RECIPE", help="The bundled recipe to copy.")] = "topn",
    json: JsonOption = False,
) -> None:
    """Create a recipe: a folder with a copy of a bundled recipe and its files. Existing files are not overwritten."""
    from recipebatch import api
    from recipebatch.cli.render.recipes import new_recipe_text

    made = api.new_recipe(name, origin, into=Path())
    if json:
        output.print_json("new", output.plain(made))
    else:
        print_text(new_recipe_text(made))


def schema(
    of: Annotated[str, typer.Argument(metavar="recipe|recipe-test|events", help="The kind of file.")] = "recipe",
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a Markdown page with every key.")] = False,
) -> None:
    """Print the JSON Schema of recipes, of their tests, or of the lines of --events."""
    from recipebatch import api

    print_document(api.schema_reference(of) if markdown else api.schema(of))


def lsp(
    *,
    _stdio: Annotated[bool, typer.Option("--stdio", help="Speak over stdin and stdout, as without it.")] = False,
) -> None:
    """Serve an editor as its language server for recipes: problems, completion, hover. Needs no account."""
    from recipebatch.language_server import serve

    if sys.stdin.isatty():
        hint = "docs/editors.md has the settings of VS Code, Neovim and Helix"
        raise UsageError("lsp speaks with an editor over stdin and stdout: an editor starts it", hint=hint)
    raise typer.Exit(serve())


def images(
    account: AccountOption = None,
    *,
    retired: Annotated[
        bool, typer.Option("--all", help="Also those without an alias, and those whose support has ended.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """List the images for pools: what is known of them, and what the account offers if one is set."""
    from recipebatch import api
    from recipebatch.cli.render.machines import images_text

    with open_progress() as progress:
        found = api.images(account=account, retired=retired, progress=progress)
    if json:
        output.print_json("images", output.plain(found))
    else:
        print_text(images_text(found))


def sizes(
    vm_size: Annotated[list[str] | None, typer.Argument(help="VM sizes; default: all series.")] = None,
    *,
    retired: Annotated[bool, typer.Option("--all", help="Also series that Azure has retired.")] = False,
    json: JsonOption = False,
) -> None:
    """List the VM series, or what is known of some VM sizes: generation, architecture, GPU and retirement."""
    from recipebatch import api
    from recipebatch.cli.render.machines import sizes_text

    found = api.sizes(vm_size or (), retired=retired)
    if json:
        output.print_json("sizes", {"sizes": [output.plain(info) for info in found]})
    else:
        print_text(sizes_text(found, of_sizes=bool(vm_size)))


def show(
    recipe: RecipeArgument,
    param: ParameterOption = None,
    params: ParametersOption = None,
    *,
    resolved: Annotated[
        bool,
        typer.Option("--resolved", help="Fill in parameters, vars and all that is known before a run."),
    ] = False,
    origin: Annotated[bool, typer.Option("--origin", help="Show where each value comes from.")] = False,
    json: JsonOption = False,
) -> None:
    """Show a recipe with its base, fragments and anchors expanded, and where each value comes from."""
    from recipebatch import api
    from recipebatch.cli.render.recipes import printout_text

    found = api.show(recipe, parameters(param), params or (), resolved=resolved, origin=origin)
    if json:
        body = {"recipe": found.data, "parameters": [output.plain(each) for each in found.parameters]}
        output.print_json("show", body)
    else:
        print_document(printout_text(found, origin=origin))
