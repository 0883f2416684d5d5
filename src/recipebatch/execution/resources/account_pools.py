"""All pools of an account that have nodes, or are to get some: whose they are, and until when."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from recipebatch.phases import formula_failure
from recipebatch.plan import expiry_rule
from recipebatch.runs import labels

if TYPE_CHECKING:
    from recipebatch.execution.open_account import Services
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


def pools_of_account(services: Services) -> tuple[AccountPool, ...]:
    """The pools that have nodes, or are asked to have some, by their ids; also those that no run made."""
    recipes = {run.run_id: run.recipe for run in services.store.summaries()}
    found = []
    for pool in sorted(services.batch.list_pools(), key=lambda pool: pool.id):
        if has_nodes(pool):
            found.append(_account_pool(pool, services.batch.list_nodes(pool.id), recipes))
    return tuple(found)


def has_nodes(pool: PoolSnapshot) -> bool:
    """Whether a pool has nodes, or is asked to have some. Pure."""
    there = pool.current_dedicated_nodes + pool.current_low_priority_nodes
    return there + pool.target_dedicated_nodes + pool.target_low_priority_nodes > 0


def _account_pool(pool: PoolSnapshot, nodes: tuple[NodeSnapshot, ...], recipes: dict[str, str]) -> AccountPool:
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
    )
