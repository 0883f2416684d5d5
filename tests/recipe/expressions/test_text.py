"""Texts → literals and expressions."""

import pytest

from recipebatch.recipe.expressions.text import ExpressionSource, UnclosedExpressionError, has_expression, split


def test_a_text_is_split_at_its_expressions() -> None:
    first, expression, last = split("a ${{ b }} c")
    assert (first, last) == ("a ", " c")
    assert isinstance(expression, ExpressionSource)
    assert expression.source == "b"


def test_two_dollars_are_a_literal() -> None:
    assert not has_expression("$${{ a }}")
    assert has_expression("x ${{ a }}")
    assert "".join(map(str, split("$${{ a }}"))) == "${{ a }}"


def test_an_expression_without_an_end_is_refused() -> None:
    with pytest.raises(UnclosedExpressionError, match=r"starts with \$\{\{ but has no closing \}\}"):
        list(split("a ${{ b"))
