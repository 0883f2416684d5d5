"""What expressions cannot reach and cannot exhaust."""

import pytest
from plan.expressions.sample_scope import value_of

from recipebatch.plan.expressions.values import EvaluationError
from recipebatch.recipe.expressions.syntax import ExpressionError


@pytest.mark.parametrize(
    "source",
    [
        "'a' * 10**9",
        "10**(10**10)",
        "9**(9**(9**9))",
        "range(10**9)",
        "range(10**30)",
        "[0] * 10**9",
        "'%1000000000d' % 1",
        "'%*d' % (10**9, 1)",
        "'a'.zfill(10**9)",
        "'a' | zfill(10**9)",
        "('a' * 10**6).replace('a', 'b' * 10**6)",
        "range(10**6) | join('a' * 10**6)",
        "'a'.replace('', 'b' * 10**6).replace('', 'b' * 10**6)",
        "2 ** 100000",
        "(2 ** 4000) * (2 ** 4000)",
        "2.0 ** 100000",
    ],
)
def test_no_expression_can_exhaust_the_machine(source: str) -> None:
    with pytest.raises(EvaluationError):
        value_of(source)


@pytest.mark.parametrize(
    "source",
    [
        "''.__class__",
        "params.__init__",
        "''['__class__']",
        "self",
        "cycler()",
        "lipsum()",
        "namespace()",
        "''.format(1)",
        "'a' | attr('x')",
        "[1] | map('upper')",
        "range.__self__",
        "params.values",
        "file.path.encode()",
        "(item.keys)()",
        "params.n()",
        "''|filesizeformat",
        "super()",
        "item.update({})",
        "params.list.append(1)",
    ],
)
def test_nothing_of_python_is_within_reach(source: str) -> None:
    with pytest.raises((EvaluationError, ExpressionError, KeyError)):
        value_of(source)


@pytest.mark.parametrize(
    "source", ["(" * 500 + "1" + ")" * 500, "+".join(["1"] * 900), "[" * 60 + "]" * 60, "1" + " " * 3000 + "+ 1"]
)
def test_an_expression_of_any_shape_is_judged(source: str) -> None:
    try:
        value_of(source)
    except (EvaluationError, ExpressionError) as error:
        assert str(error)  # noqa: PT017 - either outcome is right; a crash is not
