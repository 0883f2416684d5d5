from __future__ import annotations

from recipebatch.text.name_lists import counted_names, first_names


def test_the_first_names_are_listed_and_it_is_said_that_there_are_more() -> None:
    assert [first_names(["a", "b", "c"][:count], 2) for count in range(4)] == ["", "a", "a, b", "a, b, …"]


def test_names_that_are_left_out_are_counted() -> None:
    assert counted_names(["a", "b"], 2) == "a, b"
    assert counted_names(list("abcd"), 2) == "a, b and 2 more"
