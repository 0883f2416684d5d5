"""A recipe whose pools have other target nodes than when its run started, and that says the same otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError
from recipebatch.execution.recorded_plan import RecordedRun, recorded_job_listings, recorded_listing
from recipebatch.plan import PoolSize

if TYPE_CHECKING:
    from recipebatch.recipe import Recipe


def is_resized(run: RecordedRun, recipe: Recipe) -> bool:
    """Whether a recipe differs from the recorded one in the target nodes of its pools, and in nothing else."""
    try:
        return not run.says(recipe) and run.recipe.digest_but_sizes == recipe.digest_but_sizes
    except RecipeBatchError:
        return False  # the recorded recipe cannot be read any more


def new_sizes(run: RecordedRun, recipe: Recipe) -> dict[str, PoolSize]:
    """The target nodes that a recipe says now, by the names of its pools; empty if they were taken already.

    Those that `scale` set afterwards are not taken back by the same recipe.

    Raises:
        InvalidRecipeError: with these numbers the tasks of the run do not fit its pools.
    """
    record = run.record
    taken = record.sized_by or (recipe.digest if run.says(recipe) else "")
    if recipe.digest == taken or not (run.says(recipe) or is_resized(run, recipe)):
        return {}
    plan = RecordedRun(record, recipe).plan(recorded_listing(record), recorded_job_listings(record))
    return {
        pool.logical: PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes)
        for pool in plan.pools
        if pool.auto_scale is None and not pool.existing
    }
