from __future__ import annotations

from typing import Any

from plan.planned_tasks import STORAGE, refusal, tasks_of, waits

from recipebatch.plan.dependencies.dependencies import wire
from recipebatch.properties.files import ResourceFile

PlanOf = Any


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
