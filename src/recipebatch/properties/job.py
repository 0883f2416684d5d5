"""What a job passes on: its settings, its special tasks, its schedule; each field is a row of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.properties import value_types
from recipebatch.properties.table import (
    SAME,
    Pairs,
    Raw,
    Unwritten,
    Value,
    block,
    choice,
    duration,
    flag,
    integer,
    prop,
    shape_of,
)
from recipebatch.properties.task import (
    COMMAND_LINE,
    CONTAINER_SETTINGS,
    DISPLAY_NAME,
    ENVIRONMENT,
    OUTPUT_FILES,
    PACKAGES,
    REQUIRED_SLOTS,
    RESOURCE_FILES,
    USER_IDENTITY,
)
from recipebatch.vocabulary import ids, limits

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from recipebatch.properties.deferred import Text
    from recipebatch.properties.files import OutputFile, ResourceFile
    from recipebatch.properties.task import ContainerSettings, UserIdentity

_CLOCK = "constraints.max_wall_clock_time"
_RETRIES = "constraints.max_task_retry_count"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTask:
    """What the preparation, release and manager tasks of a job have in common; an id of None is the service's own."""

    id: str | None = prop(Value(wire="id", convert=value_types.batch_id(ids.task_id)))
    command_line: str = prop(COMMAND_LINE)
    resource_files: tuple[ResourceFile, ...] = prop(RESOURCE_FILES)
    environment_settings: tuple[tuple[str, Text], ...] = prop(ENVIRONMENT)
    user_identity: UserIdentity = prop(USER_IDENTITY)
    container_settings: ContainerSettings | None = prop(CONTAINER_SETTINGS)
    max_wall_clock_time: timedelta | None = prop(duration("constraints.maxWallClockTime", key=_CLOCK))
    max_task_retry_count: int = prop(integer("constraints.maxTaskRetryCount", -1, key=_RETRIES, default=0))
    retention_time: timedelta | None = prop(duration("constraints.retentionTime", key="constraints.retention_time"))
    raw: dict[str, object] | None = prop(Raw())


RELEASE = shape_of(
    JobTask,
    wire="jobReleaseTask",
    other_rows={
        "max_wall_clock_time": duration("maxWallClockTime", maximum=limits.MAX_RELEASE_TIME),
        "max_task_retry_count": Unwritten(default=0),
        "retention_time": duration("retentionTime"),
    },
)
_TASK = block(SAME, JobTask, key=SAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPreparationTask:
    """Runs on a node before its first task of the job."""

    task: JobTask = prop(_TASK)
    wait_for_success: bool = prop(flag("waitForSuccess", default=True))
    rerun_on_node_reboot_after_success: bool = prop(flag("rerunOnNodeRebootAfterSuccess", default=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class JobManagerTask:
    """Runs first, and may add tasks."""

    task: JobTask = prop(_TASK)
    display_name: str | None = prop(DISPLAY_NAME)
    output_files: tuple[OutputFile, ...] = prop(OUTPUT_FILES)
    required_slots: int = prop(REQUIRED_SLOTS)
    application_package_references: tuple[tuple[str, str | None], ...] = prop(PACKAGES)
    kill_job_on_completion: bool = prop(flag("killJobOnCompletion", default=True))
    run_exclusive: bool = prop(flag("runExclusive", default=True))
    allow_low_priority_node: bool = prop(flag("allowLowPriorityNode", default=False))

    @property
    def id(self) -> str:
        """The id that the task has in its job."""
        return str((self.task.raw or {}).get("id", "jobmanager"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the service makes the job; None is no such limit."""

    recurrence_interval: timedelta | None = prop(duration("recurrenceInterval", limits.MIN_RECURRENCE_INTERVAL))
    start_window: timedelta | None = prop(duration("startWindow", limits.MIN_START_WINDOW))
    do_not_run_until: datetime | None = prop(Value(wire="doNotRunUntil", convert=value_types.instant))
    do_not_run_after: datetime | None = prop(Value(wire="doNotRunAfter", convert=value_types.instant))


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoPool:
    """The service creates the pool with its job or schedule; `keep_alive`: it stays after its lifetime."""

    auto_pool_id_prefix: str = prop(
        Value(wire="autoPoolIdPrefix", convert=value_types.at_most(limits.MAX_AUTO_POOL_PREFIX_LENGTH))
    )
    pool_lifetime_option: str = prop(choice("poolLifetimeOption", "job", "job_schedule", default="job"))
    keep_alive: bool = prop(flag("keepAlive", default=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProperties:
    """What a job passes on; what is the service's default is left out where not every account may set it.

    Attributes:
        max_wall_clock_time: of the whole job from its creation; a job without a limit is not allowed in a run.
        max_parallel_tasks: running tasks at once; -1 is no limit.
        on_all_tasks_complete: `noaction` or `terminatejob`, once all tasks were added.
        raw: properties of the request that have no row.
    """

    priority: int = prop(integer("priority", limits.MIN_JOB_PRIORITY, limits.MAX_JOB_PRIORITY, default=0))
    max_wall_clock_time: timedelta = prop(duration("constraints.maxWallClockTime", key=_CLOCK))
    max_task_retry_count: int = prop(integer("constraints.maxTaskRetryCount", -1, key=_RETRIES, default=0))
    max_parallel_tasks: int = prop(Value(wire="maxParallelTasks", convert=value_types.parallel_tasks, default=-1))
    common_environment_settings: tuple[tuple[str, Text], ...] = prop(
        Pairs(wire="commonEnvironmentSettings", environment=True, deferred=True, convert=value_types.content)
    )
    display_name: str | None = prop(DISPLAY_NAME)
    metadata: tuple[tuple[str, str], ...] = prop(Pairs(wire="metadata"))
    allow_task_preemption: bool = prop(flag("allowTaskPreemption", default=False, omit_default=True))
    on_task_failure: str = prop(
        choice("onTaskFailure", "no_action", "perform_exit_options_job_action", default="noaction", omit_default=True)
    )
    on_all_tasks_complete: str = prop(
        choice("onAllTasksComplete", "no_action", "terminate_job", default="terminatejob", by_code=True)
    )
    job_preparation_task: JobPreparationTask | None = prop(block("jobPreparationTask", JobPreparationTask))
    job_release_task: JobTask | None = prop(RELEASE)
    job_manager_task: JobManagerTask | None = prop(block("jobManagerTask", JobManagerTask))
    schedule: Schedule | None = prop(block("", Schedule))
    auto_pool: AutoPool | None = prop(block("", AutoPool))
    raw: dict[str, object] | None = prop(Raw())


JOB = shape_of(JobProperties)
