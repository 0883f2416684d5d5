"""The tree of a merge."""

from __future__ import annotations

from typing import Any

import pytest
from plan.planned_tasks import STORAGE, refusal

from recipebatch.plan.dependencies.reduce_tree import Merge, default_ids, tree

PlanOf = Any


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


def test_a_tree_of_no_parts_is_one_task_that_merges_nothing() -> None:
    assert tree(0, 2) == [Merge(1, 0, (0, 0, 0))]


def test_the_last_task_of_a_level_merges_what_is_left() -> None:
    assert tree(5, 4) == [Merge(1, 0, (0, 0, 4)), Merge(1, 1, (0, 4, 5)), Merge(2, 0, (1, 0, 2))]


def test_the_last_task_has_the_name_of_its_template_and_the_others_their_level_and_number() -> None:
    assert default_ids("sum", tree(3, 2)) == ["sum-1-0", "sum-1-1", "sum"]
    ids = default_ids("sum", tree(22, 2))
    assert (ids[0], ids[10], ids[11], ids[-1]) == ("sum-1-00", "sum-1-10", "sum-2-0", "sum")


OPEN = f"{STORAGE}tasks:\n  - {{name: a, command_line: a, output_files: [OUT]}}\n"
REDUCING = (
    "  - {name: b, reduce: {over: a}, command_line: '${{ inputs }}', "
    "output_files: [{file_pattern: x, container: output}]}\n"
)


def test_a_template_with_two_results_must_name_the_one_that_is_merged(plan_of: PlanOf) -> None:
    two = "{file_pattern: x, container: parts}, {file_pattern: y, container: parts}"
    sections = OPEN.replace("OUT", two) + REDUCING
    assert refusal(plan_of, sections) == (
        "7:23 [reduce-output] the task template a has more than one output file without a wildcard "
        "that could be merged | name one by its file_pattern: `output: …`"
    )
    plan = plan_of(sections.replace("over: a", "over: a, output: y"))
    assert plan.jobs[0].tasks[1].command_line == "inputs/y"
    missing = refusal(plan_of, sections.replace("over: a", "over: a, output: z"))
    assert "a has no output file with file_pattern z that could be merged" in missing


@pytest.mark.parametrize(
    "other",
    [
        "{file_pattern: 'x?', container: parts}",
        "{file_pattern: '../std.txt', container: parts}",
        "{file_pattern: log, container: parts, upload_condition: task_failure}",
    ],
)
def test_wildcards_logs_and_what_a_failed_task_uploads_are_no_results(plan_of: PlanOf, other: str) -> None:
    sections = OPEN.replace("OUT", f"{other}, {{file_pattern: r, container: parts}}") + REDUCING
    assert plan_of(sections).jobs[0].tasks[1].command_line == "inputs/r"
