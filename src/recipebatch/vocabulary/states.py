"""Pool, node, job and task states, spelled as on the wire, with the legal moves."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class PoolState(StrEnum):
    """Life of a pool. Source: Batch REST API, `PoolState`."""

    ACTIVE = "active"
    DELETING = "deleting"


class AllocationState(StrEnum):
    """Whether nodes are being added to or removed from a pool. Source: Batch REST API, `AllocationState`."""

    STEADY = "steady"
    RESIZING = "resizing"
    STOPPING = "stopping"


class NodeState(StrEnum):
    """Life of a compute node. Source: Batch REST API, `ComputeNodeState`."""

    IDLE = "idle"
    REBOOTING = "rebooting"
    REIMAGING = "reimaging"
    RUNNING = "running"
    UNUSABLE = "unusable"
    CREATING = "creating"
    STARTING = "starting"
    WAITING_FOR_START_TASK = "waitingforstarttask"
    START_TASK_FAILED = "starttaskfailed"
    UNKNOWN = "unknown"
    LEAVING_POOL = "leavingpool"
    OFFLINE = "offline"
    PREEMPTED = "preempted"
    UPGRADING_OS = "upgradingos"
    DEALLOCATED = "deallocated"
    DEALLOCATING = "deallocating"


READY_TO_RUN = frozenset({NodeState.IDLE, NodeState.RUNNING})
"""States of a node that can run tasks."""

FAILED_TO_START = frozenset({NodeState.START_TASK_FAILED, NodeState.UNUSABLE})
"""States of a node that cannot run tasks until it is repaired or replaced."""


SCHEDULING_DISABLED = "disabled"
"""The scheduling state of a node on which no task is started. Source: Batch REST API, `SchedulingState`."""


class JobState(StrEnum):
    """Life of a job. Source: Batch REST API, `JobState`."""

    ACTIVE = "active"
    DISABLING = "disabling"
    DISABLED = "disabled"
    ENABLING = "enabling"
    TERMINATING = "terminating"
    COMPLETED = "completed"
    DELETING = "deleting"


ENDED = frozenset({JobState.COMPLETED, JobState.DELETING})
"""States of a job none of whose tasks runs any more."""

CLOSED = ENDED | {JobState.TERMINATING}
"""States of a job that accepts no task any more."""

HELD = frozenset({JobState.DISABLING, JobState.DISABLED})
"""States of a job that starts no task until it is enabled."""


class ScheduleState(StrEnum):
    """Life of a job schedule. Source: Batch REST API, `JobScheduleState`."""

    ACTIVE = "active"
    DISABLED = "disabled"
    TERMINATING = "terminating"
    COMPLETED = "completed"
    DELETING = "deleting"


SCHEDULE_OVER = frozenset({ScheduleState.TERMINATING, ScheduleState.COMPLETED, ScheduleState.DELETING})
"""States of a job schedule that makes no job any more."""


class TaskState(StrEnum):
    """Life of a task. Source: Batch REST API, `TaskState`."""

    ACTIVE = "active"
    PREPARING = "preparing"
    RUNNING = "running"
    COMPLETED = "completed"


class TaskResult(StrEnum):
    """How a task ended. Source: Batch REST API, `TaskExecutionResult`."""

    SUCCESS = "success"
    FAILURE = "failure"


JOB_MOVES: Mapping[JobState, frozenset[JobState]] = {
    JobState.ACTIVE: frozenset({JobState.DISABLING, JobState.TERMINATING, JobState.DELETING}),
    JobState.DISABLING: frozenset({JobState.DISABLED, JobState.ENABLING, JobState.TERMINATING, JobState.DELETING}),
    JobState.DISABLED: frozenset({JobState.ENABLING, JobState.DISABLING, JobState.TERMINATING, JobState.DELETING}),
    JobState.ENABLING: frozenset({JobState.ACTIVE, JobState.DISABLING, JobState.TERMINATING, JobState.DELETING}),
    JobState.TERMINATING: frozenset({JobState.COMPLETED, JobState.DELETING}),
    JobState.COMPLETED: frozenset({JobState.DELETING}),
    JobState.DELETING: frozenset(),
}
"""From a job's state to the states it may take next. Source: Batch REST API, "Job" operations, and recorded answers."""

TASK_MOVES: Mapping[TaskState, frozenset[TaskState]] = {
    TaskState.ACTIVE: frozenset({TaskState.PREPARING, TaskState.RUNNING, TaskState.COMPLETED}),
    TaskState.PREPARING: frozenset({TaskState.ACTIVE, TaskState.RUNNING, TaskState.COMPLETED}),
    # Back to active: requeued, because its node left or its job was disabled.
    TaskState.RUNNING: frozenset({TaskState.ACTIVE, TaskState.COMPLETED}),
    # Back to active: reactivated.
    TaskState.COMPLETED: frozenset({TaskState.ACTIVE}),
}
"""From a task's state to the states it may take next. Source: Batch REST API, `TaskState`."""
