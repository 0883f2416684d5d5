from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from in_memory_run import NOW, RECORD
from plans import a_pool_snapshot

from recipebatch.cost import PoolCost, RunCost
from recipebatch.errors import ServiceError
from recipebatch.execution.resources.account_pools import cost_of_pool, has_nodes, pools_of_account
from recipebatch.plan import fixed_formula, with_expiry_rule
from recipebatch.runs import NodeHistory, labels
from recipebatch.service import NodeSnapshot

if TYPE_CHECKING:
    from recipebatch.service import PoolSnapshot

MINE = {labels.RUN: "r1", labels.OWNER: "me"}
EMPTY = {"target_dedicated_nodes": 0, "current_dedicated_nodes": 0}


def services(*pools: PoolSnapshot, readable: bool = True) -> Any:
    """An account with these pools, each with an idle node, and the record of run r1."""

    def history(_run: str) -> NodeHistory:
        if not readable:
            raise ServiceError("it cannot be read")
        return NodeHistory()

    return SimpleNamespace(
        batch=SimpleNamespace(
            list_pools=lambda: pools, list_nodes=lambda _pool: (NodeSnapshot(id="n1", state="idle"),)
        ),
        store=SimpleNamespace(
            summaries=lambda: (SimpleNamespace(run_id="r1", recipe="words"),),
            load=lambda _run: RECORD,
            node_history=history,
        ),
    )


def test_only_pools_with_nodes_or_that_are_to_get_some() -> None:
    assert has_nodes(a_pool_snapshot())
    assert has_nodes(a_pool_snapshot(current_dedicated_nodes=0))
    assert not has_nodes(a_pool_snapshot(**EMPTY))
    found = pools_of_account(services(a_pool_snapshot(id="b"), a_pool_snapshot(id="a"), a_pool_snapshot(**EMPTY)))
    assert [(pool.pool, pool.run, pool.nodes) for pool in found] == [("a", "", {"idle": 1}), ("b", "", {"idle": 1})]
    assert pools_of_account(services()) == ()


def test_a_pool_of_a_run_says_whose_it_is_and_until_when() -> None:
    formula = with_expiry_rule(fixed_formula(1, 0), NOW)
    mine = a_pool_snapshot(metadata=MINE, auto_scale_formula=formula)
    (pool,) = pools_of_account(services(mine))
    assert (pool.run, pool.recipe, pool.owner, pool.until) == ("r1", "words", "me", "2026-01-02T03:04:05+00:00")
    failing = a_pool_snapshot(metadata=MINE, auto_scale_formula=formula, formula_error=("E", "no"))
    (pool,) = pools_of_account(services(failing))
    assert (pool.until, pool.errors[0][:37]) == (None, "the autoscale formula of pool p1 fail")
    (pool,) = pools_of_account(services(a_pool_snapshot(metadata={labels.RUN: "r2", labels.OWNER: "her"})))
    assert (pool.recipe, pool.cost) == ("", None)


def test_a_cost_that_cannot_be_read_is_said_as_unknown() -> None:
    (pool,) = pools_of_account(services(a_pool_snapshot(metadata=MINE), readable=False))
    assert str(pool.cost) == "unknown (it cannot be read)"


def test_a_pool_has_its_part_of_the_cost() -> None:
    one = PoolCost(
        pool="p1",
        nodes=1,
        nodes_now=1,
        node_seconds=3600,
        per_hour=Decimal(2),
        amount=Decimal(3),
        most=Decimal(3),
    )
    whole = RunCost(currency="EUR", pools=(one,), amount=Decimal(9), most=Decimal(9))
    assert str(cost_of_pool(whole, "p1")) == "3.00 EUR, 2.00 EUR an hour now"
    assert cost_of_pool(whole, "p2") is None
    assert cost_of_pool(None, "p1") is None
