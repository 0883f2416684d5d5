"""Task templates → planned tasks."""

from typing import Any

import pytest
from plan.planned_tasks import refusal, tasks_of

from recipebatch.errors import InvalidRecipeError

PlanOf = Any


STORAGE = "storage: {input: {}, output: {}}\n"


def refusals(plan_of: PlanOf, sections: str, **arguments: Any) -> list[str]:
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(sections, **arguments)
    return [
        f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message}"
        + (f" | {problem.hint}" if problem.hint else "")
        for problem in caught.value.problems
    ]


def test_ids_that_batch_could_not_tell_apart_are_an_error(plan_of: PlanOf) -> None:
    sections = (
        "tasks:\n  - {for_each: {items: [a, A, b]}, id: 'x-${{ item }}', command_line: a}\n"
        "  - {name: x-B, command_line: a}"
    )
    hint = "add ${{ index }} or more of the item to `id`"
    assert refusals(plan_of, sections) == [
        f"5:40 [duplicate-id] the id x-A is already used by the task template task (item 'a') (item 'A') | {hint}",
        "6:5 [duplicate-id] the id x-B is already used by the task template task (item 'b') | give it another id",
    ]


def test_an_id_that_batch_would_refuse_is_an_error_with_its_item(plan_of: PlanOf) -> None:
    sections = "tasks: [{for_each: {items: [ok, 'a b', '']}, id: 'x-${{ item }}', command_line: a}]"
    assert refusals(plan_of, sections) == [
        (
            "4:50 [invalid-id] id must be 1 to 64 letters, digits, hyphens or underscores, not \"x-a b\" (item 'a b')"
            " | write x-a_b; where it comes from an item: `${{ index }}`"
        )
    ]
    dotted = "tasks: [{for_each: {items: [a.b, c, d.e, f.g]}, id: '${{ item }}', command_line: a}]"
    assert refusals(plan_of, dotted) == [
        (
            '4:53 [invalid-id] id must be 1 to 64 letters, digits, hyphens or underscores, not "a.b"'
            " (item 'a.b', and 2 more tasks)"
            " | write a_b; where it comes from an item: `| replace('.', '_')` or `${{ index }}`"
        )
    ]
    too_long = "tasks: [{for_each: {items: [1]}, id: '${{ \"a\" * 65 }}', command_line: a}]"
    assert refusals(plan_of, too_long)[0].startswith("4:38 [invalid-id] id must be 1 to 64 letters")


def test_at_most_ten_problems_of_a_template_are_reported(plan_of: PlanOf) -> None:
    sections = "tasks: [{for_each: {range: {stop: 99}}, command_line: 'a ${{ 1 / (item - item) }}'}]"
    assert len(refusals(plan_of, sections)) == 10


@pytest.mark.parametrize(
    ("command", "means_nothing"),
    [
        ("echo $HOME", "$HOME"),
        ("a && b", "&&"),
        ("a | b", "|"),
        ("a > b", ">"),
        ("echo ${X}", "${X}"),
        ("echo '$HOME'", None),
        ("/bin/sh -c 'a && b'", None),
        ('/bin/bash -c "a | b"', None),
        ("cmd /c a && b", None),
        ("a --x=1", None),
        ("a ${{ 1 }}", None),
    ],
)
def test_shell_words_without_a_shell_are_worth_a_warning(
    plan_of: PlanOf, command: str, means_nothing: str | None
) -> None:
    plan = plan_of(f"tasks:\n  - command_line: |-\n      {command}\n")
    expected = f"r.yaml:5:19: {means_nothing} has no effect in command_line, which runs without a shell; use `commands`"
    assert plan.warnings == (() if means_nothing is None else (expected,))


def test_a_task_that_is_larger_than_a_request_is_an_error(plan_of: PlanOf) -> None:
    words = " ".join(["x" * 130_999] * 8)
    sections = f"tasks: [{{name: a, command_line: 'a {words}'}}]"
    assert "[task-too-large] a task of a needs a request of 1,048,001 bytes" in refusal(plan_of, sections)


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
