"""Whether an image fits the VM sizes of its pool and what the pool asks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, Problem
from recipebatch.plan.expressions import UNKNOWN, while_known
from recipebatch.plan.resolver.pool_requirements import has_containers
from recipebatch.vocabulary.machines.images import (
    IMAGES,
    Image,
    architecture_of,
    generation_of,
    known_image,
    name_of,
)
from recipebatch.vocabulary.machines.vm_series import series_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import SourcePosition
    from recipebatch.plan.model import PlannedPool
    from recipebatch.recipe.model import PoolSpec, Section


def check_fit(spec: PoolSpec, pool: PlannedPool) -> None:
    """Refuse a marketplace image that no VM size of the pool can boot, or that has no container runtime.

    Nothing is known of custom images.

    Raises:
        InvalidRecipeError: positioned at each size, or at the container configuration.
    """
    if pool.image is None or pool.image.id_kind is not None:
        return
    image = Image(pool.image.publisher, pool.image.offer, pool.image.sku)
    found = [*_of_sizes(spec, pool, image), *while_known(_of_containers(spec, pool, image))]
    if found:
        raise InvalidRecipeError(tuple(found))


def _of_sizes(spec: PoolSpec, pool: PlannedPool, image: Image) -> Iterator[Problem]:
    generation, architecture = generation_of(image), architecture_of(image)
    for setting, size in zip(spec.vm_size, pool.vm_sizes or (pool.vm_size,), strict=True):
        series = series_of(size) if size is not UNKNOWN else None
        if series is None:
            continue
        at = setting.node.at if setting.node is not None else spec.at
        if architecture is not None and architecture != series.architecture:
            message = f"the image {name_of(image)} is for {architecture}; the VM size {size} is {series.architecture}"
            yield Problem(at, message, "image-architecture", _instead(image, None, series.architecture))
        elif generation is not None and series.generations is not None and generation not in series.generations:
            needed = series.generations[0]
            message = f"the image {name_of(image)} is of generation {generation}; {size} boots generation {needed} only"
            yield Problem(at, message, "image-generation", _instead(image, needed, architecture))


def _instead(image: Image, generation: int | None, architecture: str | None) -> str:
    """What to write instead: another image of the same release, if a short name of one is known."""
    fitting = (
        known.alias
        for known in IMAGES
        if known.alias is not None
        and _release(known.image) == _release(image)
        and (generation is None or known.generation == generation)
        and (architecture is None or known.architecture == architecture)
    )
    alias = next(fitting, None)
    first = f"write `image: {alias}`" if alias is not None else "choose another image"
    return f"{first}, or another VM size; recipebatch images and recipebatch sizes list what is known"


def _release(image: Image) -> tuple[str, str, str]:
    """What the images of one release share: publisher, offer, and the first word of the SKU."""
    publisher, offer, sku = image.key
    return publisher, offer, sku.partition("-")[0]


def _of_containers(spec: PoolSpec, pool: PlannedPool, image: Image) -> Iterator[Problem]:
    section: Section | None = spec.settings["container_configuration"]
    known = known_image(image)
    if known is None or known.containers is not False or not has_containers(pool):
        return
    at: SourcePosition = section.at if section is not None else spec.at
    message = f"the image {name_of(image)} has no container runtime: its nodes cannot run containers"
    names = [each.alias for each in IMAGES if each.containers and each.alias is not None]
    hint = f"use one that has: {', '.join(names)}" if spec.os != "windows" else "use an image with a container runtime"
    yield Problem(at, message, "image-without-containers", hint)
