"""The pools of an account with nodes: whose they are, until when, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.cli.render import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.execution import AccountPool


def account_pools_text(pools: Sequence[AccountPool], width: int | None = None) -> str:
    """Each pool with its nodes, and below it its run, owner, end and cost.

    Args:
        pools: with nodes, or that are to get some.
        width: the columns to break lines at; None leaves them whole.
    """
    if not pools:
        return "no pool of this account has nodes"
    lines = []
    for pool in pools:
        lines += wrapped(_pool_line(pool), "", width, more="  ")
        lines += wrapped(_run_line(pool), "  ", width, more="    ")
        for error in pool.errors:
            lines += wrapped(error, "  ", width, more="    ")
    nodes = sum(sum(pool.nodes.values()) for pool in pools)
    owners = sorted({pool.owner for pool in pools if pool.owner})
    of = f" of {', '.join(owners)}" if owners else ""
    counts = f"{len(pools)} {'pool' if len(pools) == 1 else 'pools'}{of}, {nodes} {'node' if nodes == 1 else 'nodes'}"
    return "\n".join([*lines, *wrapped(counts, "", width)])


def _pool_line(pool: AccountPool) -> str:
    there, asked = sum(pool.nodes.values()), sum(pool.asked)
    states = ", ".join(f"{count} {state}" for state, count in sorted(pool.nodes.items())) or "no nodes"
    requested = f", {asked} requested" if asked != there else ""
    spot = f" ({pool.asked[1]} spot)" if pool.asked[1] else ""
    return f"pool {pool.pool}: {states}{requested}{spot}, {pool.vm_size}, {pool.allocation_state}"


def _run_line(pool: AccountPool) -> str:
    run = f"run {pool.run}" + (f" of {pool.recipe}" if pool.recipe else " (no record here)") + f", by {pool.owner}"
    until = (
        f"until {pool.until[:16].replace('T', ' ')} UTC"
        if pool.until
        else "without an end: until a command removes them"
    )
    cost = "" if pool.cost is None else f"; cost so far {pool.cost}"
    return f"{run if pool.run else 'no run made it'}; {until}{cost}"
