"""What happened, as data: reports of steps, phases and runs, and their JSON form."""

from recipebatch.report.model import (
    FailedTask,
    PhaseReport,
    Progress,
    ProgressBar,
    RunReport,
    StepReport,
    TaskTotals,
    Verdict,
)

__all__ = [
    "FailedTask",
    "PhaseReport",
    "Progress",
    "ProgressBar",
    "RunReport",
    "StepReport",
    "TaskTotals",
    "Verdict",
]
