"""A recipe file → Recipe, and its parts. The doors: `read_recipe`, `parse_recipe`."""

from recipebatch.recipe.editor_schema import schema_for_editors
from recipebatch.recipe.expressions.cmd_commands import VARIABLE as CMD_VARIABLE
from recipebatch.recipe.expressions.cmd_commands import CmdCommand, read_cmd
from recipebatch.recipe.expressions.no_shell import without_effect
from recipebatch.recipe.expressions.shell_commands import SimpleCommand, Word, simple_commands
from recipebatch.recipe.expressions.shell_quotes import QuoteState
from recipebatch.recipe.expressions.syntax import (
    FILTERS,
    METHODS,
    PERMISSIONS,
    TESTS,
    Expression,
    ExpressionError,
    Scope,
    sas_letters,
    template,
)
from recipebatch.recipe.expressions.text import has_expression
from recipebatch.recipe.model.fragment import Fragment
from recipebatch.recipe.model.parameters import Parameter, SecretSource
from recipebatch.recipe.model.recipe import Recipe
from recipebatch.recipe.nodes import Node, walk
from recipebatch.recipe.parser.pool.pool import image_problem
from recipebatch.recipe.parser.recipe import parse_recipe
from recipebatch.recipe.recipe_files import RecipeText, read_document, read_recipe, read_recipe_text
from recipebatch.recipe.reference_page import schema_page, value_in_yaml, words_for_values
from recipebatch.recipe.source.composition import recorded_fragments
from recipebatch.recipe.source.document import parse as read_yaml
from recipebatch.recipe.source.parameter_files import parameter_positions, read_parameters
from recipebatch.recipe.source.schema_errors import check

__all__ = [
    "CMD_VARIABLE",
    "FILTERS",
    "METHODS",
    "PERMISSIONS",
    "TESTS",
    "CmdCommand",
    "Expression",
    "ExpressionError",
    "Fragment",
    "Node",
    "Parameter",
    "QuoteState",
    "Recipe",
    "RecipeText",
    "Scope",
    "SecretSource",
    "SimpleCommand",
    "Word",
    "check",
    "has_expression",
    "image_problem",
    "parameter_positions",
    "parse_recipe",
    "read_cmd",
    "read_document",
    "read_parameters",
    "read_recipe",
    "read_recipe_text",
    "read_yaml",
    "recorded_fragments",
    "sas_letters",
    "schema_for_editors",
    "schema_page",
    "simple_commands",
    "template",
    "value_in_yaml",
    "walk",
    "without_effect",
    "words_for_values",
]
