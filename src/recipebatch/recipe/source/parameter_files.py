"""Files of parameters: YAML or JSON, one mapping of names to values."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, UsageError
from recipebatch.files import read_regular
from recipebatch.recipe.source import document as yaml_document

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.nodes import Entry


def read_parameters(path: Path) -> dict[str, object]:
    """The values of a file, typed as it writes them; what they may be, a recipe says. Keys with `x-` are free.

    Raises:
        UsageError: the file cannot be read.
        InvalidRecipeError: it is no mapping, or not well formed; with positions.
    """
    return {name: entry.value.plain() for name, entry in _entries(path).items()}


def parameter_positions(path: Path) -> dict[str, SourcePosition]:
    """Where each value of a file is written; raises as `read_parameters`."""
    return {name: entry.value.at for name, entry in _entries(path).items()}


def _entries(path: Path) -> dict[str, Entry]:
    try:
        text = read_regular(os.path.realpath(path), yaml_document.MAX_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"the parameters {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the parameters {path} are not UTF-8", hint="save the file as UTF-8") from None
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return {}
    try:
        document = yaml_document.parse(text, str(path), quotable=False)
    except InvalidRecipeError as error:
        # The reader of recipes speaks of recipes.
        said = (
            replace(each, message=each.message.replace("a recipe", "a file of parameters")) for each in error.problems
        )
        raise InvalidRecipeError(tuple(said)) from None
    return document.entries()
