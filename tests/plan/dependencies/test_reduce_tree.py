"""The tree of a merge."""

from __future__ import annotations

from typing import Any

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.plan.dependencies.reduce_tree import tree

PlanOf = Any


STORAGE = "storage: {input: {}, output: {}, parts: {}}\n"


def refusal(plan_of: PlanOf, sections: str, **arguments: Any) -> str:
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(sections, **arguments)
    (problem,) = caught.value.problems
    return f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message} | {problem.hint}"


@pytest.mark.parametrize(("parts", "fan_in", "sizes"), [(1, 2, [1]), (4, 4, [1]), (5, 4, [2, 1]), (10, 3, [4, 2, 1])])
def test_a_tree_has_levels_until_one_task_is_left(parts: int, fan_in: int, sizes: list[int]) -> None:
    merges = tree(parts, fan_in)
    assert [sum(merge.level == level for merge in merges) for level in range(1, len(sizes) + 1)] == sizes
    for level, count in enumerate([parts, *sizes[:-1]]):
        covered = [number for merge in merges if merge.parts[0] == level for number in range(*merge.parts[1:])]
        assert covered == list(range(count))


def test_a_template_without_one_result_cannot_be_merged(plan_of: PlanOf) -> None:
    sections = (
        f"{STORAGE}tasks:\n  - {{name: a, command_line: a}}\n"
        "  - {name: b, reduce: {over: a}, command_line: b, output_files: [{file_pattern: x, container: output}]}\n"
    )
    assert refusal(plan_of, sections).startswith(
        "7:23 [reduce-output] the task template a has no output file without a wildcard that could be merged | add"
    )
