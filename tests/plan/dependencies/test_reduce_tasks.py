"""The tasks of a merge."""

from __future__ import annotations

from typing import Any

from plan.planned_tasks import STORAGE, tasks_of, waits

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
