"""provision: make the pools exist and wait until their nodes can run tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError, WaitTimeoutError
from recipebatch.phases.poller import Poller
from recipebatch.phases.provision.decide import (
    BringBackPool,
    CreatePool,
    ResizePool,
    ScalePool,
    decide,
    decide_extension,
    image_key,
    next_size,
    node_agent_sku,
)
from recipebatch.phases.provision.nodes import NoNodesError, nodes_text, wait_until_ready
from recipebatch.phases.provision.resize import size_of
from recipebatch.phases.provision.targets import REMOVAL_LIMIT, give_formula, wait_until_steady
from recipebatch.phases.table import PROVISION
from recipebatch.plan import NodesGo, PoolSize, nodes_go, nodes_go_text
from recipebatch.report import PhaseReport, StepReport
from recipebatch.runs import labels
from recipebatch.vocabulary.machines.images import NOTICE, Image, support_warning
from recipebatch.vocabulary.states import PoolState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.phases.provision.decide import Step
    from recipebatch.plan.model import PlannedAutoScale, PlannedJob, PlannedPool
    from recipebatch.service import SupportedImage


def extend_pool_expiry(context: PhaseContext, pools: Iterable[PlannedPool]) -> None:
    """Let pools that the run made keep their nodes as long as what is to be submitted now may last.

    Those that were scaled to 0 nodes because no job used them get their nodes back.
    """
    until = context.access.expiry
    for pool in pools:
        seen = None if pool.auto or pool.existing else context.batch.get_pool(pool.id)
        step = decide_extension(pool, seen, until)
        if isinstance(step, BringBackPool):
            context.progress.say(f"pool {pool.id} was scaled to 0 nodes; resizing it: {_size(pool)}")
            _bring_back(pool, step.rule, context)
        elif step is not None:
            context.progress.say(f"pool {pool.id} keeps its nodes until {until:%Y-%m-%d %H:%M} UTC")
            _scale(pool, step.rule, context)


def _bring_back(pool: PlannedPool, rule: PlannedAutoScale | None, context: PhaseContext) -> None:
    """Give a pool that was scaled to 0 nodes what the recipe says again; its nodes are not waited for."""
    if rule is not None:
        _scale(pool, rule, context)
    else:
        wait_until_steady(pool, context)
        context.batch.resize_pool(pool)


def provision_pools(context: PhaseContext, *, later: Collection[str] = ()) -> PhaseReport:
    """Make the pools of the plan exist and their nodes ready; safe to run again.

    Args:
        context: the run at work.
        later: pools, by their names in the recipe, whose turn has not come: they are checked, and not made.

    Raises:
        PoolConflictError, ServiceError: see `decide`; or the service could not allocate nodes.
        StartTaskError: with the exit code and the end of the start task's stderr.
        WaitTimeoutError: the nodes took too long.
    """
    # Decide for every pool before acting on any: a conflict in the last pool must change nothing.
    pools = [pool for pool in context.plan.pools if not pool.auto]
    notes = tuple(f"pool {name} is made {context.plan.turn_of_pool(name)}" for name in later)
    if not pools:
        return PhaseReport(phase=PROVISION.name, summary="the service creates the pool with the job")
    decided = [step for pool in pools if (step := _decide(pool, context, is_later=pool.logical in later)) is not None]
    missing = [step.pool for step in decided if isinstance(step, CreatePool)]
    images = context.batch.supported_images() if missing else ()
    for pool in missing:
        _warn_about_support(pool, images, context)
    agents = {str(pool.id): node_agent_sku(pool, images) for pool in missing}
    steps = [step for step in decided if step.pool.logical not in later]
    if not steps:
        return PhaseReport(phase=PROVISION.name, summary="no pool is made yet", notes=notes)
    reports = [_carry_out(step, agents, context) for step in steps]
    ready = sum(_ready_nodes(step.pool, agents, context) for step in steps)
    summary = ", ".join(f"pool {report.name} {report.action}" for report in reports) + f"; {nodes_text(ready)} ready"
    stay = (NodesGo.NEVER, NodesGo.BY_FORMULA)
    mine = [step.pool for step in steps if not step.pool.existing]
    staying = (f"pool {pool.id}: {nodes_go_text(pool)}" for pool in mine if nodes_go(pool) in stay)
    return PhaseReport(phase=PROVISION.name, summary=summary, steps=tuple(reports), notes=(*notes, *staying))


def provision_turn(context: PhaseContext, jobs: Sequence[PlannedJob]) -> PhaseReport | None:
    """Make the pools of jobs whose turn has come and that are not submitted yet; None if no pool waited for them."""
    plan = context.plan
    turns = {job.pool for job in jobs if plan.turn_of_pool(job.pool) and context.batch.get_job(job.id) is None}
    if not turns:
        return None
    mine = replace(context, plan=replace(plan, pools=tuple(pool for pool in plan.pools if pool.logical in turns)))
    return provision_pools(mine)


def _decide(pool: PlannedPool, context: PhaseContext, *, is_later: bool) -> Step | None:
    seen = context.batch.get_pool(pool.id)
    if is_later and seen is not None and seen.state == PoolState.DELETING:
        return None  # it may be gone when its turn comes
    return decide(pool, seen, context.access.expiry, context.account)


def _warn_about_support(pool: PlannedPool, images: Sequence[SupportedImage], context: PhaseContext) -> None:
    """Warn of an image whose security updates, or whose support by the service, have ended or end soon."""
    if pool.image is None or pool.image.id_kind is not None:
        return
    today = context.clock.now().date()
    image = Image(pool.image.publisher, pool.image.offer, pool.image.sku)
    if (warning := support_warning(image, today)) is not None:
        context.progress.say(f"warning: {warning}")
    ends = next(
        (item.support_ends for item in images if image_key(item.image) == image_key(pool.image) and item.support_ends),
        None,
    )
    if ends is not None and ends - today <= NOTICE:
        context.progress.say(f"warning: the service supports the image {pool.image} until {ends}: choose a newer one")


def _ready_nodes(pool: PlannedPool, agents: Mapping[str, str], context: PhaseContext) -> int:
    """Wait for a pool's nodes; if the service has none of its VM size, recreate the pool with the next size."""
    while True:
        try:
            return wait_until_ready(pool, context)
        except NoNodesError as error:
            seen = context.batch.get_pool(pool.id)
            following = next_size(pool, seen.vm_size) if seen is not None else None
            if seen is None or following is None or seen.metadata.get(labels.RUN) != context.plan.run_id:
                raise
            context.progress.say(f"{error.message}; trying {following}")
            _remove(pool, context)
            pool = replace(pool, vm_size=following)
            agent = agents.get(pool.id) or node_agent_sku(pool, context.batch.supported_images())
            _create(pool, agent, context)


