"""Plan and its parts: what a run will create, with every default filled in. A door: import from here."""

from recipebatch.plan.model.files import PlannedContainer, PlannedUpload
from recipebatch.plan.model.machine_inputs import MachineInputs, TakenFile, TakenSecret
from recipebatch.plan.model.plan import MaxCost, Plan, PlannedAfter, PlannedJob, is_made_later
from recipebatch.plan.model.pool import ImageReference, PlannedAutoScale, PlannedPool
from recipebatch.plan.model.task import PlannedDependencies, PlannedTask, PlannedTemplate

__all__ = [
    "ImageReference",
    "MachineInputs",
    "MaxCost",
    "Plan",
    "PlannedAfter",
    "PlannedAutoScale",
    "PlannedContainer",
    "PlannedDependencies",
    "PlannedJob",
    "PlannedPool",
    "PlannedTask",
    "PlannedTemplate",
    "PlannedUpload",
    "TakenFile",
    "TakenSecret",
    "is_made_later",
]
