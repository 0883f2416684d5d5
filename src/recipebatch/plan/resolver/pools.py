"""The pools of a recipe → PlannedPool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, Problem
from recipebatch.plan import resource_names
from recipebatch.plan.expressions import command_line_of, now, ready_command
from recipebatch.plan.model import ImageReference, PlannedContainers, PlannedPool, PlannedStartTask
from recipebatch.plan.resolver.pool_settings import auto_scale, mounts, properties
from recipebatch.plan.resolver.task_files import resource_files
from recipebatch.plan.resolver.task_settings import (
    check_containers,
    container_settings,
    identity,
    packages,
    planned_registry,
    raw,
)
from recipebatch.plan.resolver.tasks import environment
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.ids import pool_id
from recipebatch.vocabulary.images import ALIASES
from recipebatch.vocabulary.limits import DEFAULT_RESIZE_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from recipebatch.recipe.model import ContainerConfigurationSpec, PoolSpec, Recipe, StartTaskSpec
    from recipebatch.vocabulary.images import Image


def planned_pools(recipe: Recipe, run_id: str, names: Mapping[str, object]) -> tuple[PlannedPool, ...]:
    """The pools of a run, in the order of the recipe.

    Raises:
        InvalidRecipeError: an expression fails, gives what a pool cannot have, or the id of another pool.
    """
    found: list[PlannedPool] = []
    for spec in recipe.pools:
        suffix = "" if len(recipe.pools) == 1 else resource_names.shortened(spec.logical, 24)
        pool = _pool(spec, resource_names.batch_id(recipe.name, run_id, suffix), names)
        if spec.start_task is not None:
            check_containers(spec.start_task.container_settings, pool, "a container start task")
        other = next((each for each in found if each.id.casefold() == pool.id.casefold()), None)
        if other is not None:
            node = spec.id.node or spec.existing.node
            message = f"the pools {other.logical} and {spec.logical} have the same id, {pool.id}"
            at = node.at if node is not None else spec.at
            raise InvalidRecipeError((Problem(at, message, "duplicate-id", "give each an id of its own, or none"),))
        found.append(pool)
    return tuple(found)


def _pool(spec: PoolSpec, default_id: str, names: Mapping[str, object]) -> PlannedPool:
    existing = now(spec.existing, names)
    image = _image(spec, names)
    sizes = tuple(str(now(size, names)) for size in spec.vm_size)
    slots = now(spec.task_slots_per_node, names)
    machine = properties(spec.machine, names)
    os = spec.os or (image.os if image is not None else "linux")
    return PlannedPool(
        logical=spec.logical,
        id=pool_id(existing or now(spec.id, names) or default_id),
        existing=existing is not None,
        os=os,
        image=_reference(spec, image, names),
        vm_size=sizes[0] if sizes else "",
        target_dedicated_nodes=now(spec.target_dedicated_nodes, names),
        target_low_priority_nodes=now(spec.target_low_priority_nodes, names),
        task_slots_per_node=slots,
        resize_timeout=_resize_timeout(spec, names),
        start_task=_start_task(spec.start_task, os, names) if spec.start_task is not None else None,
        display_name=now(spec.display_name, names),
        metadata=environment(spec.metadata, names),
        node_fill_type=spec.node_fill_type,
        job_default_order=spec.job_default_order,
        enable_inter_node_communication=spec.enable_inter_node_communication,
        container_configuration=_containers(spec.container_configuration, names),
        auto_scale=auto_scale(spec.auto_scale, slots, names),
        min_ready_nodes=_min_ready(spec, names),
        provisioning_timeout=now(spec.provisioning_timeout, names),
        node_agent_sku_id=now(spec.image_id.node_agent_sku_id, names) if spec.image_id is not None else None,
        vm_sizes=sizes[1:] and sizes,
        properties={
            **properties(spec.settings, names),
            **({"virtualMachineConfiguration": machine} if machine else {}),
        },
        mounts=mounts(spec.mounts, names),
        application_package_references=packages(spec.application_package_references, names, frozenset())(names),
        raw=raw(spec.raw, names),
    )


def _containers(spec: ContainerConfigurationSpec | None, names: Mapping[str, object]) -> PlannedContainers | None:
    if spec is None:
        return None
    return PlannedContainers(
        image_names=tuple(str(now(image, names)) for image in spec.image_names),
        registries=tuple(planned_registry(each, names) for each in spec.registries),
    )


def _reference(spec: PoolSpec, image: Image | None, names: Mapping[str, object]) -> ImageReference | None:
    if spec.image_id is not None:
        # virtual_machine_image_id → virtualMachineImageId
        first, *rest = spec.image_id.key.split("_")
        kind = first + "".join(part.capitalize() for part in rest)
        return ImageReference(id_kind=kind, id=str(now(spec.image_id.value, names)))
    if image is None:
        return None
    return ImageReference(publisher=image.publisher, offer=image.offer, sku=image.sku, version=image.version)


def _min_ready(spec: PoolSpec, names: Mapping[str, object]) -> int | None:
    enough = now(spec.min_ready_nodes, names)
    targets = now(spec.target_dedicated_nodes, names) + now(spec.target_low_priority_nodes, names)
    node = spec.min_ready_nodes.node
    if enough is not None and node is not None and spec.auto_scale is None and enough > targets:
        message = f"min_ready_nodes is {enough}, but the pool is to have {targets} nodes"
        raise InvalidRecipeError((Problem(node.at, message, "too-few-nodes", "lower it, or ask for more nodes"),))
    return enough


def _resize_timeout(spec: PoolSpec, names: Mapping[str, object]) -> timedelta:
    return now(spec.resize_timeout, names) or DEFAULT_RESIZE_TIMEOUT


def _image(spec: PoolSpec, names: Mapping[str, object]) -> Image | None:
    node = spec.image_alias.node
    if spec.image is not None or node is None:
        return spec.image
    alias = now(spec.image_alias, names) or ""
    image = ALIASES.get(alias)
    if image is None:
        hint = did_you_mean(alias, ALIASES)
        raise InvalidRecipeError((Problem(node.at, f"unknown image {alias}", "unknown-image", hint),))
    if spec.os is not None and spec.os != image.os:
        raise InvalidRecipeError((Problem(node.at, f"{alias} is {image.os}, not {spec.os}", "exclusive-keys"),))
    return image


def _start_task(spec: StartTaskSpec, os: str, names: Mapping[str, object]) -> PlannedStartTask:
    shell = spec.command.shell
    lines = [ready_command(line, os, names, frozenset(), shell=shell)(names) for line in spec.command.lines]
    return PlannedStartTask(
        command_line=command_line_of(lines, os) if shell else lines[0],
        resource_files=resource_files(spec.resource_files, names, frozenset())(names),
        environment_settings=environment(spec.environment_settings, names),
        user_identity=identity(spec.user_identity, names),
        max_task_retry_count=now(spec.max_task_retry_count, names),
        wait_for_success=spec.wait_for_success,
        container_settings=container_settings(spec.container_settings, names, frozenset())(names),
        raw=raw(spec.raw, names),
    )
