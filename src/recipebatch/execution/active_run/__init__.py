"""One run at work: its phases, the jobs that wait for others, and the tasks that are tried again."""

from recipebatch.execution.active_run.active_run import ActiveRun
from recipebatch.execution.active_run.follow import follow_run
from recipebatch.execution.active_run.interruption import (
    check_interrupted,
    nothing_to_stop,
    pause_jobs,
    stop_jobs,
    stop_tasks,
    unpause_jobs,
)
from recipebatch.execution.active_run.job_order import order, why_unfinished
from recipebatch.execution.active_run.journal import RunJournal
from recipebatch.execution.active_run.sizes import scale_run, take_sizes

__all__ = [
    "ActiveRun",
    "RunJournal",
    "check_interrupted",
    "follow_run",
    "nothing_to_stop",
    "order",
    "pause_jobs",
    "scale_run",
    "stop_jobs",
    "stop_tasks",
    "take_sizes",
    "unpause_jobs",
    "why_unfinished",
]
