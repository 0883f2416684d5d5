"""`depends_on:` and `reduce:`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from recipe.broken_recipes import POOL, STORAGE, TOP, cases, problems_of_tasks

from recipebatch.recipe import parse_recipe

if TYPE_CHECKING:
    from recipebatch.recipe.model import TaskSpec


@pytest.mark.parametrize(("tasks", "expected"), cases("dependencies"))
def test_wrong_dependencies_are_named(tasks: str, expected: str) -> None:
    assert problems_of_tasks(tasks) == [expected]


def last_of(tasks: str) -> TaskSpec:
    """The last template of a recipe."""
    return parse_recipe(f"{TOP}{STORAGE}{POOL}tasks: {tasks}\n", file="r.yaml", folder=Path()).tasks[-1]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("a", [("a", False)]),
        ("[a, b]", [("a", False), ("b", False)]),
        ("{template: a}", [("a", False)]),
        ("{template: a, item: all}", [("a", False)]),
        ("{template: a, item: same}", [("a", True)]),
        ("{same_item: a}", [("a", True)]),
    ],
)
def test_a_template_is_depended_on_by_name_as_a_whole_or_by_item(written: str, found: list[tuple[str, bool]]) -> None:
    loop = "for_each: {items: [1]}, command_line: a"
    spec = last_of(f"[{{name: a, {loop}}}, {{name: b, {loop}}}, {{name: c, {loop}, depends_on: {written}}}]")
    assert [(entry.template, entry.same_item) for entry in spec.depends_on] == found


def test_tasks_are_depended_on_by_id_or_by_ranges_of_ids() -> None:
    spec = last_of(
        "[{name: a, command_line: a, depends_on: [{task_ids: x}, {task_ids: [y, z]}, "
        "{task_id_ranges: [{start: 1, end: 5}]}]}]"
    )
    assert [[text.literal() for text in entry.task_ids] for entry in spec.depends_on] == [["x"], ["y", "z"], []]
    assert [(first.literal(), last.literal()) for first, last in spec.depends_on[2].ranges] == [(1, 5)]
    assert {entry.template for entry in spec.depends_on} == {None}


def test_a_reduction_merges_16_results_per_task_and_blocks_on_failure_unless_it_says_otherwise() -> None:
    over = "{name: a, command_line: a, output_files: [{file_pattern: x, container: input}]}"
    out = "output_files: [{file_pattern: y, container: output}]"
    plain = last_of(f"[{over}, {{name: b, command_line: b, {out}, reduce: {{over: a}}}}]").reduce
    assert plain is not None
    assert (plain.over, plain.fan_in.literal(), plain.on_failed) == ("a", 16, "block")
    assert (plain.output, plain.parts_container) == (None, "parts")
    full = "{over: a, output: x, fan_in: 1000, on_failed: satisfy, parts_container: input}"
    written = last_of(f"[{over}, {{name: b, command_line: b, {out}, reduce: {full}}}]").reduce
    assert written is not None
    assert (written.output, written.fan_in.literal(), written.on_failed) == ("x", 1000, "satisfy")
    assert written.parts_container == "input"


def test_a_cycle_of_three_templates_is_reported_once_at_the_first_of_them() -> None:
    tasks = [f"{{name: {name}, depends_on: {before}, command_line: x}}" for name, before in ("ab", "bc", "ca", "da")]
    (problem,) = problems_of_tasks(f"[{', '.join(tasks)}]")
    assert problem == (
        "6:31 [dependency-cycle] the task template a depends on itself: a → b → c → a | "
        "remove one of these dependencies"
    )


def test_a_diamond_of_templates_is_no_cycle() -> None:
    spec = last_of(
        "[{name: a, command_line: x}, {name: b, depends_on: a, command_line: x}, "
        "{name: c, depends_on: a, command_line: x}, {name: d, depends_on: [b, c], command_line: x}]"
    )
    assert [entry.template for entry in spec.depends_on] == ["b", "c"]
