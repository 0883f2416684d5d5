"""File → Recipe."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch import bundled_files
from recipebatch.errors import UsageError
from recipebatch.files import ReadAccess, RefusedPathError, open_regular
from recipebatch.recipe.model import Fragment
from recipebatch.recipe.parser import no_vault, parse_recipe
from recipebatch.recipe.source import BUNDLED, MAX_BYTES, UnreadableFragmentError, merged, parse, read_text
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.recipe.model import Recipe
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.source import Fetch


def read_recipe(path: Path, *, shown_as: str | None = None, is_named_vault: Callable[[str], bool] = no_vault) -> Recipe:
    """Read and check a recipe file, with the files that it extends and includes.

    Args:
        path: the file.
        shown_as: how errors call it; default: as `path` says it.
        is_named_vault: whether the user's settings name a host as a key vault.

    Raises:
        InvalidRecipeError: with every problem of the file.
        UsageError: the file cannot be read.
    """
    name = shown_as or str(path)
    fetch = _fragments(path, shown_as)
    return parse_recipe(
        _text(path, name),
        file=name,
        folder=_folder_of(path),
        source=_source_of(path),
        fetch=fetch,
        is_named_vault=is_named_vault,
    )


def read_document(path: Path, *, shown_as: str | None = None) -> Node:
    """Read a recipe with all it is made from as what is written there, valid or not.

    Raises:
        InvalidRecipeError, UsageError: as `read_recipe`, of what keeps it from that.
    """
    name = shown_as or str(path)
    return merged(parse(_text(path, name), name), _fragments(path, shown_as))[0]


def _text(path: Path, name: str) -> str:
    try:
        data = _bytes(path)
    except OSError as error:
        hint = "a bundled recipe is named like builtin:topn" if not os.path.lexists(path) else None
        raise UsageError(f"{name} cannot be read: {error.strerror}", hint=hint) from None
    return read_text(data, name)


def _folder_of(path: Path) -> Path:
    """The folder of a file with all links followed; a circular one stays, and reading the file says so."""
    return Path(os.path.realpath(path)).parent


def _source_of(path: Path) -> str:
    """Where a recipe comes from, however its path is written: the file without links, or its name as a bundled one."""
    real = os.path.realpath(path)
    names = (name for name, bundled in bundled_files.recipes().items() if os.path.realpath(bundled) == real)
    return next((BUNDLED + name for name in names), real)


def _fragments(path: Path, shown_as: str | None) -> Fetch:
    """Reads what the recipe of a path is made from."""
    folder = _folder_of(path)
    shown = Path(shown_as or path)
    shown_folder = Path() if shown.name.startswith(BUNDLED) else shown.parent

    def fetch(name: str) -> Fragment:
        return _bundled(name) if name.startswith(BUNDLED) else _below(folder, name, shown_folder)

    return fetch


def _below(folder: Path, name: str, shown_folder: Path) -> Fragment:
    """A fragment in the recipe's folder or below it, where links count as what they lead to."""
    try:
        path = Path(os.path.realpath(folder / name, strict=True))
        if not path.is_relative_to(folder):
            raise UnreadableFragmentError(f"{name} is a link to outside the recipe's folder")
        ReadAccess.of_recipe(folder).check(str(path), shown=name)
        data = _bytes(path)
    except RefusedPathError as error:
        raise UnreadableFragmentError(str(error), error.hint) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnreadableFragmentError(f"{name} is a circular link") from None
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
    return Fragment(name=name, display_name=shown, folder=folder, text=read_text(data, shown))


def _bytes(path: Path) -> bytes:
    with open_regular(os.path.realpath(path)) as file:
        return file.read(MAX_BYTES + 1)
