"""Rules about pools: images and VM sizes that end or do not suit each other, and pools that nothing uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lint.subject import finding
from recipebatch.recipe import walk
from recipebatch.text.nearest import nearest
from recipebatch.vocabulary.machines.images import (
    IMAGES,
    Image,
    agent_support,
    ended_text,
    known_image,
    name_of,
    support_of,
    until_text,
)
from recipebatch.vocabulary.machines.successors import newer_agent, newer_image, newer_size
from recipebatch.vocabulary.machines.vm_series import CURRENT_SIZE, retired_text, series_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import Problem, SourcePosition
    from recipebatch.lint.subject import Subject
    from recipebatch.recipe.model import PoolSpec

_SIZES = "recipebatch sizes lists the series that are known"
_COMMON = ("standard_d2s_v5", "standard_d4s_v5", "standard_e4s_v5", "standard_d2ds_v5", "standard_d2as_v5")


def ending_support(subject: Subject) -> Iterator[Problem]:
    """Images and node agents whose support ends soon; of a recipe that could not be expanded also if it has ended."""
    for pool in subject.recipe.pools:
        image = _image(subject, pool)
        support, what = (support_of(image), f"image {name_of(image)}") if image is not None else (None, "")
        hint = newer_image(image) if image is not None else ""
        agent = pool.image_id.node_agent_sku_id.literal() if pool.image_id is not None else None
        if agent is not None:
            support, what = agent_support(agent), f"node agent {agent}"
            hint = newer_agent(agent)
        if support is None:
            continue
        if support.ends_soon(subject.today):
            yield finding(pool.image_at, f"the {what} {until_text(support)}", "image-support", hint)
        elif support.has_ended(subject.today) and subject.planned(pool.logical) is None:
            yield finding(pool.image_at, f"the {what} {ended_text(support)}", "image-retired", hint)


def retiring_sizes(subject: Subject) -> Iterator[Problem]:
    """VM sizes whose retirement is announced; of a recipe that could not be expanded also those that are retired."""
    for pool in subject.recipe.pools:
        for at, size in _sizes(subject, pool):
            series = series_of(size)
            if series is None or series.retirement is None:
                continue
            hint = newer_size(series)
            if not series.is_retired(subject.today):
                message = f"Azure retires the VM size {size} on {series.retirement} (series {series.name})"
                yield finding(at, message, "vm-size-retiring", hint)
            elif subject.planned(pool.logical) is None:
                yield finding(at, retired_text(size, series), "vm-size-retired", hint)


def unknown_sizes(subject: Subject) -> Iterator[Problem]:
    """VM sizes of no series that is known: a typing error, or a new series."""
    for pool in subject.recipe.pools:
        for at, size in _sizes(subject, pool):
            if series_of(size) is None:
                near = nearest(size.lower(), _COMMON)
                hint = f"did you mean {near}?" if near else f"names are such as {CURRENT_SIZE}; {_SIZES}"
                yield finding(at, f"{size} is no known VM size", "unknown-vm-size", hint)


def missing_drivers(subject: Subject) -> Iterator[Problem]:
    """Sizes with NVIDIA GPUs and an image without their driver."""
    named = [known for known in IMAGES if known.alias is not None and known.gpu_driver]
    longest = max(named, key=lambda known: str(known.support.ends))
    hint = f"use an image with the driver, such as {longest.alias}; or install it in the start task or by an extension"
    for pool in subject.recipe.pools:
        image = _image(subject, pool)
        known = known_image(image) if image is not None else None
        if image is None or known is None or known.gpu_driver is not False or _has_extensions(pool):
            continue
        for at, size in _sizes(subject, pool):
            series = series_of(size)
            if series is not None and series.gpu == "nvidia":
                message = f"the image {name_of(image)} has no driver for the GPUs of {size}"
                yield finding(at, message, "image-without-gpu-driver", hint)


def retained_data(subject: Subject) -> Iterator[Problem]:
    """The deallocation option that leaves the service. Source: Batch REST API, version 2026-08-01."""
    for pool in subject.recipe.pools:
        scale = pool.auto_scale
        if scale is None:
            continue
        option, formula = scale["node_deallocation_option"], scale["formula"]
        written = option.literal() == "retaineddata" and option.node is not None
        in_formula = formula.node is not None and "retaineddata" in str(formula.node.value).lower()
        if written or in_formula:
            node = option.node if written else formula.node
            message = "retained_data leaves the service with API version 2026-08-01"
            yield finding(node.at, message, "retained-data", "write task_completion: nodes wait for their tasks")


def unused_pools(subject: Subject) -> Iterator[Problem]:
    """Pools that no job uses; their nodes incur charges anyway."""
    used = {job.pool for job in subject.recipe.jobs}
    for pool in subject.recipe.pools:
        if pool.logical not in used:
            message = f"no job uses pool {pool.logical}"
            yield finding(pool.at, message, "unused-pool", "use it in a job with `pool: NAME`, or remove it")


RULES = (unused_pools, ending_support, retiring_sizes, unknown_sizes, missing_drivers, retained_data)


def _image(subject: Subject, pool: PoolSpec) -> Image | None:
    """The marketplace image of a pool, as far as it is known."""
    planned = subject.planned(pool.logical)
    if planned is not None and planned.image is not None:
        image = planned.image
        return Image(image.publisher, image.offer, image.sku) if image.id_kind is None else None
    return pool.image


def _sizes(subject: Subject, pool: PoolSpec) -> Iterator[tuple[SourcePosition, str]]:
    """The VM sizes of a pool that are known, with their positions."""
    planned = subject.planned(pool.logical)
    sizes = (planned.vm_sizes or (planned.vm_size,)) if planned is not None else ()
    for number, setting in enumerate(pool.vm_size):
        size = sizes[number] if number < len(sizes) else setting.literal()
        if size and setting.node is not None:
            yield setting.node.at, size


def _has_extensions(pool: PoolSpec) -> bool:
    """VM extensions, which install drivers among other things, are properties in `raw:`."""
    raw = pool.settings.raw
    return raw is not None and any(key == "extensions" for key, _ in walk(raw))
