"""The property tables: every property that a recipe passes on to the service, one row each. A door."""

from recipebatch.properties.files import OutputFile, ResourceFile
from recipebatch.properties.job import (
    JOB,
    AutoPool,
    JobManagerTask,
    JobPreparationTask,
    JobProperties,
    JobTask,
    Schedule,
)
from recipebatch.properties.pool import (
    POOL,
    AutoScale,
    ContainerConfiguration,
    Mount,
    PoolProperties,
    StartTask,
)
from recipebatch.properties.table import SAME, Row, Shape, raw_names, shape_of
from recipebatch.properties.task import (
    TASK,
    ContainerRegistry,
    ContainerSettings,
    ExitConditions,
    ExitOptions,
    MultiInstanceSettings,
    TaskConstraints,
    TaskProperties,
    UserIdentity,
)

__all__ = [
    "JOB",
    "POOL",
    "SAME",
    "TASK",
    "AutoPool",
    "AutoScale",
    "ContainerConfiguration",
    "ContainerRegistry",
    "ContainerSettings",
    "ExitConditions",
    "ExitOptions",
    "JobManagerTask",
    "JobPreparationTask",
    "JobProperties",
    "JobTask",
    "Mount",
    "MultiInstanceSettings",
    "OutputFile",
    "PoolProperties",
    "ResourceFile",
    "Row",
    "Schedule",
    "Shape",
    "StartTask",
    "TaskConstraints",
    "TaskProperties",
    "UserIdentity",
    "raw_names",
    "shape_of",
]
