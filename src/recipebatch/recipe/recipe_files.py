"""File → Recipe."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch import bundled_files
from recipebatch.errors import InvalidRecipeError, UsageError
from recipebatch.files import ReadAccess, RefusedPathError, open_regular
from recipebatch.recipe.model import Fragment
from recipebatch.recipe.parser import no_vault, parse_recipe, read_parsed
from recipebatch.recipe.source import BUNDLED, MAX_BYTES, UnreadableFragmentError, merged, parse, read_text
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.errors import Problem, SourcePosition
    from recipebatch.recipe.expressions import Scope
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeText:
    """A recipe as it stands in an editor.

    Attributes:
        written: what the file itself says.
        document: with its base and its fragments; None if they cannot be had.
        recipe: None if it is not valid.
        problems: what makes it invalid.
        scopes: the names that each text may use, by its position.
    """

    written: Node
    document: Node | None
    fragments: tuple[Fragment, ...]
    recipe: Recipe | None
    problems: tuple[Problem, ...]
    scopes: Mapping[SourcePosition, Scope]


def read_recipe_text(
    path: Path, text: str, open_texts: Mapping[str, str], *, is_named_vault: Callable[[str], bool] = no_vault
) -> RecipeText:
    """Read and check a text that is to be the recipe at a path.

    Args:
        path: where it will be; need not exist.
        text: of the recipe.
        open_texts: real path → text of the files that are not read from the disk, as far as they may be read.
        is_named_vault: whether the user's settings name a host as a key vault.

    Raises:
        InvalidRecipeError: the text is not YAML that a recipe can be.
    """
    file = str(path)
    written = parse(read_text(text.encode("utf-8", "surrogatepass"), file), file)
    document: Node | None = None
    fragments: tuple[Fragment, ...] = ()
    scopes: dict[SourcePosition, Scope] = {}
    recipe: Recipe | None = None
    problems: tuple[Problem, ...] = ()
    try:
        document, fragments = merged(written, _fragments(path, None, open_texts))
        recipe = read_parsed(
            document,
            fragments,
            text=text,
            file=file,
            folder=_folder_of(path),
            source=_source_of(path),
            is_named_vault=is_named_vault,
            seen=scopes,
        )
    except InvalidRecipeError as error:
        problems = error.problems
    return RecipeText(
        written=written, document=document, fragments=fragments, recipe=recipe, problems=problems, scopes=scopes
    )


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


def _fragments(path: Path, shown_as: str | None, open_texts: Mapping[str, str] | None = None) -> Fetch:
    """Reads what the recipe of a path is made from."""
    folder = _folder_of(path)
    shown = Path(shown_as or path)
    shown_folder = Path() if shown.name.startswith(BUNDLED) else shown.parent

    def fetch(name: str) -> Fragment:
        return _bundled(name) if name.startswith(BUNDLED) else _below(folder, name, shown_folder, open_texts or {})

    return fetch


def _below(folder: Path, name: str, shown_folder: Path, open_texts: Mapping[str, str]) -> Fragment:
    """A fragment in the recipe's folder or below it, where links count as what they lead to."""
    try:
        real = os.path.realpath(folder / name)
        path = Path(os.path.realpath(folder / name, strict=real not in open_texts))
        if not path.is_relative_to(folder):
            raise UnreadableFragmentError(f"{name} is a link to outside the recipe's folder")
        ReadAccess.of_recipe(folder).check(str(path), shown=name)
        data = open_texts[real].encode() if real in open_texts else _bytes(path)
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
