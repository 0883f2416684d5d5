"""What a phase would do, decided by the very functions by which it does it; nothing is changed."""

from recipebatch.phases.preview.containers import container_changes, restaged_changes
from recipebatch.phases.preview.jobs import job_changes, kept_jobs
from recipebatch.phases.preview.pools import kept_pools, pool_changes

__all__ = [
    "container_changes",
    "job_changes",
    "kept_jobs",
    "kept_pools",
    "pool_changes",
    "restaged_changes",
]
