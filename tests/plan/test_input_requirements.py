from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.errors import InvalidRecipeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.plan import Plan

    PlanOf = Callable[..., Plan]


def shown(plan: Plan) -> list[str | None]:
    tasks = plan.jobs[0].tasks
    assert tasks is not None
    return [task.display_name for task in tasks]


def recipe(values: str, display_name: str, loop: str = "{items: [1]}") -> str:
    return (
        "parameters: {n: {type: integer, default: 5}, who: {default: me}}\n"
        f"vars: {values}\n"
        f"tasks:\n  - {{command_line: a, display_name: '{display_name}', for_each: {loop}}}\n"
    )


def test_a_value_uses_parameters_and_those_above_it_and_keeps_its_type(plan_of: PlanOf) -> None:
    values = "{half: '${{ params.n // 2 }}', name: '${{ params.who }}-${{ vars.half }}', sum: '${{ vars.half + 1 }}'}"
    assert shown(plan_of(recipe(values, "${{ vars.name }} ${{ vars.sum }}"))) == ["me-2 3"]


def test_a_list_of_vars_can_be_looped_over(plan_of: PlanOf) -> None:
    values = "{all: ['${{ params.who }}', {x: '${{ params.n }}'}]}"
    assert shown(plan_of(recipe(values, "${{ index }}", "{items: '${{ vars.all }}'}"))) == ["0", "1"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("{a: '${{ vars.b }}', b: 1}", "vars has no b"),
        ("{a: '${{ vars.a }}'}", "vars has no a"),
        ("{a: '${{ run.id }}'}", "run is not available here"),
        ("{a: '${{ params.nn }}'}", "unknown parameter nn"),
        ("{a: '${{ 1 // 0 }}'}", "division"),
    ],
)
def test_what_a_value_cannot_use_is_named(plan_of: PlanOf, values: str, message: str) -> None:
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(recipe(values, "x"))
    problems: Any = caught.value.problems
    assert message in problems[0].message
    assert problems[0].at.line == 5
