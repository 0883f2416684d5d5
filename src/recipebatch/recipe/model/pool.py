"""PoolSpec: the `pool:` section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model.setting import Section, Text
    from recipebatch.vocabulary.machines.images import Image


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
class PoolSpec:
    """The `pool:` section.

    Attributes:
        image: the image, or None for an existing pool, or when `image_alias` is an expression.
        image_alias: the alias as written.
        image_at: where the image is written; of an existing pool, where the pool is.
        os: as written, or that of the image; None while an expression decides.
        vm_size: those to try, in their order.
        image_id: a custom or gallery image, in place of `image`.
        settings: what is passed on, a section of `properties.POOL`.
        auto_scale: a section of `properties.AutoScale`.
    """

    logical: str
    at: SourcePosition
    existing: Text
    id: Text
    image: Image | None
    image_alias: Text
    image_at: SourcePosition
    os: str | None
    vm_size: tuple[Text, ...]
    image_id: ImageIdSpec | None
    auto_scale: Section | None
    settings: Section
