"""Plan → calls → PhaseReport: the six phases of a run, each safe to repeat."""

from recipebatch.execution.active_run import Session
from recipebatch.execution.apply import PHASES, apply, purge_command, remaining, run_phase, selected
from recipebatch.phases.context import PhaseContext
from recipebatch.phases.options import PhaseOptions

__all__ = [
    "PHASES",
    "PhaseContext",
    "PhaseOptions",
    "Session",
    "apply",
    "purge_command",
    "remaining",
    "run_phase",
    "selected",
]
