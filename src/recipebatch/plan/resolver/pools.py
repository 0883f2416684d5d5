"""The pools of a recipe → PlannedPool."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import fail_at
from recipebatch.plan import resource_names
from recipebatch.plan.expressions import evaluate
from recipebatch.plan.model import ImageReference, PlannedAutoScale, PlannedPool
from recipebatch.plan.resolver.autoscale import formula
from recipebatch.plan.resolver.pool_requirements import check_containers
from recipebatch.plan.sections import Place, bind_fields, evaluate_section
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.ids import pool_id
from recipebatch.vocabulary.images import ALIASES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.properties.pool import AutoScale, Mount
    from recipebatch.recipe.model import PoolSpec, Recipe, Section
    from recipebatch.vocabulary.images import Image


def planned_pools(recipe: Recipe, run_id: str, scope: Mapping[str, object]) -> tuple[PlannedPool, ...]:
    """The pools of a run, in the order of the recipe.

    Raises:
        InvalidRecipeError: an expression fails, gives what a pool cannot have, or the id of another pool.
    """
    found: list[PlannedPool] = []
    for spec in recipe.pools:
        suffix = "" if len(recipe.pools) == 1 else resource_names.shortened(spec.logical, 24)
        pool = _pool(spec, resource_names.batch_id(recipe.name, run_id, suffix), scope)
        start_task = spec.settings["start_task"]
        if start_task is not None:
            check_containers(start_task["container_settings"], pool, "a container start task")
        other = next((each for each in found if each.id.casefold() == pool.id.casefold()), None)
        if other is not None:
            node = spec.id.node or spec.existing.node
            message = f"the pools {other.logical} and {spec.logical} have the same id, {pool.id}"
            at = node.at if node is not None else spec.at
            fail_at(at, message, "duplicate-id", "give each a unique id, or none")
        found.append(pool)
    return tuple(found)


def _pool(spec: PoolSpec, default_id: str, scope: Mapping[str, object]) -> PlannedPool:
    existing = evaluate(spec.existing, scope)
    image = _image(spec, scope)
    sizes = tuple(str(evaluate(size, scope)) for size in spec.vm_size)
    os = spec.os or (image.os if image is not None else "linux")
    place = Place(scope, os=os)
    settings = {name: value(scope) for name, value in bind_fields(spec.settings, place).items()}
    settings["mounts"] = _mounts(spec.settings["mounts"], settings["mounts"])
    pool = PlannedPool(
        logical=spec.logical,
        id=pool_id(existing or evaluate(spec.id, scope) or default_id),
        existing=existing is not None,
        os=os,
        image=_reference(spec, image, scope),
        vm_size=sizes[0] if sizes else "",
        auto_scale=_auto_scale(spec.auto_scale, settings["task_slots_per_node"], place),
        node_agent_sku_id=evaluate(spec.image_id.node_agent_sku_id, scope) if spec.image_id is not None else None,
        vm_sizes=sizes[1:] and sizes,
        **settings,
    )
    _check_min_ready(spec, pool)
    return pool


def _auto_scale(spec: Section | None, slots: int, place: Place) -> PlannedAutoScale | None:
    """The formula that decides the number of nodes, as written or of a scenario."""
    if spec is None:
        return None
    scale: AutoScale = evaluate_section(spec, place)
    text = scale.formula or ""
    if scale.scenario is not None:
        most = scale.max_nodes or 0
        if scale.min_nodes > most:
            message = f"min_nodes ({scale.min_nodes}) is greater than max_nodes ({most})"
            fail_at(spec.at, message, "invalid-recipe", "swap them")
        text = formula(scale, slots)
    return PlannedAutoScale(formula=text, evaluation_interval=scale.evaluation_interval, scenario=scale.scenario)


def _mounts(specs: tuple[Section, ...], mounts: tuple[Mount, ...]) -> tuple[Mount, ...]:
    """Mounts that all say where they are, whatever their kind, each at a place of its own."""
    found: dict[str, Mount] = {}
    for spec, mount in zip(specs, mounts, strict=True):
        below = next((str(each["relativeMountPath"]) for each in mount.other.values()), "")
        path = mount.relative_mount_path or below
        if path in found:
            fail_at(spec.at, f"two mounts have the path {path}", "duplicate-mount", "give each a unique path")
        found[path] = replace(mount, relative_mount_path=path)
    return tuple(found.values())


def _reference(spec: PoolSpec, image: Image | None, scope: Mapping[str, object]) -> ImageReference | None:
    if spec.image_id is not None:
        # virtual_machine_image_id → virtualMachineImageId
        first, *rest = spec.image_id.key.split("_")
        kind = first + "".join(part.capitalize() for part in rest)
        return ImageReference(id_kind=kind, id=str(evaluate(spec.image_id.value, scope)))
    if image is None:
        return None
    return ImageReference(publisher=image.publisher, offer=image.offer, sku=image.sku, version=image.version)


def _check_min_ready(spec: PoolSpec, pool: PlannedPool) -> None:
    targets = pool.target_dedicated_nodes + pool.target_low_priority_nodes
    enough, node = pool.min_ready_nodes, spec.settings["min_ready_nodes"].node
    if enough is not None and node is not None and spec.auto_scale is None and enough > targets:
        message = f"min_ready_nodes is {enough}, but the pool has {targets} target nodes"
        fail_at(node.at, message, "too-few-nodes", "lower it, or increase the target nodes")


def _image(spec: PoolSpec, scope: Mapping[str, object]) -> Image | None:
    node = spec.image_alias.node
    if spec.image is not None or node is None:
        return spec.image
    alias = evaluate(spec.image_alias, scope) or ""
    image = ALIASES.get(alias)
    if image is None:
        hint = did_you_mean(alias, ALIASES)
        fail_at(node.at, f"unknown image {alias}", "unknown-image", hint)
    if spec.os is not None and spec.os != image.os:
        fail_at(node.at, f"{alias} is {image.os}, not {spec.os}", "exclusive-keys")
    return image
