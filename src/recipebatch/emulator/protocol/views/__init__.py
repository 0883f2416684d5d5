"""Views: pools, nodes, jobs and tasks as the JSON of a reply."""

from recipebatch.emulator.protocol.views.jobs import (
    job_specification_view,
    job_view,
    node_info_view,
    preparation_status_view,
    task_counts,
    task_url,
    task_view,
)
from recipebatch.emulator.protocol.views.pools import node_counts, node_view, pool_view

__all__ = [
    "job_specification_view",
    "job_view",
    "node_counts",
    "node_info_view",
    "node_view",
    "pool_view",
    "preparation_status_view",
    "task_counts",
    "task_url",
    "task_view",
]