def _remove(pool: PlannedPool, context: PhaseContext) -> None:
    """Delete a pool that never got its nodes, and wait until its id is free."""
    context.batch.delete_pool(pool.id)
    poller = Poller(context, limit=REMOVAL_LIMIT)
    while context.batch.get_pool(pool.id) is not None:
        if poller.timed_out:
            raise WaitTimeoutError(
                f"pool {pool.id} still exists after {poller.elapsed:.0f} s",
                hint="provision again when it is deleted: the next VM size is tried then",
            )
        poller.wait(changed=False)


def _create(pool: PlannedPool, agent: str, context: PhaseContext) -> bool:
    """Create a pool of the first VM size that the service knows; False if it exists already."""
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
    if isinstance(step, ScalePool):
        detail = _change(pool, context)
        context.progress.say(f"resizing pool {pool.id}: {detail}")
        if step.again:
            context.batch.retry_allocation(pool.id)
        _scale(pool, step.rule, context)
        return StepReport(action="resized", kind="pool", name=pool.id, detail=detail)
    if isinstance(step, ResizePool):
        wait_until_steady(pool, context)
        detail = _change(pool, context)
        context.progress.say(f"resizing pool {pool.id}: {detail}")
        _renew_start_task(pool, context)
        context.batch.resize_pool(pool)
        return StepReport(action="resized", kind="pool", name=pool.id, detail=detail)
    return StepReport(action="kept", kind="pool", name=pool.id)


def _scale(pool: PlannedPool, rule: PlannedAutoScale, context: PhaseContext) -> None:
    """Give a pool its formula; the service takes one each half minute."""
    _renew_start_task(pool, context)
    give_formula(pool, rule, context)


def _renew_start_task(pool: PlannedPool, context: PhaseContext) -> None:
    """Before nodes are asked for: they must find what their start task asks for."""
    seen = context.batch.get_pool(pool.id)
    if seen is not None and seen.metadata.get(labels.RUN) == context.plan.run_id:
        context.batch.refresh_start_task(pool, access=context.access)


def _change(pool: PlannedPool, context: PhaseContext) -> str:
    """`2 nodes → 5 nodes`, or only the size where that stays, or a formula of the recipe decides."""
    seen = context.batch.get_pool(pool.id) if pool.auto_scale is None else None
    before = str(size_of(seen)) if seen is not None else ""
    return f"{before} → {_size(pool)}" if before not in {"", _size(pool)} else _size(pool)


def _size(pool: PlannedPool) -> str:
    if pool.auto_scale is not None:
        return "automatically scaled"
    return str(PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes))
