"""Tables of what a run has, for a terminal of any width, and as CSV or TSV."""

from recipebatch.cli.render.tables.table import Column, Table, csv_text
from recipebatch.cli.render.tables.tasks import task_rows_csv, tasks_json, tasks_text

__all__ = ["Column", "Table", "csv_text", "task_rows_csv", "tasks_json", "tasks_text"]
