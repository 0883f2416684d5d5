"""The record of a run, kept beside the data, so that any phase can be run by another process or person."""

from recipebatch.runs.labels import Marks
from recipebatch.runs.lock import RunLock, RunLockedError
from recipebatch.runs.record import PhaseState, RunRecord, RunSummary, new_run_id
from recipebatch.runs.store import RunStore

__all__ = ["Marks", "PhaseState", "RunLock", "RunLockedError", "RunRecord", "RunStore", "RunSummary", "new_run_id"]
