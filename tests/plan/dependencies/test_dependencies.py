from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.plan.dependencies.dependencies import wire
from recipebatch.plan.dependencies.reduce_tree import tree
from recipebatch.plan.model import PlannedDependencies, PlannedTask
from recipebatch.properties.files import ResourceFile
from recipebatch.properties.task import ExitConditions, ExitOptions, MultiInstanceSettings, UserIdentity

if TYPE_CHECKING:
    from recipebatch.plan import Plan

PlanOf = Any
STORAGE = "storage: {input: {}, output: {}, parts: {}}\n"


def tasks_of(plan: Plan) -> dict[str, PlannedTask]:
    return {str(task.id): task for task in plan.jobs[0].tasks or ()}


def waits(*ids: str, ranges: tuple[tuple[int, int], ...] = ()) -> PlannedDependencies:
    return PlannedDependencies(task_ids=ids, task_id_ranges=ranges)


def refusal(plan_of: PlanOf, sections: str, **arguments: Any) -> str:
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(sections, **arguments)
    (problem,) = caught.value.problems
    return f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message} | {problem.hint}"


def test_three_integers_in_a_row_are_a_range_and_texts_stay() -> None:
    assert wire(["3", "a", "1", "2", "9", "07", "4294967296"]) == waits("a", "07", "4294967296", "9", ranges=((1, 3),))
    assert wire([]) == waits()


def test_a_templates_name_stands_for_all_of_its_tasks(plan_of: PlanOf) -> None:
    plan = plan_of(
        "tasks:\n  - {name: a, for_each: {items: [x, y]}, command_line: a}\n"
        "  - {name: b, for_each: {items: [1, 2]}, depends_on: a, command_line: b}\n"
    )
    tasks = tasks_of(plan)
    assert plan.jobs[0].uses_task_dependencies
    assert tasks["b-0"].depends_on == tasks["b-1"].depends_on == waits("a-0", "a-1")
    assert tasks["a-0"].depends_on is None


def test_the_same_item_is_found_by_its_value_and_by_the_keys_that_both_have(plan_of: PlanOf) -> None:
    tasks = tasks_of(
        plan_of(
            "tasks:\n  - {name: a, for_each: {items: [{k: 1}, {k: 2}]}, command_line: a}\n"
            "  - {name: b, for_each: {product: {k: [2, 1], n: [0, 1]}}, depends_on: {same_item: a}, command_line: b}\n"
            "  - {name: c, for_each: {items: [{k: 2}]}, depends_on: [{template: a, item: same}], command_line: b}\n"
        )
    )
    assert [tasks[f"b-{number}"].depends_on for number in range(4)] == [waits("a-1")] * 2 + [waits("a-0")] * 2
    assert tasks["c-0"].depends_on == waits("a-1")


def test_the_same_file_is_the_same_item(plan_of: PlanOf) -> None:
    sections = (
        f"{STORAGE}tasks:\n  - {{name: a, for_each: {{files: input}}, resource_files: [file], command_line: a}}\n"
        "  - {name: b, for_each: {files: {container: input, exclude: 'x*'}}, depends_on: {same_item: a}, "
        "command_line: b}\n"
    )
    tasks = tasks_of(plan_of(sections, blobs={"input": ("x.txt", "y.txt")}))
    assert tasks["b-0"].depends_on == waits("a-1")
    assert tasks["a-1"].resource_files == (ResourceFile(container="input", blob="y.txt", file_path="y.txt"),)


def test_an_item_that_the_other_template_lacks_is_an_error(plan_of: PlanOf) -> None:
    sections = (
        "tasks:\n  - {name: a, for_each: {items: [1]}, command_line: a}\n"
        "  - {name: b, for_each: {items: [1, 2]}, depends_on: {same_item: a}, command_line: b}\n"
    )
    assert refusal(plan_of, sections) == (
        "6:54 [unknown-item] the task template a has no task with the same item (item 2) | "
        "let both loop over the same, or depend on all of its tasks"
    )


def test_ids_and_ranges_may_depend_on_the_item(plan_of: PlanOf) -> None:
    tasks = tasks_of(
        plan_of(
            "tasks:\n  - {name: n, ids: numeric, for_each: {range: {start: 1, stop: 9}}, command_line: a}\n"
            "  - name: b\n    for_each: {items: [3, 4]}\n    command_line: b\n"
            "    depends_on: [{task_ids: ['${{ item }}']}, "
            "{task_id_ranges: [{start: 5, end: '${{ item + 4 }}'}]}]\n"
        )
    )
    assert list(tasks)[:3] == ["1", "2", "3"]
    assert tasks["b-0"].depends_on == waits("3", ranges=((5, 7),))
    assert tasks["b-1"].depends_on == waits("4", ranges=((5, 8),))


def test_an_id_that_no_task_has_would_wait_for_ever(plan_of: PlanOf) -> None:
    assert refusal(plan_of, "tasks: [{name: a, depends_on: {task_ids: b}, command_line: a}]") == (
        "4:31 [unknown-task] the task a depends on b, but no task of the job has this id | "
        "the task would wait indefinitely; depend on a template by its name"
    )


def test_tasks_of_a_template_may_wait_for_each_other_but_not_in_a_circle(plan_of: PlanOf) -> None:
    chain = (
        "tasks: [{name: a, for_each: {items: [0, 1, 2]}, command_line: a, "
        "depends_on: {task_ids: 'a-${{ WHICH }}'}}, {name: x, id: a-9, command_line: x}]"
    )
    tasks = tasks_of(plan_of(chain.replace("WHICH", "index + 1 if index < 2 else 9")))
    assert tasks["a-0"].depends_on == waits("a-1")
    circle = refusal(plan_of, chain.replace("WHICH", "(index + 1) % 3"))
    assert "[dependency-cycle] the task a-0 depends on itself through task ids" in circle


