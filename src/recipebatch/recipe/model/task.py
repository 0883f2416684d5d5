"""What a task template and a job say beyond their commands and files: dependencies, ends, merging, special tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model.setting import CommandSpec, EnvironmentSpec, Number, Setting, Text, UserIdentitySpec
    from recipebatch.recipe.model.storage import OutputFileSpec, ResourceFileSpec
    from recipebatch.recipe.nodes import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencySpec:
    """One entry of `depends_on:`; exactly one of `template`, `task_ids` and `ranges` is set.

    Attributes:
        same_item: only the tasks of `template` with the same item.
    """

    at: SourcePosition
    template: str | None = None
    same_item: bool = False
    task_ids: tuple[Text, ...] = ()
    ranges: tuple[tuple[Number, Number], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitRuleSpec:
    """What follows from one way to end, in the words of the wire; None is the service's default."""

    job_action: str | None
    dependency_action: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitConditionsSpec:
    """`exit_conditions:`; codes are ranges of one."""

    at: SourcePosition
    exit_codes: tuple[tuple[Number, ExitRuleSpec], ...]
    exit_code_ranges: tuple[tuple[Number, Number, ExitRuleSpec], ...]
    pre_processing_error: ExitRuleSpec | None
    file_upload_error: ExitRuleSpec | None
    default: ExitRuleSpec | None

    def rules(self) -> tuple[ExitRuleSpec, ...]:
        """All of them."""
        others = (self.pre_processing_error, self.file_upload_error, self.default)
        return (
            *(rule for _, rule in self.exit_codes),
            *(rule for _, _, rule in self.exit_code_ranges),
            *(rule for rule in others if rule is not None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySpec:
    """What `retry:` asks of recipebatch, beyond the service's own retries after nonzero exit codes."""

    causes: tuple[str, ...]
    exit_codes: tuple[int, ...]
    limit: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class ReduceSpec:
    """`reduce:`: a tree of tasks that merges what the tasks of another template wrote.

    Attributes:
        output: the `file_pattern` of the output file that is merged; None where there is only one.
        fan_in: results that one task merges at most; at least 2.
        on_failed: `block` or `satisfy`.
        parts_container: for what the lower levels write; None is the container of the template's own output file.
    """

    at: SourcePosition
    over: str
    output: str | None
    fan_in: Number
    on_failed: str
    parts_container: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiInstanceSpec:
    """`multi_instance_settings:`."""

    at: SourcePosition
    number_of_instances: Number
    coordination: CommandSpec | None
    common_resource_files: tuple[ResourceFileSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySpec:
    """A container registry and how to log in: user and password, or a managed identity."""

    registry_server: Text
    user_name: Text
    password: Text
    identity: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSettingsSpec:
    """`container_settings:`; `working_directory` in the words of the wire."""

    at: SourcePosition
    image_name: Text
    container_run_options: Text
    working_directory: str | None
    registry: RegistrySpec | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageSpec:
    """An application package of the account."""

    application_id: Text
    version: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTaskSpec:
    """What the preparation, release and manager tasks of a job have in common.

    Attributes:
        id: None is the service's own.
    """

    at: SourcePosition
    id: Text
    command: CommandSpec
    resource_files: tuple[ResourceFileSpec, ...]
    environment_settings: EnvironmentSpec
    user_identity: UserIdentitySpec
    container_settings: ContainerSettingsSpec | None
    max_wall_clock_time: Setting[timedelta, timedelta | None]
    max_task_retry_count: Setting[int, int]
    retention_time: Setting[timedelta, timedelta | None]
    raw: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationSpec:
    """`job_preparation_task:`."""

    task: JobTaskSpec
    wait_for_success: bool
    rerun_on_node_reboot_after_success: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerSpec:
    """`job_manager_task:`."""

    task: JobTaskSpec
    display_name: Text
    output_files: tuple[OutputFileSpec, ...]
    required_slots: Number
    application_package_references: tuple[PackageSpec, ...]
    kill_job_on_completion: bool
    run_exclusive: bool
    allow_low_priority_node: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSpec:
    """`schedule:` of a job."""

    at: SourcePosition
    recurrence_interval: Setting[timedelta, timedelta | None]
    start_window: Setting[timedelta, timedelta | None]
    do_not_run_until: Setting[datetime, datetime | None]
    do_not_run_after: Setting[datetime, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSpec:
    """A job that must have ended before another is expanded; `on_failed` is `block` or `satisfy`."""

    at: SourcePosition
    job: str
    on_failed: str
