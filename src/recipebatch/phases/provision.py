"""provision: make the pools exist and wait until their nodes can run tasks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.errors import PoolConflictError, ServiceError, WaitTimeoutError
from recipebatch.phases.context import Patience
from recipebatch.phases.nodes import NoNodesError, nodes_text, wait_until_ready
from recipebatch.plan import deferred
from recipebatch.recipe.images import NOTICE, Image, support_warning
from recipebatch.report import PhaseReport, StepReport
from recipebatch.runs import marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import ImageReference, PlannedPool
    from recipebatch.service import PoolSnapshot, SupportedImage

# A pool took up to 392 s to go in recorded runs of the service.
_REMOVAL_LIMIT = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class CreatePool:
    """The pool is not there yet."""

    pool: PlannedPool


@dataclass(frozen=True, slots=True)
class ResizePool:
    """The pool is the one the recipe asks for, but for its number of nodes."""

    pool: PlannedPool


@dataclass(frozen=True, slots=True)
class KeepPool:
    """The pool is as the recipe asks for."""

    pool: PlannedPool


Step = CreatePool | ResizePool | KeepPool


def decide(wanted: PlannedPool, seen: PoolSnapshot | None) -> Step:
    """Decide what to do about one pool. Pure: the answer depends on the two arguments alone.

    Raises:
        PoolConflictError: a pool with that id differs in what cannot be changed.
        ServiceError: an existing pool is asked for and not there, or is being deleted.
    """
    if seen is None:
        if wanted.existing:
            raise ServiceError(f"pool {wanted.id} does not exist", hint="the recipe says `existing`; check its id")
        return CreatePool(wanted)
    if seen.state == "deleting":
        raise ServiceError(f"pool {wanted.id} is being deleted", hint="try again when it is gone (some minutes)")
    if wanted.existing:
        return KeepPool(wanted)
    for name, ours, theirs in _fixed_properties(wanted, seen):
        if ours != theirs:
            raise PoolConflictError(
                f"pool {wanted.id} has {name} {theirs}; the recipe asks for {ours}",
                hint="purge that pool, or give this recipe's pool another id",
            )
    if seen.enable_auto_scale:
        return KeepPool(wanted)
    goal = (wanted.target_dedicated_nodes, wanted.target_low_priority_nodes)
    asked = (seen.target_dedicated_nodes, seen.target_low_priority_nodes)
    # An allocation that failed leaves its target and its errors; only another resize tries again.
    gave_up = bool(seen.resize_errors) and (seen.current_dedicated_nodes, seen.current_low_priority_nodes) != goal
    return ResizePool(wanted) if asked != goal or gave_up else KeepPool(wanted)


def node_agent_sku(pool: PlannedPool, supported: Sequence[SupportedImage]) -> str:
    """The node agent that fits a pool's image: as the recipe says, or from the service's own list, verified first.

    Raises:
        ServiceError: the service supports no such image; the hint names its nearest relatives.
    """
    image = pool.image
    if pool.node_agent_sku_id is not None:
        return pool.node_agent_sku_id
    if image is None:
        raise ServiceError(f"pool {pool.id} has no image", hint="the recipe says `existing`; check its id")
    same_sku = [
        item
        for item in supported
        if _key(item.image) == _key(image) and item.image.version in {"latest", image.version}
    ]
    if same_sku:
        return max(same_sku, key=lambda item: item.verified).node_agent_sku_id
    relatives = [str(item.image) for item in supported if item.image.publisher.lower() == image.publisher.lower()] or [
        str(item.image) for item in supported
    ]
    raise ServiceError(
        f"the Batch service does not support the image {image}", hint="it supports " + ", ".join(relatives[:5])
    )


def provision(context: PhaseContext) -> PhaseReport:
    """Make the pools of the plan exist and their nodes ready; safe to run again.

    Raises:
        PoolConflictError, ServiceError: see `decide`; or the service could not allocate nodes.
        StartTaskError: with the exit code and the end of the start task's stderr.
        WaitTimeoutError: the nodes took too long.
    """
    # Decide for every pool before acting on any: a conflict in the last pool must change nothing.
    pools = [pool for pool in context.plan.pools if not pool.auto]
    if not pools:
        return PhaseReport(phase="provision", summary="the service makes the pool with the job")
    steps = [decide(pool, context.batch.get_pool(pool.id)) for pool in pools]
    missing = [step.pool for step in steps if isinstance(step, CreatePool)]
    images = context.batch.supported_images() if missing else ()
    for pool in missing:
        _tell_support(pool, images, context)
    agents = {str(pool.id): node_agent_sku(pool, images) for pool in missing}
    reports = [_carry_out(step, agents, context) for step in steps]
    ready = sum(_ready_nodes(pool, agents, context) for pool in pools)
    summary = ", ".join(f"pool {report.name} {report.action}" for report in reports) + f"; {nodes_text(ready)} ready"
    return PhaseReport(phase="provision", summary=summary, steps=tuple(reports))


def _tell_support(pool: PlannedPool, images: Sequence[SupportedImage], context: PhaseContext) -> None:
    """Say when an image is mended, or supported by the service, no longer or not for long."""
    if pool.image is None or pool.image.id_kind is not None:
        return
    today = context.clock.now().date()
    image = Image(pool.image.publisher, pool.image.offer, pool.image.sku)
    if (warning := support_warning(image, today)) is not None:
        context.progress.say(f"warning: {warning}")
    ends = next(
        (item.support_ends for item in images if _key(item.image) == _key(pool.image) and item.support_ends), None
    )
    if ends is not None and ends - today <= NOTICE:
        context.progress.say(f"warning: the service supports the image {pool.image} until {ends}: choose a newer one")


def next_size(pool: PlannedPool, size: str) -> str | None:
    """The VM size to try after one, or None. Pure."""
    following = dict(zip([size.lower() for size in pool.vm_sizes], pool.vm_sizes[1:], strict=False))
    return following.get(size.lower())


def _ready_nodes(pool: PlannedPool, agents: Mapping[str, str], context: PhaseContext) -> int:
    """Wait for a pool's nodes; where the service has none of its VM size, make it anew with the next one."""
    while True:
        try:
            return wait_until_ready(pool, context)
        except NoNodesError as error:
            seen = context.batch.get_pool(pool.id)
            following = next_size(pool, seen.vm_size) if seen is not None else None
            if seen is None or following is None or seen.metadata.get(marks.RUN) != context.plan.run_id:
                raise
            context.progress.say(f"{error.message}; trying {following}")
            _remove(pool, context)
            pool = replace(pool, vm_size=following)
            agent = agents.get(pool.id) or node_agent_sku(pool, context.batch.supported_images())
            _create(pool, agent, context)


