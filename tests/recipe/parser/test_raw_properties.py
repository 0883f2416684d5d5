"""`raw:`."""

from __future__ import annotations

import pytest
from recipe.broken_recipes import cases, problems_of_tasks


@pytest.mark.parametrize(("tasks", "expected"), cases("raw_properties"))
def test_raw_holds_nothing_that_has_a_key(tasks: str, expected: str) -> None:
    assert problems_of_tasks(tasks) == [expected]
