"""The phase watch: tasks are followed until they end, and the cause of each failure is named."""

from recipebatch.phases.watch.blocked_tasks import never_start
from recipebatch.phases.watch.causes import cause_of_task, no_node_got_ready
from recipebatch.phases.watch.watch import watch

__all__ = [
    "cause_of_task",
    "never_start",
    "no_node_got_ready",
    "watch",
]
