from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from recipebatch.properties.written_scalars import (
    WrittenBoolean,
    all_plain,
    are_same,
    as_written,
    boolean_from,
    number_from,
    respelled,
    spellings,
)


@pytest.mark.parametrize("text", ["0123", "+5", "-0", "3.10", ".5", "5.", "1e3", "1E+05", "00007", "0.00001"])
def test_a_number_is_written_as_its_author_wrote_it_and_is_a_number(text: str) -> None:
    number = number_from(text)
    assert (str(number), f"{number}", f"v{number}") == (text, text, f"v{text}")
    assert number == float(text)
    assert str(number + 0) != text or text == "1e3"
    assert str(copy.deepcopy(number)) == text
    assert json.loads(json.dumps(number)) == number
    assert json.dumps(number) == json.dumps(float(text) if isinstance(number, float) else int(text))


def test_a_number_that_python_writes_so_is_a_plain_one() -> None:
    assert [type(number_from(text)) for text in ("12", "-3", "2.5", "1000.0")] == [int, int, float, float]
    assert type(int(number_from("007"))) is int


@pytest.mark.parametrize(
    "text", ["", "1_000", "x", "0x1F", "inf", "nan", "1e999", "1 2", "\u0663", "1,5", "--1", "1.2.3"]
)
def test_other_texts_are_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="it is "):
        number_from(text)


@pytest.mark.parametrize("text", ["1.5", "1e3", "5."])
def test_an_integer_is_written_with_digits_alone(text: str) -> None:
    with pytest.raises(ValueError, match="it is no number"):
        number_from(text, integer=True)


def test_how_numbers_are_written_survives_json() -> None:
    values: dict[str, Any] = {
        "l": [3.9, number_from("3.10"), {"x": number_from("007")}], "n": as_written(31, "0x1F"), "b": True, "t": "3.10"
    }  # fmt: skip
    found = list(spellings(values))
    assert found == [(["l", 1], "3.10"), (["l", 2, "x"], "007"), (["n"], "0x1F")]
    plain = json.loads(json.dumps(values))
    assert not are_same(values, plain)
    again = respelled(plain, json.loads(json.dumps(found)))
    assert are_same(values, again)
    assert (str(again["l"][1]), str(again["n"])) == ("3.10", "0x1F")


def test_a_damaged_spelling_is_passed_over() -> None:
    damaged: Any = [(["a"], "8"), (["b", 0], "1"), (["c"], "x" * 5000), (["a", "b"], "7"), (["t"], "1"), ([3], "0o9")]
    assert str(respelled({"a": 7, "c": 1, "t": True}, damaged)) == str({"a": 7, "c": 1, "t": True})


def test_a_boolean_is_equal_to_the_plain_one_and_knows_its_text() -> None:
    false = boolean_from(" FALSE ")
    assert isinstance(false, WrittenBoolean)
    assert (false.written, bool(false), repr(false)) == ("FALSE", False, "False")
    assert {false, False} == {False}
    assert false == boolean_from("False")
    assert boolean_from("true") is True
    assert json.dumps(all_plain({"a": [false, 1]})) == '{"a": [false, 1]}'
    with pytest.raises(ValueError, match="it is no boolean"):
        boolean_from("yes")
