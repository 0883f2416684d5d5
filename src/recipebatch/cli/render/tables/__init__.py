"""Tables of what a run has, for a terminal of any width, and as CSV or TSV; and one task on a page."""

from recipebatch.cli.render.tables.differences import difference_text
from recipebatch.cli.render.tables.one_task import task_json, task_text
from recipebatch.cli.render.tables.runs import runs_json, runs_text
from recipebatch.cli.render.tables.table import Column, Table
from recipebatch.cli.render.tables.tasks import files_text, task_rows_csv, tasks_json, tasks_text

__all__ = [
    "Column",
    "Table",
    "difference_text",
    "files_text",
    "runs_json",
    "runs_text",
    "task_json",
    "task_rows_csv",
    "task_text",
    "tasks_json",
    "tasks_text",
]
