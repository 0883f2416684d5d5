"""why: why nothing of a run runs; doctor: whether one would start. Nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch import execution
from recipebatch.api.look.opened import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.api.phases import GivenRecipe
    from recipebatch.execution import Check
    from recipebatch.phases import Diagnosis
    from recipebatch.plan.model import Plan
    from recipebatch.report import Progress


def why(
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    task: str | None = None,
    account: str | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Why nothing of a run runs, or why a task waits, failed or was blocked, with the evidence and the next step.

    Args:
        recipe: its newest run is used.
        run: the id of a run, instead of a recipe; without both it is the newest run of this owner.
        task: the id of a task; None asks about the run.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run or task, or both a recipe and a run are given.
    """
    with opened(recipe, run, account, progress) as (active, services):
        if task is None:
            return execution.why_run(active, services.store)
        return execution.why_task(active, services.store, task)


def doctor(plan: Callable[[], Plan] | None = None, *, name: str = "", account: str | None = None) -> tuple[Check, ...]:
    """Check all that a run needs: account, keys or sign-in, clock, roles, storage, images, disk and more.

    Args:
        plan: `Recipe.plan` of a recipe: also check what a run of it needs.
        name: of the recipe, as messages name it.
        account: as in `Recipe.apply`.

    Returns:
        The checks; a run would start if each of them `lets_run`.
    """
    return execution.check_everything(account, name, plan)
