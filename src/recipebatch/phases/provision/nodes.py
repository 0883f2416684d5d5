"""The nodes of a pool while they come: enough of them ready, broken ones, and why there are none."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError, WaitTimeoutError
from recipebatch.phases.outputs import ends_text, read_end
from recipebatch.phases.poller import Poller
from recipebatch.phases.provision.node_counts import NodeCounter
from recipebatch.plan import expiry_rule, fixed_size
from recipebatch.vocabulary.causes import exit_code_text
from recipebatch.vocabulary.states import FAILED_TO_START, READY_TO_RUN, AllocationState, NodeState, PoolState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedPool
    from recipebatch.service import BatchService, NodeSnapshot, PoolSnapshot

# How long nodes may take to boot and run their start task after they were allocated.
START_ALLOWANCE = timedelta(minutes=30)
# The service evaluates a formula when it takes it; the result is seen a little later.
_EVALUATION_LIMIT = timedelta(minutes=1)
_SAMPLES = re.compile(r"\$\w+\s*\.\s*(?:Get|Count|History)", re.IGNORECASE)
_NO_SAMPLES = "insufficient"
_UNDEFINED = "undefined"


class StartTaskError(ServiceError):
    """A node's start task failed; the pool exists and keeps incurring charges until it is purged."""

    code = "start-task-failed"


class NoNodesError(ServiceError):
    """The service has no nodes for the pool."""

    code = "no-nodes"


class FormulaError(ServiceError):
    """The service cannot evaluate the formula of a pool, and never will."""

    code = "formula-failed"


def wait_until_ready(pool: PlannedPool, context: PhaseContext) -> int:
    """Follow the nodes until enough of them can run tasks; answers how many."""
    if pool.existing:
        return sum(node.state in READY_TO_RUN for node in context.batch.list_nodes(pool.id))
    poller = Poller(context, limit=pool.provisioning_timeout or pool.resize_timeout + START_ALLOWANCE)
    watch = NodeCounter(pool, context)
    last: dict[str, int] = {}
    try:
        while True:
            seen = context.batch.get_pool(pool.id)
            if seen is not None and not seen.formula_evaluated and poller.elapsed < _EVALUATION_LIMIT.total_seconds():
                poller.wait(changed=True)
                continue
            nodes = context.batch.list_nodes(pool.id)
            context.node_watch.look(context)
            if seen is not None:
                # Another command may have resized it since.
                pool = resized(pool, seen)
            enough = needed_nodes(pool)
            _raise_if_hopeless(pool, seen, nodes, enough, context)
            states = dict(Counter(node.state for node in nodes))
            ready = sum(states.get(state, 0) for state in READY_TO_RUN)
            wanted = pool.target_dedicated_nodes + pool.target_low_priority_nodes
            watch.tell(nodes, None if pool.auto_scale is not None else wanted)
            # A minimum lets the others come while the tasks run; without one nothing is left to come.
            settled = pool.min_ready_nodes is not None or (
                seen is not None and seen.allocation_state == AllocationState.STEADY
            )
            failing = "" if seen is None else formula_failure(seen)
            if ready >= enough and settled:
                _report_missing(pool, seen, nodes, context)
                if failing:
                    context.progress.say(f"warning: {failing}")
                elif seen is not None and (results := formula_results(pool, seen)):
                    context.progress.say(results)
                return ready
            if poller.timed_out:
                raise WaitTimeoutError(
                    f"pool {pool.id}: {ready} of {enough} nodes ready after {poller.elapsed:.0f} s"
                    f" ({states_text(states) or 'none allocated'})" + (f"; {failing}" if failing else ""),
                    hint="provision again to continue waiting, or purge: the pool keeps incurring charges",
                )
            poller.wait(changed=states != last)
            last = states
    finally:
        watch.end()


def resized(pool: PlannedPool, seen: PoolSnapshot) -> PlannedPool:
    """A pool of a fixed size with the size that the service was asked for last. Pure."""
    if pool.auto_scale is not None:
        return pool
    size: tuple[int, int] | None = seen.target_dedicated_nodes, seen.target_low_priority_nodes
    if seen.auto_scale_formula is not None:
        size = fixed_size(seen.auto_scale_formula)
    return pool if size is None else replace(pool, target_dedicated_nodes=size[0], target_low_priority_nodes=size[1])


def formula_failure(seen: PoolSnapshot) -> str:
    """That a pool's formula fails, why, and what follows; empty if it does not. Pure."""
    if seen.formula_error is None:
        return ""
    code, message = seen.formula_error
    formula = seen.auto_scale_formula or ""
    rule = ", also when the run expires" if expiry_rule(formula).until is not None else ""
    return (
        f"the autoscale formula of pool {seen.id} fails: {message} ({code});"
        f" while it fails, no node is added or removed{rule}"
    )