def test_what_would_not_fit_as_names_gets_integer_ids_and_the_plan_says_so(plan_of: PlanOf) -> None:
    sections = (
        "tasks:\n  - {name: a, for_each: {range: {start: 1, stop: 100000}}, command_line: 'a ${{ task.id }}'}\n"
        "  - {name: b, depends_on: a, command_line: b}\n"
    )
    plan = plan_of(sections)
    assert tasks_of(plan)["b"].depends_on == waits(ranges=((1, 100_000),))
    assert tasks_of(plan)["100000"].command_line == "a 100000"
    (warning,) = plan.warnings
    assert warning == (
        "r.yaml:5:5: the tasks of a get integer ids: b depends on all 100,000 of them, "
        "whose names would have 700,000 characters"
    )


def test_written_ids_that_do_not_fit_are_an_error(plan_of: PlanOf) -> None:
    sections = (
        "tasks:\n  - {name: a, for_each: {range: {stop: 9999}}, id: 'long-${{ item }}', command_line: a}\n"
        "  - {name: b, depends_on: a, command_line: b}\n"
    )
    message = refusal(plan_of, sections)
    assert message.startswith("6:27 [dependencies-too-long] a task of b depends on 10,000 ids with 88,890 characters")


def test_a_template_whose_condition_is_false_is_left_out_and_nobody_waits_for_it(plan_of: PlanOf) -> None:
    sections = (
        "parameters: {report: {type: boolean, default: false}}\n"
        "tasks:\n  - {name: a, when: '${{ params.report }}', command_line: a}\n"
        "  - {name: b, depends_on: a, command_line: b}\n"
    )
    assert [(name, task.depends_on) for name, task in tasks_of(plan_of(sections)).items()] == [("b", None)]
    assert list(tasks_of(plan_of(sections, given={"report": "true"}))) == ["a", "b"]
    none = "tasks: [{name: a, when: false, command_line: a}]"
    assert "[empty-job] no task template is active" in refusal(plan_of, none)


@pytest.mark.parametrize(("parts", "fan_in", "sizes"), [(1, 2, [1]), (4, 4, [1]), (5, 4, [2, 1]), (10, 3, [4, 2, 1])])
def test_a_tree_has_levels_until_one_task_is_left(parts: int, fan_in: int, sizes: list[int]) -> None:
    merges = tree(parts, fan_in)
    assert [sum(merge.level == level for merge in merges) for level in range(1, len(sizes) + 1)] == sizes
    for level, count in enumerate([parts, *sizes[:-1]]):
        covered = [number for merge in merges if merge.parts[0] == level for number in range(*merge.parts[1:])]
        assert covered == list(range(count))


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


def test_a_template_without_one_result_cannot_be_merged(plan_of: PlanOf) -> None:
    sections = (
        f"{STORAGE}tasks:\n  - {{name: a, command_line: a}}\n"
        "  - {name: b, reduce: {over: a}, command_line: b, output_files: [{file_pattern: x, container: output}]}\n"
    )
    assert refusal(plan_of, sections).startswith(
        "7:23 [reduce-output] the task template a has no output file without a wildcard that could be merged | add"
    )


def test_two_tasks_that_write_one_blob_are_an_error(plan_of: PlanOf) -> None:
    sections = (
        f"{STORAGE}tasks:\n  - {{name: a, for_each: {{items: [1, 2]}}, command_line: a, "
        "output_files: [{file_pattern: x.txt, container: output}]}\n"
    )
    assert refusal(plan_of, sections) == (
        "6:74 [same-blob] the tasks a-0 and a-1 both write the blob x.txt of output | add ${{ task.id }} to `path`"
    )


def test_a_task_that_is_larger_than_a_request_is_an_error(plan_of: PlanOf) -> None:
    sections = f"tasks: [{{name: a, command_line: 'a {'x' * 1_048_000}'}}]"
    assert "[task-too-large] a task of a needs a request of 1,048,002 bytes" in refusal(plan_of, sections)


def test_what_a_pool_cannot_run_is_an_error(plan_of: PlanOf) -> None:
    task = "tasks: [{command_line: a, multi_instance_settings: {number_of_instances: 2}}]"
    assert "[multi-instance] a multi-instance task needs a pool with inter-node" in refusal(plan_of, task)
    container = "tasks: [{command_line: a, container_settings: {image_name: i}}]"
    assert "[no-container-configuration]" in refusal(plan_of, container)


def test_every_setting_of_a_task_reaches_the_plan(plan_of: PlanOf) -> None:
    pool = "{image: ubuntu-24.04, vm_size: v, enable_inter_node_communication: true}"
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
        coordination_command_line="/bin/sh -c 'set -e\nb\n(exit $?)\n'",
        common_resource_files=(ResourceFile(container="input"),),
    )
    assert task.exit_conditions == ExitConditions(
        exit_codes=((2, satisfy),), exit_code_ranges=((5, 6, block),), default=block
    )
    assert task.application_package_references == (("app", "2"),)
    assert [(file.file_pattern, file.path) for file in task.output_files] == [("../std*.txt", "t-0")]
    assert task.raw == {"affinityInfo": {"affinityId": "x-2"}}
