"""What few pools say → its planned form: properties by their REST names, mounts, scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.errors import InvalidRecipeError, Problem
from recipebatch.plan.expressions import now
from recipebatch.plan.model import PlannedAutoScale, PlannedMount
from recipebatch.plan.resolver.autoscale import Scenario, formula
from recipebatch.recipe.model import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.recipe.model import AutoScaleSpec, MountSpec, Tree

    Names = Mapping[str, object]


def properties(tree: Tree, names: Names) -> Any:
    """A block with its expressions evaluated; secrets are deferred values in it."""
    if isinstance(tree, Setting):
        return now(tree, names)
    if isinstance(tree, tuple):
        return [properties(item, names) for item in tree]
    return {name: properties(item, names) for name, item in tree.items()}


def mounts(specs: tuple[MountSpec, ...], names: Names) -> tuple[PlannedMount, ...]:
    """The mounts of a pool.

    Raises:
        InvalidRecipeError: two have the same path.
    """
    found: list[PlannedMount] = []
    taken: dict[str, None] = {}
    for spec in specs:
        other = properties(spec.other, names)
        path = now(spec.relative_mount_path, names) if spec.container is not None else None
        mount = PlannedMount(
            container=spec.container,
            relative_mount_path=path or next((str(each["relativeMountPath"]) for each in other.values()), ""),
            blobfuse_options=now(spec.blobfuse_options, names),
            read_only=spec.read_only,
            identity=now(spec.identity, names),
            other=other,
        )
        if mount.relative_mount_path in taken:
            message = f"two mounts have the path {mount.relative_mount_path}"
            raise InvalidRecipeError((Problem(spec.at, message, "duplicate-mount", "give each a path of its own"),))
        taken[mount.relative_mount_path] = None
        found.append(mount)
    return tuple(found)


def auto_scale(spec: AutoScaleSpec | None, slots: int, names: Names) -> PlannedAutoScale | None:
    """The formula that decides the number of nodes, as written or of a scenario.

    Args:
        spec: `auto_scale:`.
        slots: task slots of a node.
        names: what expressions may use.

    Raises:
        InvalidRecipeError: the least number of nodes is above the greatest.
    """
    if spec is None:
        return None
    interval = now(spec.evaluation_interval, names)
    if spec.scenario is None:
        return PlannedAutoScale(formula=now(spec.formula, names) or "", evaluation_interval=interval)
    least, most = now(spec.min_nodes, names), now(spec.max_nodes, names) or 0
    if least > most:
        message = f"min_nodes is {least}, above max_nodes, {most}"
        raise InvalidRecipeError((Problem(spec.at, message, "invalid-recipe", "swap them"),))
    scenario = Scenario(
        name=spec.scenario,
        slots=slots,
        min_nodes=least,
        max_nodes=most,
        max_increment=now(spec.max_increment, names),
        spot=spec.spot,
        hours=(now(spec.hours[0], names), now(spec.hours[1], names)),
        utc_offset=now(spec.utc_offset, names),
        sample_window=now(spec.sample_window, names),
        node_deallocation_option=spec.node_deallocation_option,
    )
    return PlannedAutoScale(formula=formula(scenario), evaluation_interval=interval, scenario=spec.scenario)
