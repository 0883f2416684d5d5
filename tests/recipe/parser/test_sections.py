"""Sections that are read by the property tables."""

from __future__ import annotations

import pytest
from recipe.broken_recipes import cases, problems_of_tasks


@pytest.mark.parametrize(("tasks", "expected"), cases("task_sections"))
def test_a_wrong_section_of_a_task_is_named(tasks: str, expected: str) -> None:
    assert problems_of_tasks(tasks) == [expected]
