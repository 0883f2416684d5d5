"""What happened, as data: reports of steps, phases and runs, and their JSON form."""

from recipebatch.report.as_json import document, error_report, phase_report, run_report
from recipebatch.report.model import (
    JOB_PREPARATION_TASK,
    START_TASK,
    TASK,
    FailedTask,
    PhaseReport,
    Progress,
    ProgressBar,
    RunReport,
    StepReport,
    TaskTotals,
    Verdict,
)
from recipebatch.report.quiet import Quiet
from recipebatch.report.sarif import sarif

__all__ = [
    "JOB_PREPARATION_TASK",
    "START_TASK",
    "TASK",
    "FailedTask",
    "PhaseReport",
    "Progress",
    "ProgressBar",
    "Quiet",
    "RunReport",
    "StepReport",
    "TaskTotals",
    "Verdict",
    "document",
    "error_report",
    "phase_report",
    "run_report",
    "sarif",
]
