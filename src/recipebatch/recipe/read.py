"""File → Recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import UsageError
from recipebatch.recipe.build import parse_recipe
from recipebatch.recipe.yaml_file import MAX_BYTES, parse, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.recipe.model import Recipe
    from recipebatch.recipe.yaml_file import Node


def read_recipe(path: Path, *, shown_as: str | None = None) -> Recipe:
    """Read and check a recipe file.

    Args:
        path: the file.
        shown_as: how errors call it; default: as `path` says it.

    Raises:
        InvalidRecipeError: with every problem of the file.
        UsageError: the file cannot be read.
    """
    name = shown_as or str(path)
    return parse_recipe(_text(path, name), file=name, folder=path.resolve().parent)


def read_document(path: Path, *, shown_as: str | None = None) -> Node:
    """Read a recipe file as what is written in it, valid or not; raises as `read_recipe` what keeps it from that."""
    name = shown_as or str(path)
    return parse(_text(path, name), name)


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        hint = "a bundled recipe is named like builtin:topn" if not path.exists() else None
        raise UsageError(f"{name} cannot be read: {error.strerror}", hint=hint) from None
    return read_text(data, name)
