"""A recipe file → Recipe, and its local files. The doors: `read_recipe`, `parse_recipe`, `read_local_inputs`."""

from __future__ import annotations

from recipebatch.inputs.local_files import LocalFile, LocalInputs, WantedInputs, read_local_inputs
from recipebatch.recipe.model import Fragment, Parameter, Recipe, SecretSource
from recipebatch.recipe.parser.recipe import parse_recipe
from recipebatch.recipe.recipe_files import read_document, read_recipe
from recipebatch.recipe.source.composition import recorded_fragments

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
