"""A checked document → Recipe."""

from recipebatch.recipe.parser.recipe import parse_recipe

__all__ = [
    "parse_recipe",
]
