from __future__ import annotations

from difflib import unified_diff

from hypothesis import given
from hypothesis import strategies as st

from recipebatch.text.differences import MAX_LINES, differences

LINES = st.lists(st.sampled_from("abcd"), max_size=30)


@given(LINES, LINES)
def test_few_lines_are_compared_as_diff_does(old: list[str], new: list[str]) -> None:
    shown = differences(old, new, "old", "new")
    assert bool(shown) == (old != new)
    assert [line[1:] for line in shown[2:] if line[0] == "-"] != [] or len(new) >= len(old)


def test_the_numbers_of_lines_are_those_of_the_whole() -> None:
    old = [str(number) for number in range(100_000)]
    new = [*old[:70_000], "x", *old[70_001:]]
    assert differences(old, new, "old", "new") == list(unified_diff(old, new, "old", "new", lineterm=""))
    ended = [f"{line}\n" for line in old]
    other = [f"{line}\n" for line in new]
    assert differences(ended, other, "o", "n", end="\n") == list(unified_diff(ended, other, "o", "n"))


def test_many_lines_are_shown_as_replaced_without_a_search() -> None:
    old = ["same", *(f"a{number % 7}" for number in range(50_000)), "end"]
    new = ["same", *(f"b{number % 7}" for number in range(50_000)), "end"]
    shown = differences(old, new, "old", "new")
    assert shown[:4] == ["--- old", "+++ new", "@@ -2,50000 +2,50000 @@", "-a0"]
    assert len(shown) == 3 + 100_000
    assert differences(old, list(old), "old", "new") == []
    assert differences(old, old[:-1], "old", "new")[-1] == "-end"
    assert len(differences(["x"] * MAX_LINES * 3, [], "old", "new")) == 3 + MAX_LINES * 3
