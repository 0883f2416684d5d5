"""doctor: whether a run would start, and the cure where it would not; checks only, and changes nothing."""

from recipebatch.execution.doctor.check import Check, State
from recipebatch.execution.doctor.everything import check_everything

__all__ = ["Check", "State", "check_everything"]