def formula_results(pool: PlannedPool, seen: PoolSnapshot) -> str:
    """What the recipe's own formula gave when the service evaluated it last; empty for a scenario's. Pure.

    The service evaluates a formula when the pool is made; before that it cannot be asked. Source: Batch REST API,
    "Pool - Evaluate Pool Auto Scale": the pool must have automatic scaling enabled.
    """
    if pool.auto_scale is None or pool.auto_scale.scenario is not None:
        return ""
    results = [each for each in seen.formula_results if not each.startswith("recipebatch")]
    return f"the formula of pool {seen.id} gives {', '.join(results)}" if results else ""


def needed_nodes(pool: PlannedPool) -> int:
    """How many ready nodes are enough to continue. Pure."""
    if pool.auto_scale is not None:
        return pool.min_ready_nodes or 0
    targets = pool.target_dedicated_nodes + pool.target_low_priority_nodes
    return targets if pool.min_ready_nodes is None else min(pool.min_ready_nodes, targets)


def _report_missing(
    pool: PlannedPool, seen: PoolSnapshot | None, nodes: Sequence[NodeSnapshot], context: PhaseContext
) -> None:
    """Report the nodes that are missing or broken: broken ones may incur charges all the same."""
    for node in nodes:
        if node.state in FAILED_TO_START:
            context.progress.say(f"continuing without node {node.id} of pool {pool.id}: it is {node.state}")
    if seen is not None and seen.resize_errors and seen.allocation_state == AllocationState.STEADY:
        reasons = "; ".join(f"{message} ({code})" for code, message in seen.resize_errors)
        context.progress.say(f"continuing with {nodes_text(len(nodes))} of pool {pool.id}: {reasons}")


def _raise_if_hopeless(
    pool: PlannedPool, seen: PoolSnapshot | None, nodes: Sequence[NodeSnapshot], enough: int, context: PhaseContext
) -> None:
    if seen is None or seen.state == PoolState.DELETING:
        raise ServiceError(f"pool {pool.id} was deleted while waiting for its nodes")
    if _never_works(seen):
        raise FormulaError(
            formula_failure(seen),
            hint="correct `auto_scale: {formula: …}` in the recipe and start another run: apply --new",
        )
    broken = [node for node in nodes if node.state in FAILED_TO_START]
    gave_up = bool(seen.resize_errors) and seen.allocation_state == AllocationState.STEADY
    coming = len(nodes) if gave_up else max(len(nodes), pool.target_dedicated_nodes + pool.target_low_priority_nodes)
    if pool.auto_scale is not None or coming - len(broken) >= enough:
        return
    if gave_up:
        reasons = "; ".join(f"{message} ({code})" for code, message in seen.resize_errors)
        raise NoNodesError(
            f"pool {pool.id}: the service could not allocate its nodes: {reasons}",
            hint="choose another vm_size or fewer nodes, ask for quota, or provision again later",
        )
    for node in broken:
        raise _broken(pool, node, context)


def _never_works(seen: PoolSnapshot) -> bool:
    """Whether the formula fails each time: a name is not defined, or it depends on no samples that may come."""
    if seen.formula_error is None:
        return False
    text = " ".join(seen.formula_error).lower()
    return _UNDEFINED in text or (
        _NO_SAMPLES not in text and _SAMPLES.search(expiry_rule(seen.auto_scale_formula or "").formula) is None
    )


def _broken(pool: PlannedPool, node: NodeSnapshot, context: PhaseContext) -> ServiceError:
    if node.state != NodeState.START_TASK_FAILED:
        reasons = "; ".join(node.errors) or "no reason given"
        return ServiceError(f"node {node.id} of pool {pool.id} is {node.state}: {reasons}")
    stdout, stderr = (
        read_end(partial(_end_of_start_task, context.batch, pool.id, node.id, name))
        for name in ("stdout.txt", "stderr.txt")
    )
    if node.start_task_exit_code is not None:
        ended = exit_code_text(node.start_task_exit_code)
    else:
        code, message = node.start_task_failure or ("Unknown", "no reason given")
        ended = f"{message} ({code})"
    shown = ends_text(stdout, stderr) or " (it wrote nothing)"
    return StartTaskError(f"the start task of pool {pool.id} failed on node {node.id}: {ended}{shown}")


def _end_of_start_task(batch: BatchService, pool_id: str, node_id: str, name: str, size: int) -> str:
    return batch.node_file_tail(pool_id, node_id, f"startup/{name}", size=size)


def states_text(states: dict[str, int]) -> str:
    """`2 idle, 1 starting`."""
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def charged_nodes_text(count: int) -> str:
    """`1 node, which incurs charges`, `2 nodes, which incur charges`, `0 nodes`."""
    verb = "incurs" if count == 1 else "incur"
    return f"{nodes_text(count)}, which {verb} charges" if count else nodes_text(count)


def nodes_text(count: int) -> str:
    """`1 node`, `2 nodes`."""
    return f"{count} node" if count == 1 else f"{count} nodes"