def _remove(pool: PlannedPool, context: PhaseContext) -> None:
    """Delete a pool that never got its nodes, and wait until its id is free."""
    context.batch.delete_pool(pool.id)
    patience = Patience(context, limit=_REMOVAL_LIMIT)
    while context.batch.get_pool(pool.id) is not None:
        if patience.over:
            raise WaitTimeoutError(
                f"pool {pool.id} is not gone after {patience.waited:.0f} s",
                hint="provision again when it is: the next VM size is tried then",
            )
        patience.pause(moved=False)


def _create(pool: PlannedPool, agent: str, context: PhaseContext) -> bool:
    """Create a pool of the first VM size that the service knows; False if it is there already."""
    while True:
        context.progress.say(f"creating pool {pool.id}: {_size(pool)} {pool.vm_size}, {pool.image}, {agent}")
        try:
            return context.batch.create_pool(pool, node_agent_sku_id=agent, access=context.access)
        except ServiceError as error:
            following = next_size(pool, pool.vm_size)
            if following is None or "vmSize" not in error.message:
                raise
            context.progress.say(f"{error.message}; trying {following}")
            pool = replace(pool, vm_size=following)


def _carry_out(step: Step, agents: dict[str, str], context: PhaseContext) -> StepReport:
    pool = step.pool
    if isinstance(step, CreatePool):
        agent = agents[pool.id]
        created = _create(pool, agent, context)
        return StepReport(action="created" if created else "kept", kind="pool", name=pool.id, detail=agent)
    if isinstance(step, ResizePool):
        context.progress.say(f"resizing pool {pool.id} to {_size(pool)}")
        context.batch.resize_pool(pool)
        return StepReport(action="resized", kind="pool", name=pool.id, detail=_size(pool))
    return StepReport(action="kept", kind="pool", name=pool.id)


def _fixed_properties(wanted: PlannedPool, seen: PoolSnapshot) -> list[tuple[str, str, str]]:
    rows = [
        ("VM size", _one_of_the_sizes(wanted, seen), seen.vm_size.lower()),
        ("task slots per node", str(wanted.task_slots_per_node), str(seen.task_slots_per_node)),
    ]
    if wanted.image is not None and seen.image is not None:
        rows.append(("image", str(wanted.image).lower(), str(seen.image).lower()))
    # One that somebody switched on later is theirs to switch off.
    if wanted.auto_scale is not None:
        rows.append(("automatic scaling", "on", "on" if seen.enable_auto_scale else "off"))
    start = wanted.start_task.command_line if wanted.start_task is not None else "none"
    # An address that is filled in at the request cannot be compared with what was sent.
    if not deferred.find(start):
        rows.append(("start command", start, seen.start_command_line or "none"))
    return rows


def _one_of_the_sizes(wanted: PlannedPool, seen: PoolSnapshot) -> str:
    """The size that the pool has, if it is one of those to try; else the first of them."""
    sizes = [size.lower() for size in wanted.vm_sizes]
    return seen.vm_size.lower() if seen.vm_size.lower() in sizes else wanted.vm_size.lower()


def _key(image: ImageReference) -> tuple[str, str, str]:
    return (image.publisher.lower(), image.offer.lower(), image.sku.lower())


def _size(pool: PlannedPool) -> str:
    if pool.auto_scale is not None:
        return "automatically scaled"
    spot = f" + {pool.target_low_priority_nodes} spot" if pool.target_low_priority_nodes else ""
    return nodes_text(pool.target_dedicated_nodes) + spot
