"""The tasks of a merge."""

from __future__ import annotations

from typing import Any

import pytest
from plan.planned_tasks import STORAGE, tasks_of, waits

from recipebatch.errors import InvalidRecipeError
from recipebatch.properties.files import ResourceFile
from recipebatch.properties.task import ExitConditions, ExitOptions

PlanOf = Any


REDUCE = """
tasks:
  - name: part
    for_each: {items: [a, b, c]}
    command_line: a
    output_files: [{file_pattern: p, container: parts, path: '${{ item }}'}, {file_pattern: '*.g', container: parts}]
  - name: sum
    reduce: {over: part, fan_in: 2SETTINGS}
    command_line: "sum ${{ inputs }}"
    output_files: [{file_pattern: s.txt, container: output, path: total}]
"""


def test_a_merge_gets_the_results_of_its_parts_as_files_and_arguments(plan_of: PlanOf) -> None:
    tasks = tasks_of(plan_of(STORAGE + REDUCE.replace("SETTINGS", ", parts_container: parts")))
    assert list(tasks)[3:] == ["sum-1-0", "sum-1-1", "sum"]
    first, last = tasks["sum-1-0"], tasks["sum"]
    assert first.command_line == "sum inputs/a inputs/b"
    assert first.resource_files == tuple(
        ResourceFile(container="parts", blob=name, file_path=f"inputs/{name}") for name in "ab"
    )
    assert first.depends_on == waits("part-0", "part-1")
    assert [(file.container, file.path) for file in first.output_files] == [("parts", "total.parts/sum-1-0")]
    assert last.command_line == "sum inputs/total.parts/sum-1-0 inputs/total.parts/sum-1-1"
    assert [(file.container, file.path) for file in last.output_files] == [("output", "total")]
    assert tasks["part-0"].exit_conditions is None


def test_a_merge_that_goes_on_without_failed_parts_minds_no_missing_blob(plan_of: PlanOf) -> None:
    tasks = tasks_of(plan_of(STORAGE + REDUCE.replace("SETTINGS", ", on_failed: satisfy")))
    go_on = ExitConditions(default=ExitOptions(dependency_action="satisfy"))
    assert tasks["part-0"].exit_conditions == tasks["sum-1-0"].exit_conditions == go_on
    assert tasks["sum-1-1"].resource_files == (ResourceFile(container="parts", blob_prefix="c", file_path="inputs"),)


def test_the_parts_of_a_merge_are_in_a_container_of_their_own_unless_it_names_one(plan_of: PlanOf) -> None:
    storage = "storage: {input: {}, output: {}}"
    plan = plan_of(storage + REDUCE.replace("container: parts", "container: output").replace("SETTINGS", ""))
    assert [(container.logical, str(container.name), container.existing) for container in plan.containers][2:] == [
        ("parts", "demo-20260101-120000-ab12-parts", False)
    ]
    tasks = tasks_of(plan)
    assert [(file.container, file.path) for file in tasks["sum-1-0"].output_files] == [("parts", "total.parts/sum-1-0")]
    assert tasks["sum"].resource_files[0].container == "parts"
    assert [(file.container, file.path) for file in tasks["sum"].output_files] == [("output", "total")]
    # A name that the recipe uses is not taken for it.
    plan = plan_of(STORAGE + REDUCE.replace("SETTINGS", ""))
    assert [container.logical for container in plan.containers][-1:] == ["parts-2"]
    assert tasks_of(plan)["sum-1-0"].output_files[0].container == "parts-2"
    named = plan_of(STORAGE + REDUCE.replace("SETTINGS", ", parts_container: parts"))
    assert "parts-2" not in [container.logical for container in named.containers]


def test_the_name_of_a_part_is_checked(plan_of: PlanOf) -> None:
    text = STORAGE + REDUCE.replace("SETTINGS", "").replace("path: total", f"path: {'/'.join(['x' * 250] * 4)}y")
    with pytest.raises(InvalidRecipeError, match="intermediate result") as caught:
        plan_of(text)
    assert caught.value.problems[0].code == "invalid-blob-name"
