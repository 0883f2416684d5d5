"""The syntax of `${{ … }}` in a value: where it stands, which names it uses, how a shell quotes it."""

from recipebatch.recipe.expressions.shell_quotes import QuoteState
from recipebatch.recipe.expressions.syntax import (
    FILTERS,
    METHODS,
    TESTS,
    Expression,
    ExpressionError,
    Scope,
    Template,
    check_names,
    sas_letters,
    template,
)
from recipebatch.recipe.expressions.text import expression_sources, has_expression

__all__ = [
    "FILTERS",
    "METHODS",
    "TESTS",
    "Expression",
    "ExpressionError",
    "QuoteState",
    "Scope",
    "Template",
    "check_names",
    "expression_sources",
    "has_expression",
    "sas_letters",
    "template",
]
