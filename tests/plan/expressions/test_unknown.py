"""What expressions make of a parameter without a value."""

from __future__ import annotations

import pytest

from recipebatch.errors import InvalidRecipeError, SourcePosition, UnknownValueError
from recipebatch.plan.expressions import (
    UNKNOWN,
    Namespace,
    combine,
    evaluate_data,
    holds_unknown,
    if_known,
    known,
    while_known,
)
from recipebatch.recipe import Node

SCOPE = {"params": Namespace("params", {"x": UNKNOWN, "n": 2, "words": ["a", "b"]}), "item": {"a": 1, "b": UNKNOWN}}


def value_of(expression: str) -> object:
    return evaluate_data(Node(SourcePosition("r.yaml", 1, 1), expression), SCOPE)


@pytest.mark.parametrize(
    "expression",
    [
        "params.x",
        "a ${{ params.x }}",
        "params.x + 1",
        "2 - params.x",
        "-params.x",
        "params.x == 1",
        "none != params.x",
        "params.x in [1, 2]",
        "1 in params.x",
        "params.x and false",
        "not params.x",
        "1 if params.x else 2",
        "params.x ~ 'a'",
        "'%d' % params.x",
        "params.x.upper()",
        "'a'.replace('a', params.x)",
        "params.words[params.x]",
        "params.x[0]",
        "params.x | int",
        "params.x | length",
        "[1, params.x] | sum",
        "[{'a': params.x}] | sum(attribute='a')",
        "params.x is number",
        "params.x is none",
        "range(params.x)",
        "item.b",
        "item.b.c",
        "item | length if item.b else 1",
        "params['x']",
        "params.x | raw",
    ],
)
def test_what_needs_the_value_is_unknown(expression: str) -> None:
    written = expression if "${{" in expression else f"${{{{ {expression} }}}}"
    assert value_of(written) is UNKNOWN


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("params.n", 2),
        ("item.a", 1),
        ("true or params.x", True),
        ("false and params.x", False),
        ("1 if true else params.x", 1),
    ],
)
def test_what_does_not_need_it_has_its_value(expression: str, value: object) -> None:
    assert value_of(f"${{{{ {expression} }}}}") == value


def test_a_list_keeps_what_is_known() -> None:
    found = value_of("${{ [params.n, params.x] }}")
    assert isinstance(found, list)
    assert found[0] == 2
    assert found[1] is UNKNOWN


def test_an_error_of_what_is_known_is_an_error() -> None:
    with pytest.raises(InvalidRecipeError, match=r"params\.n"):
        value_of("${{ params.n.upper() }}")


def test_nothing_looks_at_it_by_mistake() -> None:
    for look in (str, bool, len, hash, int, iter, lambda value: value < 1, lambda value: value == value, "{}".format):  # noqa: PLR0124
        with pytest.raises(UnknownValueError):
            look(UNKNOWN)
    with pytest.raises(UnknownValueError):
        known(UNKNOWN)
    assert known(1) == 1
    assert repr(UNKNOWN) == "<unknown>"


def test_it_is_found_in_lists_and_mappings() -> None:
    assert holds_unknown({"a": [(UNKNOWN,)]})
    assert not holds_unknown({"a": [1]})


def test_what_is_made_of_it_is_unknown_and_the_rest_is_made() -> None:
    assert if_known(lambda: str(UNKNOWN)) is UNKNOWN
    assert list(while_known(str(value) for value in (1, UNKNOWN, 2))) == ["1"]
    made = combine([lambda scope: scope["a"], lambda scope: str(scope["b"])], sum)
    assert made({"a": 1, "b": UNKNOWN}) is UNKNOWN


def test_the_other_parts_of_a_whole_are_looked_at_too() -> None:
    def wrong(_scope: object) -> int:
        raise InvalidRecipeError(()) from None

    def unknown(_scope: object) -> int:
        raise UnknownValueError

    with pytest.raises((InvalidRecipeError, IndexError)):
        combine([unknown, wrong], sum)({})
