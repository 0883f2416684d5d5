"""All pools of an account that have nodes, or are to get some: whose they are, and until when."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from recipebatch.cost import RunCost
from recipebatch.errors import RecipeBatchError
from recipebatch.execution.costs import cost_of_run
from recipebatch.phases import formula_failure
from recipebatch.plan import expiry_rule
from recipebatch.runs import labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.execution.open_account import Services
    from recipebatch.runs import NodeHistory
    from recipebatch.service import NodeSnapshot, PoolSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPool:
    """A pool of the account.

    Attributes:
        run: the run that made it; empty if no run did.
        recipe: of that run; empty where its record is not in this account.
        owner: of that run; empty if no run made the pool.
        nodes: by their state.
        asked: the dedicated and spot nodes that are requested.
        until: when its formula removes its nodes, in ISO 8601; None if it does not, or fails.
        errors: why nodes are missing, or why its formula fails.
        cost: of its nodes so far, or why that is not known; None if no run made it.
    """

    pool: str
    run: str
    recipe: str
    owner: str
    state: str
    allocation_state: str
    vm_size: str
    nodes: dict[str, int]
    asked: tuple[int, int]
    until: str | None = None
    errors: tuple[str, ...] = ()
    cost: RunCost | None = None


def pools_of_account(services: Services) -> tuple[AccountPool, ...]:
    """The pools that have nodes, or are asked to have some, by their ids; also those that no run made."""
    pools = [pool for pool in sorted(services.batch.list_pools(), key=lambda pool: pool.id) if has_nodes(pool)]
    nodes = {pool.id: services.batch.list_nodes(pool.id) for pool in pools}
    recipes = {run.run_id: run.recipe for run in services.store.summaries()} if pools else {}
    costs: dict[str, RunCost] = {}
    for pool in pools:
        run = pool.metadata.get(labels.RUN, "")
        if run in recipes and run not in costs:
            costs[run] = _cost(services, run, nodes)
    return tuple(_account_pool(pool, nodes[pool.id], recipes, costs) for pool in pools)


def _cost(services: Services, run_id: str, nodes: Mapping[str, Sequence[NodeSnapshot]]) -> RunCost:
    """What a run has cost so far, or why that is not known."""
    try:
        record = services.store.load(run_id)
        return cost_of_run(services, record, looks=nodes_of_run(services.store.node_history(run_id), nodes))
    except RecipeBatchError as error:
        return RunCost(why_unknown=error.message)


def nodes_of_run(
    history: NodeHistory, nodes: Mapping[str, Sequence[NodeSnapshot]]
) -> dict[str, Sequence[NodeSnapshot]]:
    """Of the nodes that were looked at those of a run's pools. Pure."""
    return {pool: nodes[pool] for pool in {record.pool_id for record in history.records} if pool in nodes}


def cost_of_pool(cost: RunCost | None, pool_id: str) -> RunCost | None:
    """The part of a run's cost that one of its pools has; None where nothing is recorded of the pool. Pure."""
    if cost is None or cost.why_unknown:
        return cost
    found = next((each for each in cost.pools if each.pool == pool_id), None)
    if found is None:
        return None
    return replace(
        cost,
        pools=(found,),
        per_hour=found.per_hour,
        amount=found.amount,
        most=found.most,
        why_unknown=found.why_unknown,
    )


def has_nodes(pool: PoolSnapshot) -> bool:
    """Whether a pool has nodes, or is asked to have some. Pure."""
    there = pool.current_dedicated_nodes + pool.current_low_priority_nodes
    return there + pool.target_dedicated_nodes + pool.target_low_priority_nodes > 0


def _account_pool(
    pool: PoolSnapshot, nodes: Sequence[NodeSnapshot], recipes: Mapping[str, str], costs: Mapping[str, RunCost]
) -> AccountPool:
    until = None if pool.auto_scale_formula is None else expiry_rule(pool.auto_scale_formula).until
    failing = formula_failure(pool)
    run = pool.metadata.get(labels.RUN, "")
    return AccountPool(
        pool=pool.id,
        run=run,
        recipe=recipes.get(run, ""),
        owner=pool.metadata.get(labels.OWNER, ""),
        state=pool.state,
        allocation_state=pool.allocation_state,
        vm_size=pool.vm_size,
        nodes=dict(Counter(node.state for node in nodes)),
        asked=(pool.target_dedicated_nodes, pool.target_low_priority_nodes),
        until=None if until is None or failing else until.astimezone(UTC).isoformat(),
        errors=(*(f"{message} ({code})" for code, message in pool.resize_errors), *([failing] if failing else [])),
        cost=cost_of_pool(costs.get(run), pool.id),
    )
