"""PlannedPool and its parts: images, start task, mounts, automatic scaling."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import timedelta

    from recipebatch.plan.model.files import PlannedResourceFile, UserIdentity
    from recipebatch.plan.model.task import (
        PlannedContainerSettings,
        PlannedRegistry,
    )
    from recipebatch.vocabulary.ids import PoolId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """A marketplace image, `imageReference` of the REST API, or another by its id.

    Attributes:
        id_kind: the REST name of its id: `virtualMachineImageId`, `sharedGalleryImageId` or `communityGalleryImageId`;
            None for a marketplace image.
    """

    publisher: str = ""
    offer: str = ""
    sku: str = ""
    version: str = "latest"
    id_kind: str | None = None
    id: str = ""

    def __str__(self) -> str:
        if self.id_kind is not None:
            return self.id
        return f"{self.publisher}/{self.offer}/{self.sku}/{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStartTask:
    """What every node runs when it joins the pool."""

    command_line: str
    resource_files: tuple[PlannedResourceFile, ...]
    environment_settings: tuple[tuple[str, str], ...]
    user_identity: UserIdentity
    max_task_retry_count: int
    wait_for_success: bool
    container_settings: PlannedContainerSettings | None = None
    raw: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedContainers:
    """What makes the nodes of a pool run container tasks; passwords of registries may be deferred values."""

    image_names: tuple[str, ...]
    registries: tuple[PlannedRegistry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAutoScale:
    """The formula that decides the number of nodes.

    Attributes:
        evaluation_interval: None is the service's 15 minutes.
        scenario: the one it was made from, or None.
    """

    formula: str
    evaluation_interval: timedelta | None
    scenario: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMount:
    """A file system that every node has below `$AZ_BATCH_NODE_MOUNTS_DIR`.

    Attributes:
        container: logical name of the container that is mounted; None for the other kinds.
        identity: of the node, that opens the container; None lets a SAS do it.
        other: the whole entry by REST names where `container` is None; may hold deferred values.
    """

    container: str | None
    relative_mount_path: str
    blobfuse_options: str | None
    read_only: bool
    identity: str | None
    other: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAutoPool:
    """The service makes the pool with its job, or with the schedule.

    Attributes:
        pool_lifetime_option: `job` or `jobschedule`.
        keep_alive: the pool stays when its life is over.
    """

    auto_pool_id_prefix: str
    pool_lifetime_option: str
    keep_alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPool:
    """One pool of the run.

    Attributes:
        logical: the name in the recipe; `pool` when the recipe has just one.
        existing: the run uses it but did not make it: it is neither created nor purged.
        image: None only for an existing pool.
        os: `linux` or `windows`; decides how commands are quoted.
        task_slots_per_node: tasks at once on one node; 1 up to the smaller of 4 x cores and 256.
        resize_timeout: how long the service may take to allocate nodes; not below 5 minutes.
        job_default_order: `none` or `creationtime`: of jobs with equal priority.
        min_ready_nodes: so many ready nodes are enough to go on; None is all of them, or none with `auto_scale`.
        provisioning_timeout: how long they are waited for; None is `resize_timeout` and half an hour.
        node_agent_sku_id: of an image by id; None looks it up from the service.
        vm_sizes: those to try when the service cannot allocate `vm_size`, which is the first of them.
        properties: more of the request by REST names; may hold deferred values.
        auto: jobs make it for themselves (`auto_pool`): it is neither provisioned nor purged by its id.
        endless: a schedule without an end uses it, so that it does not empty itself when the run's time is over.
    """

    logical: str
    id: PoolId
    existing: bool
    os: str
    image: ImageReference | None
    vm_size: str
    target_dedicated_nodes: int
    target_low_priority_nodes: int
    task_slots_per_node: int
    resize_timeout: timedelta
    start_task: PlannedStartTask | None
    display_name: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    node_fill_type: str | None = None
    job_default_order: str | None = None
    enable_inter_node_communication: bool = False
    container_configuration: PlannedContainers | None = None
    auto_scale: PlannedAutoScale | None = None
    min_ready_nodes: int | None = None
    provisioning_timeout: timedelta | None = None
    node_agent_sku_id: str | None = None
    vm_sizes: tuple[str, ...] = ()
    properties: dict[str, Any] = field(default_factory=dict)
    mounts: tuple[PlannedMount, ...] = ()
    application_package_references: tuple[tuple[str, str | None], ...] = ()
    auto: bool = False
    endless: bool = False
    raw: dict[str, object] | None = None
