"""sas: an address that gives another person access to a container or a blob, for some time."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from recipebatch import execution
from recipebatch.api.phases import select_run
from recipebatch.errors import UsageError
from recipebatch.phases import PhaseOptions
from recipebatch.report import Quiet
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.api.phases import GivenRecipe
    from recipebatch.execution import SharedAddress
    from recipebatch.report import Progress


def sas(
    container: str,
    blob: str = "",
    *,
    recipe: GivenRecipe | None = None,
    run: str | None = None,
    permissions: Sequence[str] = ("read",),
    lifetime: timedelta = timedelta(hours=2),
    account: str | None = None,
    progress: Progress | None = None,
) -> SharedAddress:
    """Sign an address of a container or a blob. Nothing is recorded of it.

    Args:
        container: its name in the recipe of a run; or in the storage account, where no run is given and there is one.
        blob: the name of a blob; what ends with `/` is a folder, and nothing is the whole container.
        recipe: its newest run is meant.
        run: the id of a run, instead of a recipe; without both it is the newest run of this owner.
        permissions: `read`, `list` and `write`.
        lifetime: how long it is good: at most 7 days where the account is used with Entra ID, else a year.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run, container or blob, or the time is too long.
    """
    now = datetime.now(UTC)
    progress = progress or Quiet()
    with ExitStack() as stack:
        services = stack.enter_context(execution.account_services(account, progress))
        newest = recipe is None and run is None
        if newest and services.blobs.container_metadata(container) is not None:
            return execution.share(services.blobs, container, blob, permissions, lifetime, now)
        found_run = (
            execution.newest_run(services, progress)
            if newest
            else execution.find_run(services, select_run(recipe, run), progress)
        )
        active = stack.enter_context(
            execution.opened_run(services, found_run, progress, command=None, options=PhaseOptions(), by_labels=True)
        )
        planned = {each.logical: each for each in active.plan.containers}
        planned |= {str(each.name): each for each in active.plan.containers}
        if container not in planned:
            known = [each.logical for each in active.plan.containers]
            raise UsageError(
                f"run {active.record.run_id} has no container {container}",
                hint=did_you_mean(container, known) or f"it has {', '.join(known) or 'none'}",
            )
        found = planned[container]
        store = active.context.store_of(found)
        return execution.share(store, str(found.name), blob, permissions, lifetime, now)
