"""The pool of a recipe → PlannedPool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, Problem
from recipebatch.plan import naming
from recipebatch.plan.model import ImageReference, PlannedAutoScale, PlannedContainers, PlannedPool, PlannedStartTask
from recipebatch.plan.quoting import command_line_of
from recipebatch.plan.ready import now, ready_command
from recipebatch.plan.task_files import resource_files
from recipebatch.plan.task_settings import identity, planned_registry, raw
from recipebatch.plan.tasks import environment
from recipebatch.recipe.images import ALIASES
from recipebatch.recipe.nearest import did_you_mean
from recipebatch.vocabulary.ids import pool_id
from recipebatch.vocabulary.limits import DEFAULT_RESIZE_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from recipebatch.recipe.images import Image
    from recipebatch.recipe.model import AutoScaleSpec, ContainerConfigurationSpec, PoolSpec, Recipe, StartTaskSpec


def planned_pool(recipe: Recipe, run_id: str, names: Mapping[str, object]) -> PlannedPool:
    """The one pool of a run.

    Raises:
        InvalidRecipeError: an expression fails, or gives what a pool cannot have.
    """
    spec = recipe.pool
    existing = now(spec.existing, names)
    image = _image(spec, names)
    os = spec.os or (image.os if image is not None else "linux")
    return PlannedPool(
        logical=spec.logical,
        id=pool_id(existing or now(spec.id, names) or naming.batch_id(recipe.name, run_id)),
        existing=existing is not None,
        os=os,
        image=ImageReference(publisher=image.publisher, offer=image.offer, sku=image.sku, version=image.version)
        if image is not None
        else None,
        vm_size=now(spec.vm_size, names) or "",
        target_dedicated_nodes=now(spec.target_dedicated_nodes, names),
        target_low_priority_nodes=now(spec.target_low_priority_nodes, names),
        task_slots_per_node=now(spec.task_slots_per_node, names),
        resize_timeout=_resize_timeout(spec, names),
        start_task=_start_task(spec.start_task, os, names) if spec.start_task is not None else None,
        display_name=now(spec.display_name, names),
        metadata=environment(spec.metadata, names),
        node_fill_type=spec.node_fill_type,
        enable_inter_node_communication=spec.enable_inter_node_communication,
        container_configuration=_containers(spec.container_configuration, names),
        auto_scale=_auto_scale(spec.auto_scale, names),
        min_ready_nodes=_min_ready(spec, names),
        provisioning_timeout=now(spec.provisioning_timeout, names),
        raw=raw(spec.raw, names),
    )


def _containers(spec: ContainerConfigurationSpec | None, names: Mapping[str, object]) -> PlannedContainers | None:
    if spec is None:
        return None
    return PlannedContainers(
        image_names=tuple(str(now(image, names)) for image in spec.image_names),
        registries=tuple(planned_registry(each, names) for each in spec.registries),
    )


def _auto_scale(spec: AutoScaleSpec | None, names: Mapping[str, object]) -> PlannedAutoScale | None:
    if spec is None:
        return None
    return PlannedAutoScale(
        formula=now(spec.formula, names) or "", evaluation_interval=now(spec.evaluation_interval, names)
    )


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
        raw=raw(spec.raw, names),
    )
