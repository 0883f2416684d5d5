"""Plan and its parts: what a run will create, with every default filled in. A door: import from here."""

from recipebatch.plan.model.files import PlannedContainer, PlannedUpload
from recipebatch.plan.model.plan import Plan, PlannedAfter, PlannedCollect, PlannedJob, PurgeWhen
from recipebatch.plan.model.pool import ImageReference, PlannedAutoScale, PlannedPool
from recipebatch.plan.model.task import PlannedDependencies, PlannedRetry, PlannedTask

__all__ = [
    "ImageReference",
    "Plan",
    "PlannedAfter",
    "PlannedAutoScale",
    "PlannedCollect",
    "PlannedContainer",
    "PlannedDependencies",
    "PlannedJob",
    "PlannedPool",
    "PlannedRetry",
    "PlannedTask",
    "PlannedUpload",
    "PurgeWhen",
]
