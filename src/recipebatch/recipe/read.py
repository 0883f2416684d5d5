"""File → Recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch import bundled_files
from recipebatch.errors import UsageError
from recipebatch.recipe.build import parse_recipe
from recipebatch.recipe.merge import BUNDLED, Fragment, UnreadableFragmentError
from recipebatch.recipe.nearest import did_you_mean
from recipebatch.recipe.yaml_file import MAX_BYTES, read_text

if TYPE_CHECKING:
    from recipebatch.recipe.model import Recipe


def read_recipe(path: Path, *, shown_as: str | None = None) -> Recipe:
    """Read and check a recipe file, with the files that it extends and includes.

    Args:
        path: the file.
        shown_as: how errors call it; default: as `path` says it.

    Raises:
        InvalidRecipeError: with every problem of the file.
        UsageError: the file cannot be read.
    """
    try:
        data = _bytes(path)
    except OSError as error:
        hint = "a bundled recipe is named like builtin:topn" if not path.exists() else None
        raise UsageError(f"{shown_as or path} cannot be read: {error.strerror}", hint=hint) from None
    file_name = shown_as or str(path)
    folder = path.resolve().parent
    shown_folder = path.parent if shown_as is None else Path()

    def fetch(name: str) -> Fragment:
        return _bundled(name) if name.startswith(BUNDLED) else _below(folder, name, shown_folder)

    return parse_recipe(read_text(data, file_name), file=file_name, folder=folder, fetch=fetch)


def _below(folder: Path, name: str, shown_folder: Path) -> Fragment:
    """A fragment in the recipe's folder or below it, where links count as what they lead to."""
    try:
        path = (folder / name).resolve(strict=True)
        if not path.is_relative_to(folder):
            raise UnreadableFragmentError(f"{name} is a link that leads out of the recipe's folder")
        data = _bytes(path)
    except OSError as error:
        hint = f"paths are relative to the file that names them, below {folder}"
        raise UnreadableFragmentError(f"{name} cannot be read: {error.strerror}", hint) from None
    return _fragment(name, str(shown_folder / name), path.parent, data)


def _bundled(name: str) -> Fragment:
    known = bundled_files.recipes()
    path = known.get(name.removeprefix(BUNDLED))
    if path is None:
        hint = did_you_mean(name.removeprefix(BUNDLED), known)
        raise UnreadableFragmentError(f"there is no bundled recipe {name.removeprefix(BUNDLED)}", hint)
    return _fragment(name, name, path.parent, _bytes(path))


def _fragment(name: str, shown: str, folder: Path, data: bytes) -> Fragment:
    return Fragment(name=name, shown=shown, folder=folder, text=read_text(data, shown))


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
