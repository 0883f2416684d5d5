"""Images and VM sizes that are no more."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, Problem
from recipebatch.plan.expressions import UNKNOWN, known, while_known
from recipebatch.vocabulary.machines.images import Image, agent_support, ended_text, name_of, support_of
from recipebatch.vocabulary.machines.successors import newer_agent, newer_image, newer_size
from recipebatch.vocabulary.machines.vm_series import retired_text, series_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.plan.model import PlannedPool
    from recipebatch.recipe.model import PoolSpec

_MANAGED_IMAGES_END = date(2026, 3, 31)
"""Source: Batch documentation, "Migrate Azure Batch custom image pools to Azure Compute Gallery"."""
_MANAGED_IMAGE = re.compile(r"/providers/microsoft\.compute/images/", re.IGNORECASE)


def check_retirement(spec: PoolSpec, pool: PlannedPool, today: date) -> None:
    """Refuse an image or a VM size whose last day is past.

    Raises:
        InvalidRecipeError: positioned at the image, or at each such size.
    """
    found = [*while_known(_of_image(spec, pool, today)), *_of_sizes(spec, pool, today)]
    if found:
        raise InvalidRecipeError(tuple(found))


def _of_image(spec: PoolSpec, pool: PlannedPool, today: date) -> Iterator[Problem]:
    image = pool.image
    if image is None:
        return
    if image.id_kind is None:
        marketplace = Image(image.publisher, image.offer, image.sku)
        support = support_of(marketplace)
        if support is not None and support.has_ended(today):
            message = f"the image {name_of(marketplace)} {ended_text(support)}"
            yield Problem(spec.image_at, message, "image-retired", newer_image(marketplace))
        return
    sku = pool.node_agent_sku_id
    agent = agent_support(sku) if sku is not None and sku is not UNKNOWN else None
    if agent is not None and sku is not None and agent.has_ended(today):
        message = f"the node agent {sku} {ended_text(agent)}"
        yield Problem(spec.image_at, message, "image-retired", newer_agent(sku))
    if _MANAGED_IMAGE.search(known(image.id)) and today > _MANAGED_IMAGES_END:
        message = f"Azure Batch has not accepted managed images since {_MANAGED_IMAGES_END}"
        hint = "put the image into an Azure Compute Gallery, and write the id of its version"
        yield Problem(spec.image_at, message, "image-retired", hint)


def _of_sizes(spec: PoolSpec, pool: PlannedPool, today: date) -> Iterator[Problem]:
    for setting, size in zip(spec.vm_size, pool.vm_sizes or (pool.vm_size,), strict=True):
        series = series_of(size) if size is not UNKNOWN else None
        if series is not None and series.is_retired(today):
            at = setting.node.at if setting.node is not None else spec.at
            yield Problem(at, retired_text(size, series), "vm-size-retired", newer_size(series))
