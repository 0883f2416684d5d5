"""`resource_files:` and `output_files:`."""

from __future__ import annotations

import pytest
from recipe.broken_recipes import cases, problems_of_task


@pytest.mark.parametrize(("task", "expected"), cases("task_files"))
def test_wrong_files_are_named(task: str, expected: str) -> None:
    assert problems_of_task(task) == [expected]
