"""Why a run or a task is where it is: asked of the service while it is there, and of the record afterwards."""

from recipebatch.execution.diagnosis.why import why_run, why_task

__all__ = ["why_run", "why_task"]
