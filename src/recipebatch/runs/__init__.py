"""The record of a run, kept beside the data, so that any phase can be run by another process or person."""

from recipebatch.runs.marks import Marks
from recipebatch.runs.record import PhaseState, RunRecord, RunSummary, new_run_id
from recipebatch.runs.store import RunLock, RunLockedError, RunStore

__all__ = ["Marks", "PhaseState", "RunLock", "RunLockedError", "RunRecord", "RunStore", "RunSummary", "new_run_id"]
