from __future__ import annotations

from recipebatch.text.nearest import did_you_mean, nearest


def test_the_name_that_was_likely_meant_is_found() -> None:
    assert nearest("comand-line", ["command_line", "name"]) == "command_line"
    assert nearest("x", ["command_line", "name"]) is None
    assert did_you_mean("nam", ["name", "command_line"]) == "did you mean name?"
    assert did_you_mean("x", ["name", "command_line"]) == "known: command_line, name"
    assert did_you_mean("x", [f"long{number}" for number in range(20)]) is None


def test_a_long_name_and_many_names_are_not_compared() -> None:
    long = "ab" * 100_000
    assert nearest(long, [long[1:]]) is None
    assert nearest("name", [long]) is None
    assert did_you_mean("x", [long]) is None
    many = [f"name-{number}" for number in range(100_000)]
    assert nearest("NAME_7", many) == "name-7"
    assert nearest("nme-7", many) is None
