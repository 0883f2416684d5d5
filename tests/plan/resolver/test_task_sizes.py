from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from plans import a_task

from recipebatch.errors import InvalidRecipeError, SourcePosition
from recipebatch.plan.expressions import FREE_TASK_BYTES, within_budget
from recipebatch.plan.expressions.budget import MAX_TASK_BYTES
from recipebatch.plan.model import PlannedDependencies
from recipebatch.plan.resolver.task_sizes import TaskSizes

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedTask

AT = SourcePosition("r.yaml", 4, 9)


class Template:
    """What of a task template is asked for."""

    name, at = "t", AT


def sizes() -> TaskSizes:
    template: Any = Template()
    return TaskSizes(template)


def refusal(tasks: list[PlannedTask]) -> tuple[str, str]:
    found = sizes()

    def add_all() -> None:
        for task in tasks:
            found.add(task)

    with within_budget(), pytest.raises(InvalidRecipeError) as raised:
        add_all()
    assert raised.value.at == AT
    return raised.value.problems[0].code, raised.value.message


def test_a_task_that_is_larger_than_a_request_is_refused() -> None:
    code, message = refusal([a_task("t", command_line="a" * 1_100_000)])
    assert code == "task-too-large"
    assert message.startswith("a task of t needs a request of 1,100,")


@pytest.mark.parametrize(
    "fields",
    [
        {"command_line": "a" * 900_000},
        {"environment_settings": (("A", "a" * 900_000),)},
        {"raw": {"a": ["a" * 900_000]}},
        {"depends_on": PlannedDependencies(task_ids=("a" * 60,) * 15_000)},
    ],
)
def test_many_large_tasks_are_refused_together(fields: dict[str, Any]) -> None:
    def own(value: Any) -> Any:
        """An equal value that shares nothing."""
        if isinstance(value, str):
            return "".join(list(value))
        if isinstance(value, dict):
            return {key: own(item) for key, item in value.items()}
        if isinstance(value, PlannedDependencies):
            return PlannedDependencies(task_ids=tuple(map(own, value.task_ids)))
        return type(value)(map(own, value))

    tasks = [a_task(f"t{number}", **{name: own(value) for name, value in fields.items()}) for number in range(150)]
    code, message = refusal(tasks)
    assert code == "plan-too-large"
    assert message.startswith("the plan needs too much memory: ")


def test_what_is_the_same_for_all_tasks_is_not_counted() -> None:
    text = "a" * 400_000
    first = a_task("t", command_line=text, environment_settings=(("A", text),))
    found = sizes()
    with within_budget() as budget:
        for number in range(1000):
            found.add(replace(first, environment_settings=(("A", text), ("N", str(number)))))
        assert budget.task_bytes < MAX_TASK_BYTES // 100


def test_the_first_tasks_tell_whether_the_tasks_are_small() -> None:
    small, large = sizes(), sizes()
    with within_budget():
        for number in range(2000):
            small.add(a_task(f"t{number}", command_line=f"echo {number}"))
            large.add(a_task(f"t{number}", command_line="a" * 2 * FREE_TASK_BYTES + str(number)))
    assert small.are_small
    assert not large.are_small
