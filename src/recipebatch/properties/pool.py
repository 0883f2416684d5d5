"""What a pool passes on to the service; each field is a row of the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from recipebatch.properties import machine
from recipebatch.properties.table import (
    Pairs,
    Raw,
    Reference,
    Value,
    azure_id,
    block,
    choice,
    duration,
    flag,
    integer,
    prop,
    shape_of,
    text,
)
from recipebatch.properties.task import (
    COMMAND_LINE,
    CONTAINER_SETTINGS,
    DISPLAY_NAME,
    ENVIRONMENT,
    PACKAGES,
    RESOURCE_FILES,
    USER_IDENTITY,
    ContainerRegistry,
)
from recipebatch.properties.value_types import relative_path, some_lines, utc_offset
from recipebatch.vocabulary import limits

if TYPE_CHECKING:
    from recipebatch.properties.deferred import Text
    from recipebatch.properties.files import ResourceFile
    from recipebatch.properties.task import ContainerSettings, UserIdentity

_BLOB = "azure_blob_file_system_configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTask:
    """What every node runs when it joins the pool."""

    command_line: str = prop(COMMAND_LINE)
    resource_files: tuple[ResourceFile, ...] = prop(RESOURCE_FILES)
    environment_settings: tuple[tuple[str, Text], ...] = prop(ENVIRONMENT)
    user_identity: UserIdentity = prop(USER_IDENTITY)
    max_task_retry_count: int = prop(integer("maxTaskRetryCount", -1, default=0))
    wait_for_success: bool = prop(flag("waitForSuccess", default=True))
    container_settings: ContainerSettings | None = prop(CONTAINER_SETTINGS)
    raw: dict[str, object] | None = prop(Raw())


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerConfiguration:
    """What makes the nodes of a pool run container tasks."""

    image_names: tuple[str, ...] = prop(text("containerImageNames", key="container_image_names", default=(), many=True))
    registries: tuple[ContainerRegistry, ...] = prop(
        block("containerRegistries", ContainerRegistry, key="container_registries", many=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A file system that every node has below `$AZ_BATCH_NODE_MOUNTS_DIR`.

    Attributes:
        container: logical name of the container that is mounted; None for the other kinds.
        read_only: the node may not write to the container.
        identity: of the node, that opens the container; None lets a SAS do it.
        other: the whole entry by REST names where `container` is None; may hold deferred values.
    """

    container: str | None = prop(Reference(key=f"{_BLOB}.container"))
    relative_mount_path: str = prop(Value(key=f"{_BLOB}.relative_mount_path", convert=relative_path))
    blobfuse_options: str | None = prop(text("", key=f"{_BLOB}.blobfuse_options"))
    read_only: bool = prop(flag("", key=f"{_BLOB}.read_only", default=True))
    identity: str | None = prop(azure_id("", key=f"{_BLOB}.identity"))
    other: dict[str, Any] = prop(machine.MOUNTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoScale:
    """What decides the number of nodes: either `formula` or `scenario` is set.

    Attributes:
        evaluation_interval: None is the service's 15 minutes.
        scenario: `active_tasks` (queued ones), `pending_tasks` (queued and running), `workday` or `weekend`.
        max_increment: nodes that one evaluation adds at most; None is no limit.
        spot: the scenario scales spot nodes, not dedicated ones.
        start_hour, end_hour: of a work day; 0 to 24.
        utc_offset: hours that the clock of the people is ahead of UTC.
        sample_window: how far back tasks are counted.
        node_deallocation_option: in the words of the REST API.
    """

    formula: str | None = prop(Value(convert=some_lines))
    evaluation_interval: timedelta | None = prop(
        duration("", limits.MIN_AUTO_SCALE_INTERVAL, limits.MAX_AUTO_SCALE_INTERVAL)
    )
    scenario: str | None = prop(
        choice("", names={name: name for name in ("active_tasks", "pending_tasks", "workday", "weekend")})
    )
    min_nodes: int = prop(integer("", 0, default=0))
    max_nodes: int | None = prop(integer("", 0))
    max_increment: int | None = prop(integer("", 1))
    spot: bool = prop(flag("", default=False))
    start_hour: int = prop(integer("", 0, 24, key="hours.start", default=8))
    end_hour: int = prop(integer("", 0, 24, key="hours.end", default=18))
    utc_offset: float = prop(Value(convert=utc_offset, default=0.0))
    sample_window: timedelta = prop(duration("", timedelta(minutes=1), default=timedelta(minutes=10)))
    node_deallocation_option: str = prop(
        choice("", "requeue", "terminate", "task_completion", "retained_data", default="taskcompletion")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolProperties:
    """What a pool passes on.

    Attributes:
        task_slots_per_node: tasks at once on one node; 1 up to the smaller of 4 x cores and 256.
        resize_timeout: how long the service may take to allocate nodes; not below 5 minutes.
        job_default_order: `none` or `creationtime`: of jobs with equal priority.
        min_ready_nodes: so many ready nodes are enough to go on; None is all of them, or none with `auto_scale`.
        provisioning_timeout: how long they are waited for; None is `resize_timeout` and half an hour.
        application_package_references: (application, version or None for its default).
        properties: more of the request by REST names; may hold deferred values.
        raw: properties of the request that have no row.
    """

    target_dedicated_nodes: int = prop(integer("targetDedicatedNodes", 0, default=0, by_code=True))
    target_low_priority_nodes: int = prop(
        integer("targetLowPriorityNodes", 0, key="target_low_priority_nodes|spot_nodes", default=0, by_code=True)
    )
    task_slots_per_node: int = prop(integer("taskSlotsPerNode", 1, limits.MAX_TASK_SLOTS_PER_NODE, default=1))
    resize_timeout: timedelta = prop(
        duration("resizeTimeout", limits.MIN_RESIZE_TIMEOUT, default=limits.DEFAULT_RESIZE_TIMEOUT, by_code=True)
    )
    start_task: StartTask | None = prop(block("startTask", StartTask))
    display_name: str | None = prop(DISPLAY_NAME)
    metadata: tuple[tuple[str, str], ...] = prop(Pairs(wire="metadata"))
    node_fill_type: str | None = prop(
        choice("taskSchedulingPolicy.nodeFillType", "spread", "pack", key="task_scheduling_policy.node_fill_type")
    )
    job_default_order: str | None = prop(
        choice(
            "taskSchedulingPolicy.jobDefaultOrder",
            "none",
            "creation_time",
            key="task_scheduling_policy.job_default_order",
        )
    )
    enable_inter_node_communication: bool = prop(flag("enableInterNodeCommunication", default=False, omit_default=True))
    container_configuration: ContainerConfiguration | None = prop(
        block(
            "virtualMachineConfiguration.containerConfiguration",
            ContainerConfiguration,
            constants=(("type", "dockerCompatible"),),
        )
    )
    min_ready_nodes: int | None = prop(integer("", 0, key="provisioning.min_ready_nodes"))
    provisioning_timeout: timedelta | None = prop(duration("", key="provisioning.timeout"))
    properties: dict[str, Any] = prop(machine.SETTINGS)
    mounts: tuple[Mount, ...] = prop(
        block("mountConfiguration", Mount, key="mount_configuration", many=True, by_code=True)
    )
    application_package_references: tuple[tuple[str, str | None], ...] = prop(PACKAGES)
    raw: dict[str, object] | None = prop(Raw())


POOL = shape_of(PoolProperties)
