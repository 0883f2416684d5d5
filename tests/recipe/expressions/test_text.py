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


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("${{a}}", (ExpressionSource("a"),)),
        ("${{ a }}${{ b }}", (ExpressionSource("a"), ExpressionSource("b"))),
        ("${{}}", (ExpressionSource(""),)),
        ("$${{ a }} ${{ b }}", ("${{ a }} ", ExpressionSource("b"))),
        ("$$${{ a }}", ("$${{ a }}",)),
        ("{{ a }} $x {", ("{{ a }} $x {",)),
        ("${{ '}}' }}.", (ExpressionSource("'}}'"), ".")),
        ('${{ "a\\"}}" }}.', (ExpressionSource('"a\\"}}"'), ".")),
        ("${{ {'a': {'b': 1}} }}.", (ExpressionSource("{'a': {'b': 1}}"), ".")),
        ("${{ {'a': {}}}}.", (ExpressionSource("{'a': {}}"), ".")),
        ("${{ a\n+ b }}", (ExpressionSource("a\n+ b"),)),
    ],
)
def test_an_expression_ends_at_braces_that_are_neither_quoted_nor_those_of_a_mapping(
    text: str, pieces: tuple[object, ...]
) -> None:
    assert split(text) == pieces


@pytest.mark.parametrize("text", ["${{", "${{ a }", "${{ 'a }}", "${{ {'a': 1 }}", "$${{ a }} ${{ b"])
def test_an_expression_that_its_quotes_or_braces_keep_open_is_refused(text: str) -> None:
    with pytest.raises(UnclosedExpressionError):
        split(text)
