from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.emulator.scheduler.autoscale import FormulaSyntaxError, FormulaTooLongError, parse

WORDS = st.sampled_from(
    [
        *("$TargetDedicatedNodes", "$PendingTasks", "x", "max", "GetSample", "1", ".5", "2e3", '"a"', "é", "@", "$"),
        *("(", ")", "[", "]", ",", ";", ".", "=", "?", ":", "+", "-", "*", "/", "!", "&&", "||"),
        *("==", "!=", "<", "<=", ">", ">=", "//", "/*", "*/", "\n", "\t"),
    ]
)


def refused(text: str) -> str:
    with pytest.raises(FormulaSyntaxError) as caught:
        parse(text)
    assert caught.value.code == "AutoScalingFormulaSyntaxError"
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$TargetDedicatedNodes=@", "Line 1, Col 23: Unexpected character: @"),
        ("x = 1;\ny = (2;", "Line 2, Col 7: Unexpected token: ;"),
        ("x = 1\ny = 2", "Line 2, Col 1: Unexpected token: y"),
        ("x =", "Line 1, Col 3: Unexpected end of formula"),
        ("= 3", "Line 1, Col 1: Unexpected token: ="),
        ("x = 'text'", "Line 1, Col 5: Unexpected character: '"),
        ('x = "open', 'Line 1, Col 5: Unexpected character: "'),
        ("", "Line 1, Col 1: The formula has no statement"),
        ("// nothing but a comment", "Line 1, Col 1: The formula has no statement"),
    ],
)
def test_a_syntax_error_says_line_and_column(text: str, message: str) -> None:
    assert refused(text) == message


def test_comments_line_breaks_and_empty_statements_are_allowed() -> None:
    formula = parse("// first\r\nx = 1; ;\n/* over\n lines */ y = // rest\n 2;\n")
    assert [(statement.target, statement.at.line) for statement in formula.statements] == [("x", 2), ("y", 4)]


def test_a_formula_has_at_most_8192_characters() -> None:
    parse("x=1;".ljust(8192))
    with pytest.raises(FormulaTooLongError) as caught:
        parse("x=1;".ljust(8193))
    assert caught.value.code == "AutoScalingFormulaTooLong"


def test_a_formula_has_at_most_a_hundred_statements() -> None:
    parse("x=1;" * 100)
    assert refused("x=1;" * 101).startswith("Line 1, Col 401: The formula has 101 statements")


@pytest.mark.parametrize(
    "text",
    [
        "x=" + "(" * 4000 + "1" + ")" * 4000,
        "x=" + "+".join(["1"] * 4000),
        "x=" + "0?1:" * 2000 + "2",
        "x=" + "1?" * 2000 + "0" + ":2" * 2000,
        "max(" + ",".join(["1"] * 4000) + ")",
    ],
)
def test_long_formulas_are_read_however_they_are_nested(text: str) -> None:
    assert len(parse(text).statements) == 1


@pytest.mark.parametrize("text", ["-" * 8000 + "1", "max(" * 1600 + "1" + ")" * 1600, "x" + ".y" * 4000])
def test_expressions_within_one_another_have_a_limit(text: str) -> None:
    assert "nested more than 60 deep" in refused(text)


@given(st.text(max_size=200) | st.lists(WORDS, max_size=60).map(" ".join) | st.lists(WORDS, max_size=60).map("".join))
def test_any_text_is_a_formula_or_a_syntax_error(text: str) -> None:
    try:
        said = f"Line {parse(text).statements[0].at.line}"
    except FormulaSyntaxError as error:
        said = str(error)
    assert said.startswith("Line ")
