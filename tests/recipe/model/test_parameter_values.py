"""Which values a parameter takes."""

from __future__ import annotations

from typing import Any

import pytest

from recipebatch.errors import SourcePosition
from recipebatch.recipe.model import Parameter, parameter_values

AT = SourcePosition("r.yaml", 1, 1)


def parameter(kind: str, **rules: Any) -> Parameter:
    return Parameter(name="p", at=AT, type=kind, **rules)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", "5", "5"),
        ("integer", "-5", -5),
        ("number", "1.5", 1.5),
        ("boolean", "yes", True),
        ("boolean", "0", False),
        ("list", "a, b", ["a", "b"]),
        ("list", "[1, 2]", [1, 2]),
        ("list", "", []),
    ],
)
def test_a_text_of_a_command_line_becomes_a_typed_value(kind: str, text: str, value: object) -> None:
    assert parameter_values.from_text(parameter(kind), text) == value


@pytest.mark.parametrize(("kind", "text"), [("integer", "x"), ("number", "one"), ("boolean", "maybe"), ("list", "[1,")])
def test_a_text_that_does_not_fit_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        parameter_values.from_text(parameter(kind), text)


@pytest.mark.parametrize(
    ("kind", "rules", "value", "message"),
    [
        ("integer", {"minimum": 2}, 1, "must be at least 2, not 1"),
        ("integer", {"maximum": 2}, 3, "must be at most 2, not 3"),
        ("string", {"enum": ("a", "b")}, "c", 'must be one of a, b, not "c"'),
        ("string", {"pattern": "a+"}, "b", 'must match a+, not "b"'),
        ("integer", {}, True, "must be an integer, not true"),
        ("list", {}, "a", 'must be a list, not "a"'),
        ("list", {"items": "integer"}, ["a"], 'must be a list of values of which each is an integer, not "a"'),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused(kind: str, rules: dict[str, Any], value: object, message: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        parameter_values.check(parameter(kind, **rules), value)
    assert str(caught.value) == message


def test_true_is_not_the_number_one_of_a_list_of_choices() -> None:
    with pytest.raises(ValueError, match="must be"):
        parameter_values.check(parameter("list", enum=(1,)), [True])
