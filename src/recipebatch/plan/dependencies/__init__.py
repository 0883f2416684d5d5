"""Which task waits for which: `depends_on`, conflicts, and the tree of a `reduce` template."""

from recipebatch.plan.dependencies.conflicts import same_blobs, task_cycles
from recipebatch.plan.dependencies.dependencies import Expanded, waits
from recipebatch.plan.dependencies.reduce_tasks import Merging
from recipebatch.plan.dependencies.reduce_tree import Merge, default_ids, merged_output, tree

__all__ = [
    "Expanded",
    "Merge",
    "Merging",
    "default_ids",
    "merged_output",
    "same_blobs",
    "task_cycles",
    "tree",
    "waits",
]
