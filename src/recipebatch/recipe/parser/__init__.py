"""A checked document → Recipe."""

from recipebatch.recipe.parser.parameters import no_vault
from recipebatch.recipe.parser.recipe import parse_recipe, read_parsed

__all__ = [
    "no_vault",
    "parse_recipe",
    "read_parsed",
]
