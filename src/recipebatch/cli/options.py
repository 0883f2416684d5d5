"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recipebatch.errors import UsageError

RecipeArgument = Annotated[str, typer.Argument(help="Path of a recipe, or builtin:NAME for a bundled one.")]
OptionalRecipe = Annotated[
    str | None,
    typer.Argument(help="Path of a recipe, or builtin:NAME; its newest run is meant. Or use --run."),
]
RunOption = Annotated[str | None, typer.Option("--run", help="Work on this run; no recipe is needed.")]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="NAME=VALUE", help="Set a parameter of the recipe; may be repeated."),
]
ParametersOption = Annotated[
    list[Path] | None,
    typer.Option("--params", metavar="FILE", help="Set parameters from a YAML or JSON file; --param is stronger."),
]
AccountOption = Annotated[
    str | None,
    typer.Option("--account", help="An account of accounts.yaml, `environment`, or `local`."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
BreakLockOption = Annotated[
    bool, typer.Option("--break-lock", help="Work on the run even if another command seems to.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Answer yes to every question.")]
NewOption = Annotated[bool, typer.Option("--new", help="Start another run even if one is unfinished.")]
TimeoutOption = Annotated[
    float | None,
    typer.Option("--timeout", min=0.0, max=1e9, metavar="SECONDS", help="Stop watching after so long (exit code 5)."),
]
OutputOption = Annotated[
    Path,
    typer.Option("--output-dir", "-o", help="Where the folders that `collect` names begin.", file_okay=False),
]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace local files that collect did not write.")]
IncludeOption = Annotated[
    list[str] | None,
    typer.Option("--include", metavar="PATTERN", help="Collect these blobs, not those the recipe names; repeatable."),
]


def parameters(given: list[str] | None, files: list[Path] | None = None) -> dict[str, object]:
    """`-p name=value` and the values of files as a mapping, the last file stronger than the first, `-p` than all.

    Raises:
        UsageError: an entry has no `=`, or a name twice; a file cannot be read.
        InvalidRecipeError: a file is not well formed.
    """
    from recipebatch.recipe import read_parameters

    values: dict[str, object] = {}
    for item in given or ():
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise UsageError(f"-p {item}: not NAME=VALUE", hint="for example: -p words=5")
        if name in values:
            raise UsageError(f"-p {name}: given twice")
        values[name] = value
    from_files: dict[str, object] = {}
    for file in files or ():
        from_files |= read_parameters(file)
    return from_files | values
