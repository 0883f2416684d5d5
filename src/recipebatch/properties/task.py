"""What tasks of all kinds pass on, in the words of the REST API; each field is a row of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.properties.table import (
    SAME,
    Command,
    OutputFiles,
    Pairs,
    Raw,
    ResourceFiles,
    Value,
    block,
    choice,
    duration,
    integer,
    prop,
    shape_of,
    text,
    tuples,
)
from recipebatch.properties.value_types import at_most, content
from recipebatch.vocabulary import limits
from recipebatch.vocabulary.causes import Cause

if TYPE_CHECKING:
    from datetime import timedelta

    from recipebatch.properties.deferred import Text
    from recipebatch.properties.files import OutputFile, ResourceFile

DISPLAY_NAME = Value(wire="displayName", convert=at_most(limits.MAX_DISPLAY_NAME_LENGTH))
PACKAGES = tuples("applicationPackageReferences", application_id=text("applicationId"), version=text("version"))
"""Application packages of the account: (application, version or None for its default)."""

_EXIT_CODE = integer("code", -(2**31), 2**32 - 1, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserIdentity:
    """The account that runs a command: one that Batch makes (`auto_user`), or one of the pool's (`user_name`)."""

    scope: str = prop(
        choice("autoUser.scope", "pool", "task", key="auto_user.scope", default="pool", unless="user_name")
    )
    elevation_level: str = prop(
        choice(
            "autoUser.elevationLevel",
            "nonadmin",
            "admin",
            key="auto_user.elevation_level",
            default="nonadmin",
            unless="user_name",
        )
    )
    user_name: str | None = prop(text("username"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConstraints:
    """Limits of one task.

    Attributes:
        max_wall_clock_time: of one try, downloads included; None is no limit.
        max_task_retry_count: retries, not runs: 3 lets a task run four times; -1 is no limit.
        retention_time: how long its files stay on the node; None is the service's 7 days.
    """

    max_wall_clock_time: timedelta | None = prop(duration("maxWallClockTime"))
    max_task_retry_count: int = prop(integer("maxTaskRetryCount", -1, default=0))
    retention_time: timedelta | None = prop(duration("retentionTime"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitOptions:
    """What follows from one way to end; None is the service's default."""

    job_action: str | None = prop(choice("jobAction", "none", "disable", "terminate"))
    dependency_action: str | None = prop(choice("dependencyAction", "satisfy", "block"))


_EXIT_OPTIONS = block("exitOptions", ExitOptions, key=SAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitConditions:
    """What follows from how a task ends; ranges include both ends."""

    exit_codes: tuple[tuple[int, ExitOptions], ...] = prop(
        tuples("exitCodes", code=_EXIT_CODE, exit_options=_EXIT_OPTIONS)
    )
    exit_code_ranges: tuple[tuple[int, int, ExitOptions], ...] = prop(
        tuples(
            "exitCodeRanges",
            start=integer("start", -(2**31), 2**32 - 1, default=0),
            end=integer("end", -(2**31), 2**32 - 1, default=0),
            exit_options=_EXIT_OPTIONS,
        )
    )
    pre_processing_error: ExitOptions | None = prop(block("preProcessingError", ExitOptions))
    file_upload_error: ExitOptions | None = prop(block("fileUploadError", ExitOptions))
    default: ExitOptions | None = prop(block("default", ExitOptions))


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiInstanceSettings:
    """A task on several nodes at once; the coordination command runs on each of them before the task's own."""

    number_of_instances: int = prop(integer("numberOfInstances", 1, default=1))
    coordination_command_line: str = prop(
        Command(wire="coordinationCommandLine", shell_key="coordination_commands", optional=True)
    )
    common_resource_files: tuple[ResourceFile, ...] = prop(ResourceFiles(wire="commonResourceFiles"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRegistry:
    """A container registry and how to log in: user and password, or a managed identity."""

    registry_server: str | None = prop(text("registryServer"))
    user_name: str | None = prop(text("username"))
    password: Text | None = prop(text("password", secret=True, deferred=True))
    identity: str | None = prop(text("identityReference.resourceId"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSettings:
    """The container image that a command runs in."""

    image_name: str = prop(text("imageName"))
    container_run_options: str | None = prop(text("containerRunOptions"))
    working_directory: str | None = prop(
        choice(
            "workingDirectory",
            names={
                "task_working_directory": "taskWorkingDirectory",
                "container_image_default": "containerImageDefault",
            },
        )
    )
    registry: ContainerRegistry | None = prop(block("registry", ContainerRegistry))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """When recipebatch itself tries a task again, beyond what the service does.

    Attributes:
        causes: `vocabulary.causes.Cause` values.
        exit_codes: of the cause `exit_code` only these; empty is every one if it is among the causes.
        limit: how often at most.
    """

    causes: tuple[str, ...] = prop(choice("", names={cause: cause for cause in Cause}, many=True, default=()))
    exit_codes: tuple[int, ...] = prop(integer("", -(2**31), 2**32 - 1, many=True, default=()))
    limit: int = prop(integer("", 1, default=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What the author of a recipe expects; estimates are made of it, nothing else.

    Attributes:
        task: how long one task takes, downloads included; None is not said.
    """

    task: timedelta | None = prop(duration(""))


COMMAND_LINE = Command(wire="commandLine")
RESOURCE_FILES = ResourceFiles(wire="resourceFiles")
OUTPUT_FILES = OutputFiles(wire="outputFiles")
ENVIRONMENT = Pairs(wire="environmentSettings", environment=True, deferred=True, convert=content)
CONTAINER_SETTINGS = block("containerSettings", ContainerSettings, raw=True)
USER_IDENTITY = block("userIdentity", UserIdentity, always=True)
REQUIRED_SLOTS = integer("requiredSlots", 1, limits.MAX_TASK_SLOTS_PER_NODE, default=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskProperties:
    """What a task passes on.

    Attributes:
        command_line: complete, quoted for the pool's operating system; holds no deferred value.
        application_package_references: (application, version or None for its default).
        raw: properties of the request that have no row.
    """

    command_line: str = prop(COMMAND_LINE)
    resource_files: tuple[ResourceFile, ...] = prop(RESOURCE_FILES)
    output_files: tuple[OutputFile, ...] = prop(OUTPUT_FILES)
    environment_settings: tuple[tuple[str, Text], ...] = prop(ENVIRONMENT)
    constraints: TaskConstraints = prop(block("constraints", TaskConstraints, always=True, raw=True))
    required_slots: int = prop(REQUIRED_SLOTS)
    user_identity: UserIdentity = prop(USER_IDENTITY)
    display_name: str | None = prop(DISPLAY_NAME)
    exit_conditions: ExitConditions | None = prop(block("exitConditions", ExitConditions))
    multi_instance_settings: MultiInstanceSettings | None = prop(block("multiInstanceSettings", MultiInstanceSettings))
    container_settings: ContainerSettings | None = prop(CONTAINER_SETTINGS)
    application_package_references: tuple[tuple[str, str | None], ...] = prop(PACKAGES)
    raw: dict[str, object] | None = prop(Raw())


TASK = shape_of(TaskProperties)
