"""Recipes whose task template loops, and what their plan or their refusal says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.errors import InvalidRecipeError

if TYPE_CHECKING:
    from recipebatch.plan import Plan

PlanOf = Any
STORAGE = "storage: {input: {}, old: {existing: true, container: measurements}}\n"


def display_names(plan: Plan) -> list[str | None]:
    """The display names of the tasks of the first job."""
    tasks = plan.jobs[0].tasks
    assert tasks is not None
    return [task.display_name for task in tasks]


def loop(for_each: str, shown: str = "${{ item }}") -> str:
    """The sections of a recipe with one template that loops."""
    return f"{STORAGE}tasks:\n  - for_each: {for_each}\n    display_name: {shown!r}\n    command_line: a\n"


def refusal(plan_of: PlanOf, sections: str, **arguments: Any) -> str:
    """Where, why and with which hint a recipe is refused."""
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(sections, **arguments)
    problem = caught.value.problems[0]
    hint = f" | {problem.hint}" if problem.hint else ""
    return f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message}{hint}"
