"""opened: one run to look at, chosen as all commands that only look at a run choose it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from recipebatch import execution, phases
from recipebatch.api.phases import select_run
from recipebatch.report import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.api.phases import GivenRecipe
    from recipebatch.execution import ActiveRun, RecordedRun, Services
    from recipebatch.report import Progress


@contextmanager
def opened(
    recipe: GivenRecipe | None, run: str | None, account: str | None, progress: Progress | None
) -> Iterator[tuple[ActiveRun, Services]]:
    """A run with its plan, without its lock; the arguments are as of `found`."""
    progress = progress or Quiet()
    with (
        found(recipe, run, account, progress) as (recorded, services),
        execution.opened_run(
            services, recorded, progress, command=None, options=phases.PhaseOptions(), by_labels=True
        ) as active,
    ):
        yield active, services


@contextmanager
def found(
    recipe: GivenRecipe | None, run: str | None, account: str | None, progress: Progress | None
) -> Iterator[tuple[RecordedRun, Services]]:
    """A run as it is recorded, and its account; its plan is not made.

    Args:
        recipe: its newest run is used.
        run: the id of a run, instead of a recipe. Without both it is the newest run of this owner, which is said.
        account: as in `Recipe.apply`.
        progress: is told which run it is, where none is named.

    Raises:
        UsageError: there is no such run, or both a recipe and a run are given.
    """
    progress = progress or Quiet()
    with execution.account_services(account, progress) as services:
        if recipe is None and run is None:
            yield execution.newest_run(services, progress), services
        else:
            yield execution.find_run(services, select_run(recipe, run), progress), services
