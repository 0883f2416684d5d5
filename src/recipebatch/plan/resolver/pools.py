"""The pools of a recipe → PlannedPool."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.errors import UnknownValueError, fail_at
from recipebatch.plan import resource_names
from recipebatch.plan.expressions import UNKNOWN, evaluate, if_known, is_unknown
from recipebatch.plan.model import ImageReference, PlannedAutoScale, PlannedPool
from recipebatch.plan.resolver.autoscale import formula
from recipebatch.plan.resolver.node_limits import (
    ANY_NUMBER,
    NodeLimits,
    check_has_nodes,
    check_min_ready,
    node_limits,
)
from recipebatch.plan.resolver.pool_requirements import check_containers
from recipebatch.plan.sections import Place, bind_fields, evaluate_section
from recipebatch.recipe import image_problem
from recipebatch.vocabulary.ids import pool_id
from recipebatch.vocabulary.machines.images import ALIASES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.errors import ProblemList
    from recipebatch.plan.resolver.task_demand import Demand
    from recipebatch.properties.pool import AutoScale, Mount
    from recipebatch.recipe.model import PoolSpec, Recipe, Section, Text
    from recipebatch.vocabulary.machines.images import Image


class PoolPlan(NamedTuple):
    """A pool as far as it is known before its tasks are.

    Attributes:
        pool: of a scenario, without its formula.
        scale: what decides the number of its nodes; None is the pool itself.
        limits: the most nodes that it ever has.
    """

    pool: PlannedPool
    scale: AutoScale | None
    limits: NodeLimits


def planned_pools(
    recipe: Recipe, run_id: str, scope: Mapping[str, object], problems: ProblemList
) -> dict[str, PoolPlan]:
    """The pools of a run by their names, in the order of the recipe.

    Args:
        recipe: the recipe.
        run_id: the run's.
        scope: what is known everywhere in the run.
        problems: gets what is wrong; a pool that is wrong is planned as an existing one, of which nothing is known.
    """
    found: dict[str, PoolPlan] = {}
    of_jobs = {job.pool for job in recipe.jobs}
    for spec in recipe.pools:
        suffix = "" if len(recipe.pools) == 1 else resource_names.shortened(spec.logical, 24)
        default_id = resource_names.batch_id(recipe.name, run_id, suffix)
        with problems.collecting():
            planned = _pool(spec, default_id, scope, problems)
            found[spec.logical] = planned
            if spec.logical in of_jobs:
                check_has_nodes(spec, planned.limits)
            start_task = spec.settings["start_task"]
            if start_task is not None:
                check_containers(start_task["container_settings"], planned.pool, "a container start task")
            _check_id(spec, planned.pool, found)
        if spec.logical not in found:
            found[spec.logical] = PoolPlan(_unknown(spec, default_id), None, ANY_NUMBER)
    return found


def _unknown(spec: PoolSpec, default_id: str) -> PlannedPool:
    """A pool of which nothing is known."""
    return PlannedPool(
        logical=spec.logical, id=pool_id(default_id), existing=True, os=spec.os or "linux", image=None, vm_size=""
    )


def _check_id(spec: PoolSpec, pool: PlannedPool, pools: Mapping[str, PoolPlan]) -> None:
    others = (planned.pool for planned in pools.values() if planned.pool is not pool and planned.pool.id is not UNKNOWN)
    other = next((each for each in others if each.id.casefold() == pool.id.casefold()), None)
    if other is not None:
        node = spec.id.node or spec.existing.node
        message = f"the pools {other.logical} and {spec.logical} have the same id, {pool.id}"
        fail_at(node.at if node is not None else spec.at, message, "duplicate-id", "give each a unique id, or none")


def _pool(spec: PoolSpec, default_id: str, scope: Mapping[str, object], problems: ProblemList) -> PoolPlan:
    existing = evaluate(spec.existing, scope)
    image = _image(spec, scope, problems)
    sizes = tuple(if_known(partial(_size, size, scope)) for size in spec.vm_size)
    os = spec.os or if_known(lambda: image.os if image is not None else "linux")
    place = Place(scope, os=os)
    settings = {name: value(scope) for name, value in bind_fields(spec.settings, place).items()}
    settings["mounts"] = _mounts(spec.settings["mounts"], settings["mounts"])
    scale = _scale(spec, place)
    pool = PlannedPool(
        logical=spec.logical,
        id=if_known(lambda: pool_id(existing or evaluate(spec.id, scope) or default_id)),
        existing=existing is not None,
        os=os,
        image=if_known(lambda: _reference(spec, image, scope)),
        vm_size=sizes[0] if sizes else "",
        auto_scale=None
        if scale is None
        else PlannedAutoScale(
            formula=if_known(lambda: scale.formula or ""),
            evaluation_interval=scale.evaluation_interval,
            scenario=scale.scenario,
        ),
        node_agent_sku_id=evaluate(spec.image_id.node_agent_sku_id, scope) if spec.image_id is not None else None,
        vm_sizes=sizes[1:] and sizes,
        **settings,
    )
    limits = node_limits(pool, scale)
    with suppress(UnknownValueError):
        check_min_ready(spec, pool, limits, scale)
    return PoolPlan(pool, scale, limits)


def _size(size: Text, scope: Mapping[str, object]) -> str:
    return str(evaluate(size, scope))


def _scale(spec: PoolSpec, place: Place) -> AutoScale | None:
    """What decides the number of nodes."""
    scale: AutoScale | None = evaluate_section(spec.auto_scale, place)
    if scale is not None and spec.auto_scale is not None and scale.scenario is not None:
        with suppress(UnknownValueError):
            most = scale.max_nodes or 0
            if scale.min_nodes > most:
                message = f"min_nodes ({scale.min_nodes}) is greater than max_nodes ({most})"
                fail_at(spec.auto_scale.at, message, "invalid-recipe", "swap them")
    return scale


def scaled(pool: PlannedPool, scale: AutoScale | None, needed: Demand) -> PlannedPool:
    """The pool with the formula of its scenario, for tasks that need so much."""
    if scale is None or scale.scenario is None or pool.auto_scale is None:
        return pool
    return replace(pool, auto_scale=replace(pool.auto_scale, formula=formula(scale, needed)))


def _mounts(specs: tuple[Section, ...], mounts: tuple[Mount, ...]) -> tuple[Mount, ...]:
    """Mounts that all say where they are, whatever their kind, each at a place of its own."""
    found: dict[str, Mount] = {}
    for spec, mount in zip(specs, mounts, strict=True):
        with suppress(UnknownValueError):
            below = next((str(each["relativeMountPath"]) for each in mount.other.values()), "")
            path = mount.relative_mount_path or below
            if path in found:
                fail_at(spec.at, f"two mounts have the path {path}", "duplicate-mount", "give each a unique path")
            if around := [other for other in found if _is_inside(path, other) or _is_inside(other, path)]:
                message = f"the mounts {around[0]} and {path} overlap"
                fail_at(spec.at, message, "duplicate-mount", "give each a folder that is not inside another one")
            found[path] = replace(mount, relative_mount_path=path)
    return tuple(found.values())


def _is_inside(path: str, other: str) -> bool:
    """Whether a relative path leads to a folder or below it. Pure."""
    parts, outer = PurePosixPath(path).parts, PurePosixPath(other).parts
    return parts[: len(outer)] == outer


def _reference(spec: PoolSpec, image: Image | None, scope: Mapping[str, object]) -> ImageReference | None:
    if spec.image_id is not None:
        # virtual_machine_image_id → virtualMachineImageId
        first, *rest = spec.image_id.key.split("_")
        kind = first + "".join(part.capitalize() for part in rest)
        return ImageReference(id_kind=kind, id=evaluate(spec.image_id.value, scope) or "")
    if image is None:
        return None
    return ImageReference(publisher=image.publisher, offer=image.offer, sku=image.sku, version=image.version)


def _image(spec: PoolSpec, scope: Mapping[str, object], problems: ProblemList) -> Image | None:
    """The marketplace image; of an unknown one nothing is said, and the rest of the pool is looked at without it."""
    node = spec.image_alias.node
    if spec.image is not None or node is None:
        return spec.image
    alias = evaluate(spec.image_alias, scope)
    if is_unknown(alias):
        unknown: Image = UNKNOWN
        return unknown
    image = ALIASES.get(alias or "")
    if image is None:
        if all(problem.at != node.at for problem in problems):  # the parser has said it of one that is written
            problems.append(image_problem(alias or "", node.at))
        return None
    if spec.os is not None and spec.os != image.os:
        fail_at(node.at, f"{alias} is {image.os}, not {spec.os}", "exclusive-keys")
    return image
