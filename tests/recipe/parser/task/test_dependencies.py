"""`depends_on:` and `reduce:`."""

from __future__ import annotations

import pytest
from recipe.broken_recipes import cases, problems_of_tasks


@pytest.mark.parametrize(("tasks", "expected"), cases("dependencies"))
def test_wrong_dependencies_are_named(tasks: str, expected: str) -> None:
    assert problems_of_tasks(tasks) == [expected]
