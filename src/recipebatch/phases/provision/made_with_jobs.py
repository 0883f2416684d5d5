"""Pools that the service made with a job or a job schedule (`auto_pool`), as the service has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.runs import labels
from recipebatch.vocabulary.ids import pool_id

if TYPE_CHECKING:
    from recipebatch.phases.context import PhaseContext
    from recipebatch.vocabulary.ids import PoolId


def pools_made_with_jobs(context: PhaseContext) -> tuple[PoolId, ...]:
    """The pools that were made with jobs of the run, also those that have outlived these (`keep_alive`).

    A job says the id of its pool. When the job is gone, or where a schedule made the pool, only the label of the pool
    says whose it is; all pools of the account are looked at then, so only where pools can outlive their jobs.
    """
    jobs = [job for job in context.plan.jobs if job.auto_pool is not None]
    seen = [context.batch.get_job(job.id) for job in jobs if job.schedule is None]
    found = [pool_id(job.pool_id) for job in seen if job is not None and job.pool_id]
    if any(job.auto_pool is not None and job.auto_pool.keep_alive for job in jobs):
        planned = {str(pool.id) for pool in context.plan.pools if not pool.auto}
        found += [
            pool_id(thing.name)
            for thing in context.batch.list_labeled(labels.RUN)
            if thing.kind == "pool" and thing.metadata[labels.RUN] == context.plan.run_id and thing.name not in planned
        ]
    return tuple(dict.fromkeys(found))
