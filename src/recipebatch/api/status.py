"""The current state of a run, and the pools of an account: no lock is needed, and nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch import execution, phases
from recipebatch.api.look.opened import opened
from recipebatch.report import Quiet

if TYPE_CHECKING:
    from recipebatch.api.recipe import Recipe
    from recipebatch.cost import RunCost
    from recipebatch.execution import AccountPool, JobStatus, PoolStatus
    from recipebatch.report import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """The current state of a run.

    Attributes:
        status: of its record, such as `watch started`.
        locked_by: who holds its lock: command, owner, machine and time; empty if it is not locked.
        interrupted: by whom and since when the run is paused, or was stopped; empty if it is not.
        went_wrong: what the phases that failed said, and the watch of a run that did not succeed.
        nodes_stay: why the nodes of a run whose tasks have ended stay, and the commands that end it; empty if none do.
        cost: of its nodes so far, or why that is not known; None if it was not asked.
        why: what `why` says, in one line; empty of a run that is finished.
    """

    run_id: str
    recipe: str
    owner: str
    status: str
    verdict: str
    locked_by: str
    interrupted: str
    jobs: tuple[JobStatus, ...]
    pools: tuple[PoolStatus, ...]
    went_wrong: tuple[str, ...] = ()
    nodes_stay: str = ""
    cost: RunCost | None = None
    why: str = ""


def status(
    recipe: Recipe | None = None,
    *,
    run: str | None = None,
    account: str | None = None,
    progress: Progress | None = None,
) -> RunStatus:
    """The current state of a run's jobs and pools.

    Args:
        recipe: its newest run is used.
        run: the id of a run, instead of a recipe; without both it is the newest run of this owner.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run, or both a recipe and a run are given.
    """
    with opened(recipe, run, account, progress) as (active, services):
        record = active.record
        locked_by = services.store.holder_of(record.run_id)
        # Of pools that were deleted their size says nothing any more.
        sizes = () if active.journal.has_begun(phases.PURGE) or "pool" in record.purged else record.sizes
        pools = execution.pool_statuses(active.context, () if record.ended else active.unmade_pools, sizes)
        return RunStatus(
            run_id=record.run_id,
            recipe=record.recipe_name,
            owner=record.owner,
            status=phases.status_now(phases.status_of(record), at_work=bool(locked_by)),
            verdict=record.verdict,
            locked_by=locked_by,
            interrupted=phases.interruption_of(record),
            jobs=execution.job_statuses(active.context),
            pools=pools,
            went_wrong=phases.went_wrong(record),
            nodes_stay=active.why_nodes_stay() if any(pool.nodes for pool in pools) else "",
            cost=execution.cost_of_run(services, record),
            why="" if record.ended else execution.why_run(active, services.store, outputs=False).sentence,
        )


def account_pools(*, account: str | None = None, progress: Progress | None = None) -> tuple[AccountPool, ...]:
    """All pools of an account that have nodes, or are to get some; also those of others, and that no run made.

    Args:
        account: as in `Recipe.apply`, and `progress` too.
    """
    with execution.account_services(account, progress or Quiet()) as services:
        return execution.pools_of_account(services)
