"""The nodes of a pool while they come: enough of them ready, broken ones, and why there are none."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError, WaitTimeoutError
from recipebatch.phases.poller import Poller
from recipebatch.text.terminal import printable
from recipebatch.vocabulary.states import FAILED_TO_START, READY_TO_RUN, AllocationState, NodeState, PoolState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedPool
    from recipebatch.service import NodeSnapshot, PoolSnapshot

# How long nodes may take to boot and run their start task after they were allocated.
START_ALLOWANCE = timedelta(minutes=30)
_TAIL = 2000


class StartTaskError(ServiceError):
    """A node's start task failed; the pool exists and keeps incurring charges until it is purged."""

    code = "start-task-failed"


class NoNodesError(ServiceError):
    """The service has no nodes for the pool."""

    code = "no-nodes"


def wait_until_ready(pool: PlannedPool, context: PhaseContext) -> int:
    """Follow the nodes until enough of them can run tasks; answers how many."""
    if pool.existing:
        return sum(node.state in READY_TO_RUN for node in context.batch.list_nodes(pool.id))
    wanted = pool.target_dedicated_nodes + pool.target_low_priority_nodes
    enough = needed_nodes(pool)
    poller = Poller(context, limit=pool.provisioning_timeout or pool.resize_timeout + START_ALLOWANCE)
    bar = context.progress.bar(f"nodes of {pool.id}", total=max(wanted, enough), unit="nodes")
    last: dict[str, int] = {}
    try:
        while True:
            seen = context.batch.get_pool(pool.id)
            nodes = context.batch.list_nodes(pool.id)
            _raise_if_hopeless(pool, seen, nodes, enough, context)
            states = dict(Counter(node.state for node in nodes))
            ready = sum(states.get(state, 0) for state in READY_TO_RUN)
            bar.update(ready, text=states_text(states) or "allocating")
            # A minimum lets the others come while the tasks run; without one nothing is left to come.
            settled = pool.min_ready_nodes is not None or (
                seen is not None and seen.allocation_state == AllocationState.STEADY
            )
            if ready >= enough and settled:
                _report_missing(pool, seen, nodes, context)
                return ready
            if poller.timed_out:
                raise WaitTimeoutError(
                    f"pool {pool.id}: {ready} of {enough} nodes ready after {poller.elapsed:.0f} s"
                    f" ({states_text(states) or 'none allocated'})",
                    hint="provision again to continue waiting, or purge: the pool keeps incurring charges",
                )
            poller.wait(changed=states != last)
            last = states
    finally:
        bar.close()


def needed_nodes(pool: PlannedPool) -> int:
    """How many ready nodes are enough to continue. Pure."""
    if pool.min_ready_nodes is not None:
        return pool.min_ready_nodes
    return 0 if pool.auto_scale is not None else pool.target_dedicated_nodes + pool.target_low_priority_nodes


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


def _broken(pool: PlannedPool, node: NodeSnapshot, context: PhaseContext) -> ServiceError:
    if node.state != NodeState.START_TASK_FAILED:
        reasons = "; ".join(node.errors) or "no reason given"
        return ServiceError(f"node {node.id} of pool {pool.id} is {node.state}: {reasons}")
    tail = context.batch.node_file_tail(pool.id, node.id, "startup/stderr.txt", size=_TAIL).rstrip()
    ended = f"exit code {node.start_task_exit_code}"
    if node.start_task_exit_code is None:
        code, message = node.start_task_failure or ("Unknown", "no reason given")
        ended = f"{message} ({code})"
    shown = f"\n{indented(tail)}" if tail else " (its stderr is empty)"
    return StartTaskError(f"the start task of pool {pool.id} failed on node {node.id}: {ended}{shown}")


def indented(text: str) -> str:
    """The text as a quotation of several lines; what could control a terminal is escaped."""
    return "\n".join(f"    | {line}" for line in printable(text.replace("\r\n", "\n")).split("\n"))


def states_text(states: dict[str, int]) -> str:
    """`2 idle, 1 starting`."""
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def nodes_text(count: int) -> str:
    """`1 node`, `2 nodes`."""
    return f"{count} node" if count == 1 else f"{count} nodes"
