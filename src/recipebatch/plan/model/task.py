"""What a planned task and job carry beyond commands and files, in the words of the REST API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from recipebatch.plan.model.files import PlannedOutputFile, PlannedResourceFile, UserIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDependencies:
    """The tasks of the same job that a task waits for.

    Attributes:
        task_ids: single ids; at most 64,000 characters together.
        task_id_ranges: (start, end) of integer ids, both included.
    """

    task_ids: tuple[str, ...] = ()
    task_id_ranges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitOptions:
    """What follows from one way to end; None is the service's default.

    Attributes:
        job_action: `none`, `disable` or `terminate`.
        dependency_action: `satisfy` or `block`.
    """

    job_action: str | None = None
    dependency_action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedExitConditions:
    """What follows from how a task ends; ranges include both ends."""

    exit_codes: tuple[tuple[int, ExitOptions], ...] = ()
    exit_code_ranges: tuple[tuple[int, int, ExitOptions], ...] = ()
    pre_processing_error: ExitOptions | None = None
    file_upload_error: ExitOptions | None = None
    default: ExitOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRetry:
    """When recipebatch itself tries a task again, beyond what the service does.

    Attributes:
        causes: `vocabulary.causes.Cause` values.
        exit_codes: of the cause `exit_code` only these; empty is every one if it is among the causes.
        limit: how often at most.
    """

    causes: tuple[str, ...]
    exit_codes: tuple[int, ...]
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMultiInstance:
    """A task on several nodes at once.

    Attributes:
        coordination_command_line: runs on each of them before the task's command runs on the first.
    """

    number_of_instances: int
    coordination_command_line: str
    common_resource_files: tuple[PlannedResourceFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRegistry:
    """A container registry; `password` may be a deferred value."""

    registry_server: str | None = None
    user_name: str | None = None
    password: str | None = None
    identity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedContainerSettings:
    """The container image that a task runs in."""

    image_name: str
    container_run_options: str | None = None
    working_directory: str | None = None
    registry: PlannedRegistry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedJobTask:
    """What the preparation, release and manager tasks of a job have in common.

    Attributes:
        max_wall_clock_time, retention_time: None is the service's default.
        raw: properties of the request that the language does not know.
    """

    id: str | None
    command_line: str
    resource_files: tuple[PlannedResourceFile, ...]
    environment_settings: tuple[tuple[str, str], ...]
    user_identity: UserIdentity
    container_settings: PlannedContainerSettings | None
    max_wall_clock_time: timedelta | None
    max_task_retry_count: int
    retention_time: timedelta | None
    raw: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPreparation:
    """Runs on a node before its first task of the job."""

    task: PlannedJobTask
    wait_for_success: bool
    rerun_on_node_reboot_after_success: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedManager:
    """Runs first, and may add tasks."""

    task: PlannedJobTask
    display_name: str | None
    output_files: tuple[PlannedOutputFile, ...]
    required_slots: int
    application_package_references: tuple[tuple[str, str | None], ...]
    kill_job_on_completion: bool
    run_exclusive: bool
    allow_low_priority_node: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSchedule:
    """When the service makes the job; None is no such limit."""

    recurrence_interval: timedelta | None
    start_window: timedelta | None
    do_not_run_until: datetime | None
    do_not_run_after: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAfter:
    """A job, by its name in the recipe, that must have ended first; `on_failed` is `block` or `satisfy`."""

    job: str
    on_failed: str
