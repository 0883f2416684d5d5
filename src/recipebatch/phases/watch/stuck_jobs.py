"""Why no task of a job is running, as far as its pool and its nodes say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.phases.provision import formula_failure, is_of_fixed_size, size_of, states_text
from recipebatch.plan import PoolSize, expiry_rule
from recipebatch.vocabulary.states import FAILED_TO_START, AllocationState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.service import NodeSnapshot, PoolSnapshot


def stuck_reason(pool: PoolSnapshot | None, nodes: Sequence[NodeSnapshot], command: str = "") -> str:
    """Why no task of a pool's jobs is running; `command` gives the pool nodes. Pure."""
    if pool is None:
        return "the pool no longer exists: purge this run and start another one"
    errors = "; ".join(f"{message} ({code})" for code, message in pool.resize_errors)
    if refused := formula_failure(pool) or errors:
        return refused
    if pool.allocation_state != AllocationState.STEADY:
        return f"pool {pool.id} is {pool.allocation_state}"
    if not nodes:
        return _no_nodes(pool, command)
    broken = [node for node in nodes if node.state in FAILED_TO_START]
    if len(broken) == len(nodes):
        return f"all {len(nodes)} nodes of pool {pool.id} are {broken[0].state}"
    states: dict[str, int] = {}
    for node in nodes:
        states[node.state] = states.get(node.state, 0) + 1
    return f"nodes of pool {pool.id}: {states_text(states)}"


def _no_nodes(pool: PoolSnapshot, command: str) -> str:
    """That a pool has no nodes, and how many it is asked to have. Pure."""
    asked = PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes)
    if not is_of_fixed_size(pool) or (size := size_of(pool)) == asked != (0, 0):
        return f"pool {pool.id} has no nodes; {asked} requested now"
    if size.together:
        until = expiry_rule(pool.auto_scale_formula or "").until
        end = f" until {until:%Y-%m-%d %H:%M} UTC" if until is not None else ""
        return f"pool {pool.id} has no nodes; {asked} requested now, {size}{end}"
    return f"pool {pool.id} is scaled to 0 nodes" + (f"; give it nodes: {command}" if command else "")
