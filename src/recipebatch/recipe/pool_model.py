"""What a pool says beyond its image, size and start task: scaling, containers, mounts, limits of provisioning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.blocks import Tree
    from recipebatch.recipe.model import Number, Setting, Text
    from recipebatch.recipe.task_model import RegistrySpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageIdSpec:
    """An image that is no marketplace image.

    Attributes:
        key: `virtual_machine_image_id`, `shared_gallery_image_id` or `community_gallery_image_id`.
    """

    at: SourcePosition
    key: str
    value: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoScaleSpec:
    """`autoscale:`; either `formula` or `scenario` is set.

    Attributes:
        evaluation_interval: 5 minutes to 168 hours.
        scenario: `active_tasks`, `pending_tasks`, `workday` or `weekend`.
        spot: the scenario scales spot nodes, not dedicated ones.
        hours: of a work day, the first and the one it ends with; 0 to 24.
        utc_offset: hours that the clock of the people is ahead of UTC.
        sample_window: how far back tasks are counted.
        node_deallocation_option: in the words of the wire.
    """

    at: SourcePosition
    formula: Text
    evaluation_interval: Setting[timedelta, timedelta]
    scenario: str | None
    min_nodes: Number
    max_nodes: Setting[int, None]
    spot: bool
    hours: tuple[Number, Number]
    utc_offset: Setting[float, float]
    sample_window: Setting[timedelta, timedelta]
    node_deallocation_option: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerConfigurationSpec:
    """`container_configuration:`; `type` in the words of the wire."""

    at: SourcePosition
    type: str
    container_image_names: tuple[Text, ...]
    container_registries: tuple[RegistrySpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MountSpec:
    """One entry of `mount_configuration:`.

    Attributes:
        container: logical name of the container that is mounted; None for the other kinds.
        read_only: the node may not write to the container.
        identity: of the node, that opens the container; None lets a SAS do it.
        other: what else the service is told, by REST names: the whole entry where `container` is None.
    """

    at: SourcePosition
    container: str | None
    relative_mount_path: Text
    blobfuse_options: Text
    read_only: bool
    identity: Text
    other: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningSpec:
    """`provisioning:`: when a pool is good enough to go on.

    Attributes:
        min_ready: a number of nodes, or a share of them such as `98%`; None is all.
        timeout: how long `provision` waits; None is derived from `resize_timeout`.
        reboot_unusable: a node that is unusable or whose start task failed is rebooted once.
    """

    at: SourcePosition
    min_ready: Setting[int | str, None]
    timeout: Setting[timedelta, timedelta | None]
    reboot_unusable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoPoolSpec:
    """`auto_pool:` of a job: the service makes its pool with it.

    Attributes:
        pool_lifetime_option: `job` or `jobschedule`.
        keep_alive: the pool stays when its life is over.
    """

    at: SourcePosition
    auto_pool_id_prefix: Text
    pool_lifetime_option: str
    keep_alive: bool
