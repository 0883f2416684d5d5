"""The tasks of a plan's first job, and the one problem of a recipe that has no plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.plan.model import PlannedDependencies

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.plan import Plan
    from recipebatch.plan.model import PlannedTask

STORAGE = "storage: {input: {}, output: {}, parts: {}}\n"


def tasks_of(plan: Plan) -> dict[str, PlannedTask]:
    """The tasks by id."""
    return {str(task.id): task for task in plan.jobs[0].tasks or ()}


def waits(*ids: str, ranges: tuple[tuple[int, int], ...] = ()) -> PlannedDependencies:
    """What a task depends on."""
    return PlannedDependencies(task_ids=ids, task_id_ranges=ranges)


def refusal(plan_of: Callable[..., Plan], sections: str, **arguments: Any) -> str:
    """The problem as one line."""
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(sections, **arguments)
    (problem,) = caught.value.problems
    return f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message} | {problem.hint}"


def refusals(plan_of: Callable[..., Plan], sections: str, **arguments: Any) -> list[str]:
    """All problems, each as one line; none of a recipe that has a plan."""
    try:
        plan_of(sections, **arguments)
    except InvalidRecipeError as error:
        return [
            f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message} | {problem.hint}"
            for problem in error.problems
        ]
    return []
