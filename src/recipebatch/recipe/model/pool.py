"""What few pools say: images by id, scaling, mounts, and pools that live as long as their job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model.setting import Number, Setting, Text, Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageIdSpec:
    """An image that is no marketplace image.

    Attributes:
        key: `virtual_machine_image_id`, `shared_gallery_image_id` or `community_gallery_image_id`.
    """

    key: str
    value: Text
    node_agent_sku_id: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoScaleSpec:
    """`pool.auto_scale`: either `formula` or `scenario` is set.

    Attributes:
        evaluation_interval: 5 minutes to 7 days.
        scenario: `active_tasks`, `pending_tasks`, `workday` or `weekend`.
        max_increment: nodes that one evaluation adds at most.
        spot: the scenario scales spot nodes, not dedicated ones.
        hours: of a work day, the first and the one it ends with; 0 to 24.
        utc_offset: hours that the clock of the people is ahead of UTC.
        sample_window: how far back tasks are counted.
        node_deallocation_option: in the words of the wire.
    """

    at: SourcePosition
    formula: Text
    evaluation_interval: Setting[timedelta, timedelta | None]
    scenario: str | None
    min_nodes: Number
    max_nodes: Setting[int, None]
    max_increment: Setting[int, None]
    spot: bool
    hours: tuple[Number, Number]
    utc_offset: Setting[float, float]
    sample_window: Setting[timedelta, timedelta]
    node_deallocation_option: str


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
class AutoPoolSpec:
    """`auto_pool:` of a job: the service makes the pool with it.

    Attributes:
        pool_lifetime_option: `job` or `jobschedule`.
        keep_alive: the pool stays when its life is over.
    """

    at: SourcePosition
    auto_pool_id_prefix: Text
    pool_lifetime_option: str
    keep_alive: bool
