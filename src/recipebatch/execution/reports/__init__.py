"""The report of a run, from its record and the services."""

from recipebatch.execution.reports.gather import gather_report

__all__ = ["gather_report"]
