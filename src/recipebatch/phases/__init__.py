"""Plan → calls → PhaseReport: the six phases of a run, each safe to repeat."""

from recipebatch.phases.context import PhaseContext
from recipebatch.phases.options import PhaseOptions

__all__ = ["PhaseContext", "PhaseOptions"]
