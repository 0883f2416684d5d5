"""The phase watch: tasks are followed until they end, and the cause of each failure is named."""

from recipebatch.phases.watch.blocked_tasks import find_blocked_tasks
from recipebatch.phases.watch.causes import cause_of_task, no_node_got_ready
from recipebatch.phases.watch.failed_tasks import failed_now, failed_on_nodes, failure_text
from recipebatch.phases.watch.schedules import failed_in_schedule
from recipebatch.phases.watch.task_records import added_task, pool_of, task_record, tasks_now
from recipebatch.phases.watch.watch import watch_jobs

__all__ = [
    "added_task",
    "cause_of_task",
    "failed_in_schedule",
    "failed_now",
    "failed_on_nodes",
    "failure_text",
    "find_blocked_tasks",
    "no_node_got_ready",
    "pool_of",
    "task_record",
    "tasks_now",
    "watch_jobs",
]
