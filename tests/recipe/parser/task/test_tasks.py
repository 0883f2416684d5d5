"""One entry of `tasks:`."""

from __future__ import annotations

import pytest
from recipe.broken_recipes import cases, problems_of_task, problems_of_tasks


@pytest.mark.parametrize(("task", "expected"), cases("tasks"))
def test_a_wrong_task_is_named(task: str, expected: str) -> None:
    assert problems_of_task(task) == [expected]


@pytest.mark.parametrize(("tasks", "expected"), cases("several_tasks"))
def test_wrong_settings_of_a_task_are_named(tasks: str, expected: str) -> None:
    assert problems_of_tasks(tasks) == [expected]
