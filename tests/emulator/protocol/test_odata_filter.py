from __future__ import annotations

from typing import Any

import pytest

from recipebatch.emulator.protocol.odata_filter import ALL, EQUALITY, ID, FilterError, parse_filter

NAMES = {"id": ID, "state": EQUALITY, "when": ALL, "info/code": ALL, "flag": EQUALITY}


def holds(text: str, **values: Any) -> bool:
    return parse_filter(text, NAMES)(values.get)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id eq 'A''B'", True),
        ("id eq 'ab'", False),
        ("info/code eq 1", False),
        ("flag eq true", True),
        ("flag ne false", True),
        ("(id eq 'x' or flag eq true) and state eq 'ACTIVE'", True),
        ("id eq 'x' or flag eq true and state eq 'done'", False),
        ("STARTSWITH(id,'a''') AND NOT state EQ 'done'", True),
    ],
)
def test_a_filter_is_read_as_written(text: str, *, expected: bool) -> None:
    assert holds(text, id="a'b", state="active", flag=True) is expected


def test_numbers_are_compared_as_numbers() -> None:
    assert parse_filter("info/code gt 9", NAMES)({"info/code": 10}.get)
    assert parse_filter("info/code lt -9", NAMES)({"info/code": -10}.get)


def test_what_is_not_there_is_only_different() -> None:
    assert not holds("when gt DateTime'2020-01-01T00:00:00Z'")
    assert holds("state ne 'x'")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id", "operator"),
        ("id eq", "value"),
        ("id is 'a'", "Unknown operator"),
        ("name eq 'a'", "cannot be used"),
        ("ID eq 'a'", "cannot be used"),
        ("state gt 'a'", "cannot be used"),
        ("startswith(state,'a')", "cannot be used"),
        ("startswith(id,3)", "text"),
        ("startswith(id 'a')", "','"),
        ("(id eq 'a'", r"'\)'"),
        ("id eq 'a' id eq 'b'", "Unexpected"),
        ("id eq 'a", "Unexpected character"),
        ("id eq word", "not a value"),
        ("when gt DateTime'soon'", "date"),
        ("'a' eq id", "name of a property"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, reason: str) -> None:
    with pytest.raises(FilterError, match=reason):
        parse_filter(text, NAMES)


def test_the_conditions_everything_must_pass_are_known() -> None:
    parsed = parse_filter("id eq 'A' and (state eq 'x' or flag eq true) and (when ge DateTime'2020-01-01')", NAMES)
    assert [(condition.name, condition.op) for condition in parsed.conditions] == [("id", "eq"), ("when", "ge")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not " * 3000 + "id eq 'a'", "nested more than 50 levels deep"),
        ("not (" * 60 + "id eq 'a'" + ")" * 60, "nested more than 50 levels deep"),
        (" or ".join(["id eq 'a'"] * 201), "more than 200 comparisons"),
        (" or ".join(["id eq 'a'"] * 3000), "more than 16384 characters"),
        ("exit eq " + "9" * 5000, "too many digits"),
        ("exit eq ²", "Unexpected character"),
        ("exit eq -٣", "Unexpected character"),
        ("id eq DateTime'0000-00-00T00:00:00Z'", "is not a date and time"),
        ("id eq DateTime'9999-12-31T23:59:59-23:59'", "is not a date and time"),
    ],
)
def test_an_absurd_filter_is_refused(text: str, reason: str) -> None:
    with pytest.raises(FilterError, match=reason):
        parse_filter(text, {"id": ALL, "exit": ALL})


def test_a_filter_may_nest_parentheses_deeply() -> None:
    assert holds("(" * 2000 + "id eq 'a'" + ")" * 2000, id="A")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expected the name of a property at the end"),
        ("id eq 'a' and", "Expected the name of a property at the end"),
        ("id 3", "Expected an operator instead of '3'"),
        ("startswith id", "Expected '(' instead of 'id'"),
        ("flag eq (true)", "Expected a value instead of '('"),
        ("id eq 'a' #", "Unexpected character at position 11"),
    ],
)
def test_an_error_names_what_is_expected_and_where(text: str, reason: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, NAMES)
    assert str(caught.value) == reason
