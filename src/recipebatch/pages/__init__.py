"""What a browser shows of runs: the data of a report, its page, and the table of its tasks as CSV. Pure."""

from recipebatch.pages.as_json import report_as_json
from recipebatch.pages.build import report_node, report_task, run_report_data
from recipebatch.pages.model import (
    LivePage,
    ReportNode,
    ReportPhase,
    ReportTask,
    RunFacts,
    RunReportData,
    RunRow,
    State,
)
from recipebatch.pages.numbers import moment_of
from recipebatch.pages.page import run_page, runs_page
from recipebatch.pages.trace import COLUMNS, trace_csv

__all__ = [
    "COLUMNS",
    "LivePage",
    "ReportNode",
    "ReportPhase",
    "ReportTask",
    "RunFacts",
    "RunReportData",
    "RunRow",
    "State",
    "moment_of",
    "report_as_json",
    "report_node",
    "report_task",
    "run_page",
    "run_report_data",
    "runs_page",
    "trace_csv",
]
