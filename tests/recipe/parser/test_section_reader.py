"""Expressions and commands, checked where they are written."""

from __future__ import annotations

import pytest
from recipe.broken_recipes import cases, problems_of_task


@pytest.mark.parametrize(("task", "expected"), cases("expressions"))
def test_a_wrong_expression_is_named(task: str, expected: str) -> None:
    assert problems_of_task(task) == [expected]
