"""A recipe file → Recipe, and its local files. The doors: `read_recipe`, `parse_recipe`, `read_local_inputs`."""

from __future__ import annotations

from recipebatch.recipe.build import parse_recipe
from recipebatch.recipe.local_inputs import LocalFile, LocalInputs, WantedInputs, read_local_inputs
from recipebatch.recipe.merge import Fragment, recorded_fragments
from recipebatch.recipe.model import Parameter, Recipe, SecretSource
from recipebatch.recipe.read import read_document, read_recipe

__all__ = [
    "Fragment",
    "LocalFile",
    "LocalInputs",
    "Parameter",
    "Recipe",
    "SecretSource",
    "WantedInputs",
    "parse_recipe",
    "read_document",
    "read_local_inputs",
    "read_recipe",
    "recorded_fragments",
]
