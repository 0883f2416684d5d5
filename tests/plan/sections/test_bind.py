"""Sections → planned values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from plan.planned_tasks import tasks_of

from recipebatch.errors import InvalidRecipeError
from recipebatch.plan.expressions import command_line_of
from recipebatch.properties.files import ResourceFile
from recipebatch.properties.task import ExitConditions, ExitOptions, MultiInstanceSettings, UserIdentity

PlanOf = Any


STORAGE = "storage: {input: {}, output: {}, parts: {}}\n"


def test_every_setting_of_a_task_reaches_the_plan(plan_of: PlanOf) -> None:
    pool = "{image: ubuntu-24.04, vm_size: v, enable_inter_node_communication: true, spot_nodes: 2}"
    sections = STORAGE + (
        "tasks:\n  - name: t\n    for_each: {items: [2]}\n    command_line: a\n    keep_logs: output\n"
        "    user_identity: {user_name: renderer}\n    retry: {exit_code: 4, preemption: true}\n"
        "    resource_files: [input, {auto_storage_container_name: models, blob_prefix: a/}]\n"
        "    multi_instance_settings: {number_of_instances: '${{ item }}', coordination_commands: [b],"
        " common_resource_files: [input]}\n"
        "    exit_conditions: {exit_codes: [{code: '${{ item }}', dependency_action: satisfy}],"
        " exit_code_ranges: [{start: 5, end: 6, dependency_action: block}], default: {dependency_action: block}}\n"
        "    application_package_references: [{application_id: app, version: '${{ item }}'}]\n"
        "    raw: {affinityInfo: {affinityId: 'x-${{ item }}'}}\n"
    )
    plan = plan_of(sections, pool=pool)
    task = tasks_of(plan)["t-0"]
    block, satisfy = ExitOptions(dependency_action="block"), ExitOptions(dependency_action="satisfy")
    assert plan.jobs[0].uses_task_dependencies
    assert task.user_identity == UserIdentity(user_name="renderer")
    assert task.constraints.max_task_retry_count == 4
    assert task.resource_files[1] == ResourceFile(auto_storage_container_name="models", blob_prefix="a/")
    assert task.multi_instance_settings == MultiInstanceSettings(
        number_of_instances=2,
        coordination_command_line=command_line_of(["b"], "bash"),
        common_resource_files=(ResourceFile(container="input"),),
    )
    assert task.exit_conditions == ExitConditions(
        exit_codes=((2, satisfy),), exit_code_ranges=((5, 6, block),), default=block
    )
    assert task.application_package_references == (("app", "2"),)
    assert [(file.file_pattern, file.path) for file in task.output_files] == [("../std*.txt", "t-0")]
    assert task.raw == {"affinityInfo": {"affinityId": "x-2"}}


def cases(name: str) -> list[tuple[str, str]]:
    """What is wrong, and below it, indented, what is said about it: one case per paragraph of a text file."""
    text = (Path(__file__).parents[1] / "broken" / f"{name}.txt").read_text(encoding="utf-8")
    found = []
    for paragraph in text.strip().split("\n\n"):
        wrong, *said = paragraph.split("\n    ")
        found.append((wrong, " | ".join(said).replace(" | hint: ", " | ")))
    return found


def refusals(plan_of: PlanOf, sections: str, **arguments: Any) -> list[str]:
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(sections, **arguments)
    return [
        f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message}"
        + (f" | {problem.hint}" if problem.hint else "")
        for problem in caught.value.problems
    ]


@pytest.mark.parametrize(("task", "expected"), cases("values"))
def test_a_value_that_does_not_fit_is_an_error_at_its_position(plan_of: PlanOf, task: str, expected: str) -> None:
    sections = f"parameters: {{c: {{default: input}}}}\ntasks: [{task}]\n{STORAGE}"
    assert refusals(plan_of, sections, blobs={"input": ("b",)}) == [expected]
