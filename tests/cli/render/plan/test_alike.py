"""One text for the values of many tasks."""

from __future__ import annotations

import pytest
from plans import a_task

from recipebatch.cli.render.plan.alike import common_form, number_range, span_of

FILES = [a_task(f"t-{n}", item=f"in/f{n}.tar.gz") for n in range(3)]


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["out/a", "out/a", "out/a"], "out/a"),
        ([f"out/f{n}.tar.gz.txt" for n in range(3)], "out/{name}.txt"),
        ([f"out/f{n}.tar.out" for n in range(3)], "out/{stem}.out"),
        ([f"out/in/f{n}.tar.gz" for n in range(3)], "out/in/{name}"),
        ([f"out/t-{n}.csv" for n in range(3)], "out/{task id}.csv"),
        (["a", "b", "c"], "a … c"),
        # The last one differs in more than its item.
        (["out/f0.tar.out", "out/f1.tar.out", "other/f2.tar.out"], "out/f0.tar.out … other/f2.tar.out"),
    ],
)
def test_what_differs_with_the_item_is_in_braces(values: list[str], form: str) -> None:
    assert common_form(values, FILES) == form


def test_a_path_with_folders_and_a_plain_item() -> None:
    folders = [a_task("a", item="x/1.txt"), a_task("b", item="y/2.txt")]
    assert common_form(["o/x/1.txt", "o/y/2.txt"], folders) == "o/{path}"
    assert common_form(["o/x/1.csv", "o/y/2.csv"], folders) == "o/{path without its extension}.csv"
    items = [a_task("a", item="10"), a_task("b", item="20")]
    assert common_form(["n-10", "n-20"], items) == "n-{item}"


def test_ranges() -> None:
    assert (span_of("a", "a"), span_of("a", "b")) == ("a", "a … b")
    assert (number_range([2, 2]), number_range([1, 4000])) == ("2", "1-4,000")
