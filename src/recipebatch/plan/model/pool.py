"""PlannedPool, its image and its formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.properties.pool import PoolProperties

if TYPE_CHECKING:
    from datetime import timedelta

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
class PlannedPool(PoolProperties):
    """One pool of the run; what is only passed on is in `PoolProperties`.

    Attributes:
        logical: the name in the recipe; `pool` when the recipe has just one.
        existing: the run uses it but did not make it: it is neither created nor purged.
        image: None only for an existing pool.
        os: `linux` or `windows`; decides how commands are quoted.
        node_agent_sku_id: of an image by id; None looks it up from the service.
        vm_sizes: those to try when the service cannot allocate `vm_size`, which is the first of them.
        auto: jobs make it for themselves (`auto_pool`): it is neither provisioned nor purged by its id.
        endless: a schedule without an end uses it, so no formula removes its nodes when the run expires.
        outlives: it is made with a job, and stays when that has ended (`keep_alive`).
    """

    logical: str
    id: PoolId
    existing: bool
    os: str
    image: ImageReference | None
    vm_size: str
    auto_scale: PlannedAutoScale | None = None
    node_agent_sku_id: str | None = None
    vm_sizes: tuple[str, ...] = ()
    auto: bool = False
    endless: bool = False
    outlives: bool = False
