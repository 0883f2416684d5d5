"""What is kept beside a run's record of its tasks and nodes: for after its nodes are gone, and after its purge."""

from recipebatch.runs.kept.columns import kept_time
from recipebatch.runs.kept.failures import MAX_KEPT, KeptFailure, RunFailures
from recipebatch.runs.kept.node_history import NodeHistory, NodeRate, NodeRecord
from recipebatch.runs.kept.task_changes import ChangedTask, ChangedTemplate, TaskChanges, task_changes
from recipebatch.runs.kept.task_history import TaskHistory, TaskRecord
from recipebatch.runs.kept.tasks import LOG_BYTES, MAX_FILES, MAX_TASKS, OUTPUT_BYTES, KeptLog, KeptTask, RunTasks

__all__ = [
    "LOG_BYTES",
    "MAX_FILES",
    "MAX_KEPT",
    "MAX_TASKS",
    "OUTPUT_BYTES",
    "ChangedTask",
    "ChangedTemplate",
    "KeptFailure",
    "KeptLog",
    "KeptTask",
    "NodeHistory",
    "NodeRate",
    "NodeRecord",
    "RunFailures",
    "RunTasks",
    "TaskChanges",
    "TaskHistory",
    "TaskRecord",
    "kept_time",
    "task_changes",
]
