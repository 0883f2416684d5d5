"""What nodes can be made of: images and VM series, as far as they are known or an account offers them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch import execution
from recipebatch.report import Quiet
from recipebatch.vocabulary.machines.images import IMAGES, Image, architecture_of, generation_of, known_image, os_of
from recipebatch.vocabulary.machines.vm_series import SERIES, series_of
from recipebatch.vocabulary.machines.vm_sizes import known_cores

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from recipebatch.report import Progress
    from recipebatch.service import SupportedImage
    from recipebatch.vocabulary.machines.images import KnownImage
    from recipebatch.vocabulary.machines.vm_series import Series


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInfo:
    """One image; None is not known.

    Attributes:
        alias: its short name in recipes.
        publisher, offer, sku: `*` in them stands for whatever fits.
        generation: of the VMs that it boots: 1 or 2.
        architecture: `x64` or `Arm64`.
        containers: it has a container runtime.
        gpu_driver: it has the driver of NVIDIA's GPUs.
        end_of_support: the last day, as `2029-04-01`: what the account says goes before what is known.
        retired: that day is past.
        offered: the account makes pools of it; None if no account was asked.
    """

    alias: str | None
    publisher: str
    offer: str
    sku: str
    os: str
    generation: int | None
    architecture: str | None
    node_agent_sku: str | None
    containers: bool | None
    gpu_driver: bool | None
    end_of_support: str | None
    retired: bool
    offered: bool | None
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageList:
    """Images, and the account that was asked for them; None if none was."""

    account: str | None
    images: tuple[ImageInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesInfo:
    """One VM series, or one size of it; None is not known.

    Attributes:
        size: the size that was asked for; None in a list of series.
        series: None if the size is of no series that is known.
        cores: of the size, if its name says so.
        generations: of VMs: 1, 2 or both.
        architecture: `x64` or `Arm64`.
        gpu: `nvidia` or `amd`; None is no GPU.
        retirement: the last day on which Azure runs its VMs, as `2028-05-01`; None if none is announced.
        retired: that day is past.
    """

    size: str | None
    series: str | None
    cores: int | None
    generations: tuple[int, ...] | None
    architecture: str | None
    gpu: str | None
    retirement: str | None
    retired: bool
    source: str | None


def images(*, account: str | None = None, retired: bool = False, progress: Progress | None = None) -> ImageList:
    """The marketplace images that are known, and what an account offers, if one is named or configured.

    Args:
        account: as in `Recipe.apply`; None asks the configured one, and none if that is the local account.
        retired: also images without an alias, and those whose support has ended.
        progress: receives progress messages.

    Raises:
        UsageError, ServiceError: the account cannot be opened, or the service refused.
    """
    today = datetime.now(UTC).date()
    name, offered = None, None
    if execution.is_configured(account):
        name, offered = execution.offered_images(account, progress or Quiet())
    found = list(_known_images(offered, today))
    if not retired:
        found = [info for info in found if not info.retired and (info.alias is not None or info.offered)]
    return ImageList(account=name, images=tuple(found))


def sizes(vm_sizes: Sequence[str] = (), *, retired: bool = False) -> tuple[SeriesInfo, ...]:
    """The VM series that are known; or what is known of some sizes.

    The Batch service has no list of sizes, so no account is asked.

    Args:
        vm_sizes: such as `standard_d2s_v5`; none lists the series.
        retired: also series that Azure has retired.
    """
    today = datetime.now(UTC).date()
    if vm_sizes:
        return tuple(_size(size, series_of(size), today) for size in vm_sizes)
    listed = (series for series in SERIES if retired or not series.is_retired(today))
    return tuple(_size(None, series, today) for series in listed)


def _known_images(offered: Sequence[SupportedImage] | None, today: date) -> Iterable[ImageInfo]:
    """What is known, then what only the account knows."""
    of_account = {_key(item): item for item in offered or ()}
    for known in IMAGES:
        yield _image(known.image, known, of_account.pop(known.image.key, None), today, asked=offered is not None)
    for item in of_account.values():
        image = Image(item.image.publisher, item.image.offer, item.image.sku)
        yield _image(image, known_image(image), item, today, asked=True)


def _key(item: SupportedImage) -> tuple[str, str, str]:
    return Image(item.image.publisher, item.image.offer, item.image.sku).key


def _image(
    image: Image, known: KnownImage | None, item: SupportedImage | None, today: date, *, asked: bool
) -> ImageInfo:
    ends = known.support.ends if known is not None else None
    generation, containers, driver = generation_of(image), *_facts(known)
    agent = known.node_agent_sku if known is not None else None
    if item is not None:
        ends, agent = item.support_ends or ends, item.node_agent_sku_id
        generation = 2 if "Generation2VMImage" in item.capabilities else generation or 1
        containers = containers or "DockerCompatible" in item.capabilities
        driver = driver or "NvidiaTeslaDriverInstalled" in item.capabilities
    return ImageInfo(
        alias=known.alias if known is not None and known.image.key == image.key else None,
        publisher=image.publisher,
        offer=image.offer,
        sku=image.sku,
        os=item.os_type if item is not None else os_of(image.publisher),
        generation=generation,
        architecture=architecture_of(image),
        node_agent_sku=agent,
        containers=containers,
        gpu_driver=driver,
        end_of_support=ends.isoformat() if ends is not None else None,
        retired=ends is not None and ends < today,
        offered=(item is not None) if asked else None,
        source=known.support.source if known is not None else None,
    )


def _facts(known: KnownImage | None) -> tuple[bool | None, bool | None]:
    return (None, None) if known is None else (known.containers, known.gpu_driver)


def _size(size: str | None, series: Series | None, today: date) -> SeriesInfo:
    cores = known_cores(size) if size is not None else None
    if series is None:
        return SeriesInfo(
            size=size,
            series=None,
            cores=cores,
            generations=None,
            architecture=None,
            gpu=None,
            retirement=None,
            retired=False,
            source=None,
        )
    return SeriesInfo(
        size=size,
        series=series.name,
        cores=cores,
        generations=series.generations,
        architecture=series.architecture,
        gpu=series.gpu,
        retirement=series.retirement.isoformat() if series.retirement is not None else None,
        retired=series.is_retired(today),
        source=series.source,
    )
