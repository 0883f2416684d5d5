"""What is known of images and VM sizes, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.vocabulary.machines.images import (
    ALIASES,
    architecture_of,
    generation_of,
    known_image,
    support_of,
    support_warning,
)
from recipebatch.vocabulary.machines.vm_series import retired_text, series_of
from recipebatch.vocabulary.machines.vm_sizes import known_cores

if TYPE_CHECKING:
    from datetime import date


def image_facts(alias: str) -> str:
    """The facts of an image in one line: `linux, generation 2, x64, container runtime`."""
    image = ALIASES[alias]
    known = known_image(image)
    facts = [image.os]
    if (generation := generation_of(image)) is not None:
        facts.append(f"generation {generation}")
    if (architecture := architecture_of(image)) is not None:
        facts.append(architecture)
    if known is not None and known.containers:
        facts.append("container runtime")
    if known is not None and known.gpu_driver:
        facts.append("GPU driver")
    return ", ".join(facts)


def image_text(alias: str, today: date) -> str | None:
    """Markdown about an image; None for no known alias."""
    image = ALIASES.get(alias)
    if image is None:
        return None
    parts = [f"**image {alias}**: {image.publisher} {image.offer} {image.sku}", image_facts(alias)]
    support = support_of(image)
    if (warning := support_warning(image, today)) is not None:
        parts.append(warning)
    elif support is not None and support.ends is not None:
        parts.append(f"Supported until {support.ends}")
    return "\n\n".join(parts)


def size_facts(size: str) -> str:
    """The facts of a VM size in one line: `2 cores, generation 1 and 2, x64`; empty if nothing is known of it."""
    series = series_of(size)
    if series is None:
        return ""
    facts = []
    if (number := known_cores(size)) is not None:
        facts.append(f"{number} core{'' if number == 1 else 's'}")
    if series.generations is not None:
        facts.append("generation " + " and ".join(map(str, series.generations)))
    facts.append(series.architecture)
    if series.gpu is not None:
        facts.append(f"GPU of {series.gpu}")
    return ", ".join(facts)


def size_text(size: str, today: date) -> str | None:
    """Markdown about a VM size; None if nothing is known of it."""
    series = series_of(size)
    if series is None:
        return None
    parts = [f"**VM size {size}**: series {series.name}", size_facts(size)]
    if series.is_retired(today):
        parts.append(retired_text(size, series))
    elif series.retirement is not None:
        parts.append(f"Azure retires it on {series.retirement}")
    return "\n\n".join(parts)
