"""`auto_scale:` of a pool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from recipe.broken_recipes import TASKS, TOP, cases, problems_of

from recipebatch.recipe import parse_recipe

if TYPE_CHECKING:
    from recipebatch.recipe.model import Section


@pytest.mark.parametrize(("pool", "expected"), cases("autoscale"))
def test_a_wrong_scaling_is_named(pool: str, expected: str) -> None:
    assert problems_of(f"{TOP}pool: {pool}\nparameters: {{i: {{}}}}\n{TASKS}") == [expected]


def read(scaling: str) -> Section:
    text = f"{TOP}pool: {{image: ubuntu-24.04, vm_size: a, auto_scale: {scaling}}}\n{TASKS}"
    found = parse_recipe(text, file="r.yaml", folder=Path()).pool.auto_scale
    assert found is not None
    return found


def literals(section: Section, *names: str) -> list[object]:
    return [section[name].literal() for name in names]


def test_a_pool_that_does_not_scale_has_no_such_section() -> None:
    text = f"{TOP}pool: {{image: ubuntu-24.04, vm_size: a}}\n{TASKS}"
    assert parse_recipe(text, file="r.yaml", folder=Path()).pool.auto_scale is None


def test_a_formula_stands_alone_or_with_its_interval() -> None:
    found = read("{formula: '$TargetDedicatedNodes = 1;', evaluation_interval: 5m}")
    assert literals(found, "formula", "scenario") == ["$TargetDedicatedNodes = 1;", None]


def test_a_scenario_by_the_clock_is_a_day_from_8_to_18_hours_unless_it_says_otherwise() -> None:
    plain = read("{scenario: workday, max_nodes: 3}")
    assert literals(plain, "min_nodes", "max_nodes", "start_hour", "end_hour", "utc_offset") == [0, 3, 8, 18, 0.0]
    late = read("{scenario: workday, max_nodes: 3, min_nodes: 3, hours: {start: 0, end: 24}, utc_offset: -3.5}")
    assert literals(late, "min_nodes", "start_hour", "end_hour", "utc_offset") == [3, 0, 24, -3.5]


@pytest.mark.parametrize("scenario", ["active_tasks", "pending_tasks"])
def test_a_scenario_by_tasks_has_a_window_and_an_increment_but_no_hours(scenario: str) -> None:
    found = read(f"{{scenario: {scenario}, max_nodes: 3, max_increment: 1, sample_window: 5m}}")
    assert literals(found, "scenario", "max_increment") == [scenario, 1]
    pool = f"{{image: ubuntu-24.04, vm_size: a, auto_scale: {{scenario: {scenario}, max_nodes: 3, utc_offset: 1}}}}"
    (problem,) = problems_of(f"{TOP}pool: {pool}\n{TASKS}")
    assert f"[exclusive-keys] the scenario {scenario} does not use utc_offset | remove utc_offset" in problem
