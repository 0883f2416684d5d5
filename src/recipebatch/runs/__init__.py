"""The record of a run, kept beside the data, so that any phase can be run by another process or person."""

from recipebatch.runs.changes import file_changes, recipe_diff
from recipebatch.runs.holdings import HeldPool, Holdings, holdings_of
from recipebatch.runs.kept import (
    LOG_BYTES,
    MAX_FILES,
    MAX_KEPT,
    MAX_TASKS,
    OUTPUT_BYTES,
    ChangedTask,
    ChangedTemplate,
    KeptFailure,
    KeptLog,
    KeptTask,
    NodeHistory,
    NodeRate,
    NodeRecord,
    RunFailures,
    RunTasks,
    TaskChanges,
    TaskHistory,
    TaskRecord,
    kept_time,
    task_changes,
)
from recipebatch.runs.labels import RunLabels
from recipebatch.runs.lock import RunLock, RunLockedError
from recipebatch.runs.new_run import new_run_command, new_run_hint, run_option
from recipebatch.runs.process_alive import is_alive
from recipebatch.runs.receipts import Receipts
from recipebatch.runs.record import (
    DONE,
    FAILED,
    PURGED,
    STARTED,
    PhaseState,
    RunRecord,
    new_run_id,
    place_of,
    record_from_json,
    unreadable,
)
from recipebatch.runs.requests import PAUSE, STOP, paused_error, stopped_error
from recipebatch.runs.store import RunStore
from recipebatch.runs.summary import RunSummary

__all__ = [
    "DONE",
    "FAILED",
    "LOG_BYTES",
    "MAX_FILES",
    "MAX_KEPT",
    "MAX_TASKS",
    "OUTPUT_BYTES",
    "PAUSE",
    "PURGED",
    "STARTED",
    "STOP",
    "ChangedTask",
    "ChangedTemplate",
    "HeldPool",
    "Holdings",
    "KeptFailure",
    "KeptLog",
    "KeptTask",
    "NodeHistory",
    "NodeRate",
    "NodeRecord",
    "PhaseState",
    "Receipts",
    "RunFailures",
    "RunLabels",
    "RunLock",
    "RunLockedError",
    "RunRecord",
    "RunStore",
    "RunSummary",
    "RunTasks",
    "TaskChanges",
    "TaskHistory",
    "TaskRecord",
    "file_changes",
    "holdings_of",
    "is_alive",
    "kept_time",
    "new_run_command",
    "new_run_hint",
    "new_run_id",
    "paused_error",
    "place_of",
    "recipe_diff",
    "record_from_json",
    "run_option",
    "stopped_error",
    "task_changes",
    "unreadable",
]
