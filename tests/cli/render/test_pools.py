from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from recipebatch.cli.render.pools import account_pools_text
from recipebatch.cost import PoolCost, RunCost
from recipebatch.execution import AccountPool

COST = PoolCost(
    pool="p1", nodes=2, nodes_now=2, node_seconds=9, per_hour=Decimal(1), amount=Decimal(2), most=Decimal(2)
)
POOL = AccountPool(
    pool="words-20260102-030405-abcd",
    run="20260102-030405-abcd",
    recipe="words",
    owner="ann",
    state="active",
    allocation_state="steady",
    vm_size="standard_d2s_v3",
    nodes={"idle": 1, "unusable": 1},
    asked=(2, 1),
    until="2026-01-02T12:30:00+00:00",
    errors=("no cores left (AccountCoreQuotaReached)",),
    cost=RunCost(currency="EUR", pools=(COST,), amount=Decimal(2), most=Decimal(2), per_hour=Decimal(1)),
)
OTHER = replace(POOL, pool="other", run="", recipe="", owner="", until=None, errors=(), cost=None, asked=(2, 0))


def test_each_pool_says_whose_it_is_until_when_and_at_what_cost() -> None:
    assert account_pools_text([POOL, OTHER]).splitlines() == [
        "pool words-20260102-030405-abcd: 1 idle, 1 unusable, 3 requested (1 spot), standard_d2s_v3, steady",
        f"  run 20260102-030405-abcd of words, by ann; until 2026-01-02 12:30 UTC; cost so far {POOL.cost}",
        "  no cores left (AccountCoreQuotaReached)",
        "pool other: 1 idle, 1 unusable, standard_d2s_v3, steady",
        "  no run made it; without an end: until a command removes them",
        "2 pools of ann, 4 nodes",
    ]
    assert all(len(line) <= 60 for line in account_pools_text([POOL], 60).splitlines())
    lost = replace(POOL, recipe="", errors=(), nodes={})
    assert (
        account_pools_text([lost]).splitlines()[0].startswith("pool words-20260102-030405-abcd: no nodes, 3 requested")
    )
    assert "run 20260102-030405-abcd (no record here), by ann" in account_pools_text([lost])


def test_no_pool_has_nodes() -> None:
    assert account_pools_text([]) == "no pool of this account has nodes"
