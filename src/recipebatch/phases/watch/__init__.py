"""The phase watch: tasks are followed until they end, and the cause of each failure is named."""

from recipebatch.phases.watch.blocked_tasks import find_blocked_tasks
from recipebatch.phases.watch.causes import cause_of_task, no_node_got_ready
from recipebatch.phases.watch.diagnosis import Code as FindingCode
from recipebatch.phases.watch.diagnosis import (
    Diagnosis,
    Finding,
    JobLook,
    PoolLook,
    RunLook,
    diagnose_run,
    failure_finding,
    is_command,
    look_at_all_access,
    look_at_failures,
    look_at_job,
    look_at_pool,
    look_at_task,
    node_trouble,
    task_findings,
)
from recipebatch.phases.watch.failed_tasks import failed_now, failed_on_nodes, failure_text
from recipebatch.phases.watch.schedules import failed_in_schedule
from recipebatch.phases.watch.task_records import added_task, pool_of, seen_task, task_record, tasks_now
from recipebatch.phases.watch.watch import watch_jobs

__all__ = [
    "Diagnosis",
    "Finding",
    "FindingCode",
    "JobLook",
    "PoolLook",
    "RunLook",
    "added_task",
    "cause_of_task",
    "diagnose_run",
    "failed_in_schedule",
    "failed_now",
    "failed_on_nodes",
    "failure_finding",
    "failure_text",
    "find_blocked_tasks",
    "is_command",
    "look_at_all_access",
    "look_at_failures",
    "look_at_job",
    "look_at_pool",
    "look_at_task",
    "no_node_got_ready",
    "node_trouble",
    "pool_of",
    "seen_task",
    "task_findings",
    "task_record",
    "tasks_now",
    "watch_jobs",
]
