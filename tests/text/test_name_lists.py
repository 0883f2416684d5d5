from __future__ import annotations

from recipebatch.text.name_lists import first_names


def test_the_first_names_are_listed_and_it_is_said_that_there_are_more() -> None:
    assert [first_names(["a", "b", "c"][:count], 2) for count in range(4)] == ["", "a", "a, b", "a, b, …"]
