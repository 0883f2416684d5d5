"""Checks of one recipe against an account: its plan, its images and VM sizes, its pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError
from recipebatch.execution.doctor.check import bad, fine, not_needed, warning
from recipebatch.phases import node_agent_sku
from recipebatch.vocabulary.machines.vm_series import series_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipebatch.execution.doctor.check import Check
    from recipebatch.plan.model import Plan
    from recipebatch.service import BatchService, SupportedImage

RECIPE, IMAGES, SIZES, POOLS = "recipe", "images", "VM sizes", "pools"


def check_plan(make: Callable[[], Plan], name: str) -> tuple[Check, Plan | None]:
    """Whether a recipe can be planned with the parameters that it has; and the plan.

    Args:
        make: the plan.
        name: of the recipe.

    Raises:
        UsageError: a parameter has no value.
    """
    try:
        plan = make()
    except InvalidRecipeError as error:
        first = error.problems[0].message if error.problems else error.message
        return bad(RECIPE, f"{name}: {first}", f"recipebatch validate {name} shows all problems"), None
    tasks = sum(len(job.tasks or ()) for job in plan.jobs)
    said = f"{name} is valid: {tasks:,} {'task' if tasks == 1 else 'tasks'}"
    if plan.warnings:
        return warning(RECIPE, f"{said}; {plan.warnings[0]}"), plan
    return fine(RECIPE, said), plan


def check_images(plan: Plan, offered: Sequence[SupportedImage]) -> Check:
    """Whether the account makes pools of the images of a recipe.

    Raises:
        ServiceError: it does not.
    """
    made = [pool for pool in plan.pools if not pool.existing]
    if not made:
        return not_needed(IMAGES, "the recipe makes no pool")
    agents = [f"{pool.image} ({node_agent_sku(pool, offered)})" for pool in made]
    return fine(IMAGES, f"offered: {', '.join(dict.fromkeys(agents))}")


def check_sizes(plan: Plan) -> Check:
    """Whether the VM sizes of a recipe are of known series; a retired one is an error of the recipe. Pure."""
    made = [pool for pool in plan.pools if not pool.existing]
    sizes = list(dict.fromkeys(size for pool in made for size in pool.vm_sizes or (pool.vm_size,)))
    if not sizes:
        return not_needed(SIZES, "the recipe makes no pool")
    unknown = [size for size in sizes if series_of(size) is None]
    cure = "ask what the region offers: az batch location list-skus --location REGION"
    if unknown:
        return warning(SIZES, f"not of a known series: {', '.join(unknown)}", cure)
    return fine(SIZES, f"{', '.join(sizes)}: of known series (only a region knows whether it offers them)")


def check_pools(plan: Plan, batch: BatchService) -> Check:
    """Whether the pools that a recipe uses and does not make are there."""
    existing = [pool for pool in plan.pools if pool.existing]
    if not existing:
        return not_needed(POOLS, "the recipe uses no pool that is there already")
    gone = [str(pool.id) for pool in existing if batch.get_pool(pool.id) is None]
    if gone:
        return bad(POOLS, f"there is no pool {', '.join(gone)}", "make it, or correct `existing` in the recipe")
    return fine(POOLS, f"there: {', '.join(str(pool.id) for pool in existing)}")


def runs_containers(plan: Plan) -> bool:
    """Whether tasks run in containers, or pools have container images. Pure."""
    tasks = any(task.container_settings is not None for job in plan.jobs for task in job.tasks or ())
    return tasks or any(pool.container_configuration is not None for pool in plan.pools)
