"""The variables that the service defines: metrics, targets, and their aliases."""

from __future__ import annotations

from typing import Final

TASK_METRICS: Final = ("$ActiveTasks", "$RunningTasks", "$PendingTasks", "$SucceededTasks", "$FailedTasks")
NODE_METRICS: Final = (
    "$CurrentDedicatedNodes",
    "$CurrentLowPriorityNodes",
    "$PreemptedNodeCount",
    "$UsableNodeCount",
    "$SampleNodeCount",
)
RESOURCE_METRICS: Final = (
    "$CPUPercent",
    "$WallClockSeconds",
    "$MemoryBytes",
    "$DiskBytes",
    "$DiskReadBytes",
    "$DiskWriteBytes",
    "$DiskReadOps",
    "$DiskWriteOps",
    "$NetworkInBytes",
    "$NetworkOutBytes",
)
METRICS: Final = frozenset((*TASK_METRICS, *NODE_METRICS, *RESOURCE_METRICS))
"""Read-only variables with samples (the article). `$UsableNodeCount` is in its newer editions only; task slots have no
metric: a request to the service's developers for `$PendingSlots` and the like is open since 2023."""

SLOTS_PER_NODE: Final = "$TaskSlotsPerNode"
"""Read-only, a plain number (the article)."""

TARGET_DEDICATED: Final = "$TargetDedicatedNodes"
TARGET_LOW_PRIORITY: Final = "$TargetLowPriorityNodes"
DEALLOCATION_OPTION: Final = "$NodeDeallocationOption"

ALIASES: Final = {"$TargetDedicated": TARGET_DEDICATED, "$TargetLowPriority": TARGET_LOW_PRIORITY}
"""Aliases of targets; if a formula sets both, the full name has precedence (the article)."""

OLD_NAMES: Final = {"$CurrentDedicated": "$CurrentDedicatedNodes", "$CurrentLowPriority": "$CurrentLowPriorityNodes"}
"""Aliases of metrics: the first is used in "Test-AzBatchAutoScale", the second is unverified."""
