"""`expect` and `max_cost` of a recipe."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from recipe.broken_recipes import POOL, TASKS, TOP, cases, problems_of

from recipebatch.inputs import LocalInputs
from recipebatch.plan import bind_parameters, resolve
from recipebatch.plan.model import MaxCost
from recipebatch.recipe import parse_recipe

if TYPE_CHECKING:
    from recipebatch.plan.model import Plan


@pytest.mark.parametrize(("wrong", "expected"), cases("expectations"))
def test_what_is_wrong_is_said_at_its_place(wrong: str, expected: str) -> None:
    assert problems_of(f"{TOP}{wrong}\n{POOL}{TASKS}") == [expected]


def planned(text: str) -> Plan:
    recipe = parse_recipe(TOP + text, file="r.yaml", folder=Path())
    parameters = bind_parameters(recipe, {})
    inputs = LocalInputs(files={}, tables={})
    return resolve(recipe, run_id="r", owner="o", parameters=parameters, inputs=inputs, environ={}, listings=None)


NODES = "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, target_dedicated_nodes: 1}\n"


def test_a_plan_has_what_is_expected_of_the_run_and_of_each_task() -> None:
    loop = "for_each: {items: [1, 2]}"
    plan = planned(
        f"{NODES}expect: {{task: 5m}}\n"
        "tasks:\n"
        "- {name: a, command_line: a}\n"
        f"- {{name: b, command_line: a, {loop}, expect: {{task: '${{{{ item }}}}h'}}}}\n"
    )
    assert plan.expected_task == timedelta(minutes=5)
    assert [task.expected for task in plan.jobs[0].tasks or ()] == [None, timedelta(hours=1), timedelta(hours=2)]
    assert planned(NODES + TASKS).expected_task is None


def test_the_limit_may_come_from_a_parameter() -> None:
    parameter = "parameters: {budget: {type: integer, default: 20}}\n"
    plan = planned(f"{parameter}max_cost: '${{{{ params.budget }}}} EUR'\n{NODES}{TASKS}")
    assert plan.max_cost == MaxCost(amount=Decimal(20), currency="EUR", without_price="refuse")
    mapping = planned(f"max_cost: {{limit: 12.50 USD, without_price: continue}}\n{NODES}{TASKS}")
    assert mapping.max_cost == MaxCost(amount=Decimal("12.50"), currency="USD", without_price="continue")
    assert planned(NODES + TASKS).max_cost is None
