"""`parameters:`."""

from __future__ import annotations

import pytest
from recipe.broken_recipes import POOL, TASKS, TOP, cases, problems_of


@pytest.mark.parametrize(("section", "expected"), cases("parameters"))
def test_a_wrong_parameter_is_named(section: str, expected: str) -> None:
    assert problems_of(f"{TOP}{section}\n{POOL}{TASKS}") == [expected]
