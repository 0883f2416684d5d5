"""The tasks of a run: from the service while it is there, from the run's record afterwards."""

from recipebatch.execution.tasks.details import FileOfTask, TaskDetails, task_details
from recipebatch.execution.tasks.listing import TaskList, list_run_tasks
from recipebatch.execution.tasks.rows import SORT_KEYS, TASK_STATES, TaskQuery, TaskRow

__all__ = [
    "SORT_KEYS",
    "TASK_STATES",
    "FileOfTask",
    "TaskDetails",
    "TaskList",
    "TaskQuery",
    "TaskRow",
    "list_run_tasks",
    "task_details",
]
