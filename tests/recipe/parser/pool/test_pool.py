"""`pool:`."""

from __future__ import annotations

import pytest
from recipe.broken_recipes import TASKS, TOP, cases, problems_of


@pytest.mark.parametrize(("pool", "expected"), cases("pools"))
def test_a_wrong_pool_is_named(pool: str, expected: str) -> None:
    assert problems_of(f"{TOP}pool: {pool}\nparameters: {{i: {{}}}}\n{TASKS}") == [expected]
