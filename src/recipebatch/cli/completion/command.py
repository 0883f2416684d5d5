"""completion: the script that lets a shell complete commands, options and their values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from recipebatch.cli.process import print_document
from recipebatch.errors import UsageError


def completion(
    context: typer.Context,
    shell: Annotated[
        str | None, typer.Argument(metavar="bash|zsh|fish", help="The shell; default: the one that SHELL names.")
    ] = None,
) -> None:
    """Print a script that lets a shell complete commands, recipes, parameters, runs and tasks."""
    from recipebatch.cli.completion.command_tree import command_tree
    from recipebatch.cli.completion.scripts import SCRIPTS

    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in SCRIPTS:
        named = f"there is no completion for {name}" if name else "which shell is not known"
        raise UsageError(named, hint="for example: recipebatch completion bash")
    # So that the first completion does not wait for it.
    command_tree(lambda: context.find_root().command)
    print_document(SCRIPTS[name])
