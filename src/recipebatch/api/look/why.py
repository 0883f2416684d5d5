"""why: why nothing of a run runs, or why one of its tasks waits, failed or was blocked; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch import execution
from recipebatch.api.look.opened import opened

if TYPE_CHECKING:
    from recipebatch.api.phases import GivenRecipe
    from recipebatch.phases import Diagnosis
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
