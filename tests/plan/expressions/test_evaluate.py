"""Expressions → values."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan.expressions.sample_scope import NAMES, value_of

from recipebatch.plan.expressions.evaluate import evaluator
from recipebatch.plan.expressions.namespaces import OpaqueText
from recipebatch.plan.expressions.values import EvaluationError, text_of
from recipebatch.properties.deferred import DeferredText, SecretParameter
from recipebatch.recipe.expressions.syntax import Expression, ExpressionError, template


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("params.n", 3),
        ("params['n']", 3),
        ("params.n + 1", 4),
        ("params.n / 2", 1.5),
        ("params.n // 2", 1),
        ("params.flag", True),
        ("not params.flag", False),
        ("params.list", [3, 1, 2]),
        ("params.list[0]", 3),
        ("params.list | sort | join(',')", "1,2,3"),
        ("params.list | sum", 6),
        ("params.list | length", 3),
        ("params.text | upper", "A-B"),
        ("params.text.replace('-', '_')", "a_b"),
        ("params.text.split('-')", ["a", "b"]),
        ("item.a", 1),
        ("item['b c']", "x"),
        ("item.keys", "mine"),
        ("item.a if index > 5 else 0", 1),
        ("'%03d' % index", "007"),
        ("'%.2f' % 0.5", "0.50"),
        ("index | string | zfill(4)", "0007"),
        ("file.name", "data.tar.gz"),
        ("file.stem", "data.tar"),
        ("file.suffix", ".gz"),
        ("file.folder", "in"),
        ("file.path", "in/data.tar.gz"),
        ("file.container", "input"),
        ("file.path | basename | stem", "data.tar"),
        ("env.RECIPEBATCH_X", "1"),
        ("env.USER", "me"),
        ("env.RECIPEBATCH_Y | default('z')", "z"),
        ("env.AWS_SECRET | default('hidden')", "hidden"),
        ("env.RECIPEBATCH_Y is defined", False),
        ("storage.out.name", "demo-out"),
        ("range(3)", [0, 1, 2]),
        ("{'a': {'b': 1}}.a.b", 1),
        ("none", None),
        ("true", True),
        ("'}}'", "}}"),
        ("params.list[1:]", [1, 2]),
        ("params.n in params.list", True),
        ("(1, 2)", [1, 2]),
        ("-params.n", -3),
        ("params.n ** 2", 9),
        ("params.n ~ 'x'", "3x"),
        ("1 < params.n < 4", True),
        ("params.list | first", 3),
        ("'a<b' | upper", "A<B"),
    ],
)
def test_an_expression_keeps_the_type_of_its_value(source: str, value: object) -> None:
    assert value_of(source) == value
    assert type(value_of(source)) is type(value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("params.m", "params has no m (known: flag, list, n, text)"),
        ("item.z", "item has no z"),
        ("file.nam", "file has no nam (did you mean name?)"),
        ("env.AWS_SECRET", "env has no AWS_SECRET (env reads variables whose names begin with RECIPEBATCH_"),
        ("params.n.real", "real is not a part of a number"),
        ("params.n + 'a'", "unsupported operand"),
        ("1 / 0", "division by zero"),
        ("params", "params cannot be used as a value"),
        ("params.list[9]", "list index out of range"),
        ("params.text.upper", "the result cannot be used as a value"),
        ("'abc' | int / 'x'", "unsupported operand"),
        ("1e308 * 10", "not a number that can be used"),
        ("secrets.tok | upper", "is not known yet"),
        ("secrets.tok == 'a'", "is not known yet"),
        ("secrets.tok * 2", "is not known yet"),
        ("(secrets.tok ~ 'a') | replace('a', 'b')", "is not known yet"),
        ("(secrets.tok ~ 'a').replace('a', 'b')", "is not known yet"),
        ("(secrets.tok ~ '')[1:]", "is not known yet"),
        ("'%q' % 1", "is not a format such as"),
        ("1e400", "1e400: a number is too large"),
        ("[1e400 - 1e400]", "a number is too large"),
    ],
)
def test_an_expression_without_a_value_says_why(source: str, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        value_of(source)
    assert message in str(caught.value)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab.()[]'\"|+*% {}0~:,=<>params range\n"), max_size=40))
def test_any_text_is_a_value_or_an_error_in_words(source: str) -> None:
    try:
        pieces = template("${{ " + source + " }}")
        for piece in pieces:
            if isinstance(piece, Expression) and piece.names <= NAMES.keys():
                evaluator(piece)(NAMES)
    except (EvaluationError, ExpressionError) as error:
        assert str(error)  # noqa: PT017 - either outcome is right; a crash is not


@pytest.mark.parametrize(
    "source",
    [
        "'\\ue000' ~ 'secret:tok' ~ '\\ue001'",
        "'\ue000secret:tok\ue001'",
        "'\\U0000e000' + 'sas:out:racwdl' + '\\ue001'",
        "'x' | replace('x', '\\ue000secret:tok\\ue001')",
        "['\\ue000secret:tok\\ue001'] | join",
        "'\\xee\\x80\\x80' ~ '\\ue000'",
    ],
)
def test_no_expression_makes_a_deferred_value(source: str) -> None:
    with pytest.raises(EvaluationError, match=r"the result holds the character U\+E00[01], which is not allowed"):
        text_of(value_of(source))


@pytest.mark.parametrize(
    "source",
    [
        "'%s' % secrets.tok",
        "'%s' % (secrets.tok,)",
        "'x'.replace('x', secrets.tok)",
        "'x' | replace('x', secrets.tok)",
        "secrets.tok and 'x'",
        "'x' in secrets.tok",
        "secrets.tok in ['x']",
        "secrets.tok | string",
        "[secrets.tok] | sort | first ~ [secrets.tok, 'a'] | max",
        "secrets.tok * 2",
        "secrets.tok[0]",
        "secrets.tok.upper()",
        "{'a': 1}[secrets.tok]",
    ],
)
def test_a_deferred_value_cannot_be_looked_at(source: str) -> None:
    with pytest.raises(EvaluationError, match=r"is not known yet|no element"):
        value_of(source)


def test_deferred_values_are_joined_in_every_way_that_joins_texts() -> None:
    expected = DeferredText("a ", SecretParameter("tok"), " b")
    for source in (
        "'a ' ~ secrets.tok ~ ' b'",
        "'a ' + secrets.tok + ' b'",
        "['a', secrets.tok, 'b'] | join(' ')",
        "'a ' ~ (secrets.tok if true else '') ~ ' b'",
    ):
        found = value_of(source)
        assert isinstance(found, OpaqueText), source
        assert found.text == expected, source
