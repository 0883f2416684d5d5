from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cost.cards import a_card
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.cost import PlanCost, kinds_of, plan_cost
from recipebatch.plan.model import MaxCost, Plan, PlannedAutoScale, PlannedPool

SPOT = {"target_dedicated_nodes": 2, "target_low_priority_nodes": 10}


def plan_of(*pools: PlannedPool, **changes: Any) -> Plan:
    return replace(a_plan(pools=pools, jobs=(a_job(a_task("a")),)), **changes)


def cost(*pools: PlannedPool, card: Any = None, **changes: Any) -> PlanCost:
    return plan_cost(plan_of(*pools, **changes), card or a_card())


def scaled(formula: str, **changes: Any) -> PlannedPool:
    return a_pool(auto_scale=PlannedAutoScale(formula=formula, evaluation_interval=None), **changes)


def test_the_most_is_all_nodes_until_the_run_expires() -> None:
    found = cost(a_pool(**SPOT))
    assert found.per_hour == Decimal("0.9")
    assert found.most == Decimal("1.8"), "the run may last two hours"
    assert [(pool.dedicated, pool.spot, pool.rates) for pool in found.pools] == [
        (2, 10, (Decimal("0.2"), Decimal("0.05")))
    ]


def test_of_several_sizes_the_dearest_counts_and_one_unknown_makes_it_unknown() -> None:
    sizes = a_pool(vm_sizes=("standard_d2s_v3", "standard_d8s_v3"))
    assert {kind.vm_size for kind in kinds_of(plan_of(sizes))} == set(sizes.vm_sizes)
    assert cost(sizes, card=a_card(d2s_v3="0.2", d8s_v3="0.8")).pools[0].vm_size == "standard_d8s_v3"
    assert cost(sizes, card=a_card(d2s_v3="0.2", d8s_v3="0.8")).per_hour == Decimal("0.8")
    assert cost(sizes, card=a_card(d2s_v3="0.2", d8s_v3=None)).why_no_price == "price unknown (offline)"


def test_a_pool_that_the_run_uses_and_did_not_make_costs_it_nothing() -> None:
    found = cost(a_pool(existing=True))
    assert not found.pools
    assert found.most == Decimal(0)
    assert not kinds_of(plan_of(a_pool(existing=True)))


@pytest.mark.parametrize(
    ("formula", "per_hour"),
    [
        ("$TargetDedicatedNodes = 5;", "1.0"),
        ("wanted = $PendingTasks;\n$TargetDedicatedNodes = max(1, min(5, wanted));", "1.0"),
        ("$TargetDedicatedNodes = min(wanted, 5, 7);\n$TargetLowPriorityNodes = 2;", "1.1"),
        ("$TargetDedicatedNodes = min(5, x) + 1;", None),
        ("$TargetDedicatedNodes = max(5, wanted);", None),
        ("$TargetDedicatedNodes = min(f(a, b), g(c));", None),
        ("$TargetDedicatedNodes = (min(5, x));", None),
        ("$TargetDedicatedNodes = $PendingTasks;", None),
    ],
)
def test_of_a_formula_the_most_counts_where_it_says_one(formula: str, per_hour: str | None) -> None:
    found = cost(scaled(formula))
    assert found.per_hour == (None if per_hour is None else Decimal(per_hour))
    if per_hour is None:
        assert found.pools[0].why_unknown == "its formula does not say how many nodes there are at most"


def test_nodes_that_nothing_removes_have_no_most() -> None:
    endless = cost(a_pool(endless=True))
    assert (endless.per_hour, endless.most) == (Decimal("0.2"), None)
    assert endless.pools[0].why_unknown == "nothing removes its nodes when the run expires"
    free = cost(a_pool(endless=True), card=a_card(d2s_v3="0", spot="0"))
    assert (free.most, free.is_free) == (Decimal(0), True)


def test_a_pool_for_each_job_counts_for_each() -> None:
    plan = a_plan(pools=(a_pool(auto=True),), jobs=(a_job(a_task("a")), a_job(a_task("b"), logical="other", id="j2")))
    assert plan_cost(plan, a_card()).per_hour == Decimal("0.4")


LIMIT = MaxCost(amount=Decimal(1), currency="USD", without_price="refuse")


def test_a_run_that_can_cost_more_than_allowed_is_told() -> None:
    found = cost(a_pool(**SPOT), max_cost=LIMIT)
    assert found.excess == "the run can cost 1.80 USD, more than its max_cost of 1.00 USD"
    assert found.longest_within() == timedelta(hours=1, minutes=6, seconds=40)
    assert found.why_unchecked == ""
    for fine in (replace(LIMIT, amount=Decimal("1.8")), None):
        assert cost(a_pool(**SPOT), max_cost=fine).excess == ""
    assert cost(a_pool(), max_cost=None).longest_within() is None


def test_a_limit_that_cannot_be_checked_is_told() -> None:
    assert cost(a_pool(), max_cost=LIMIT, card=a_card(d2s_v3=None)).why_unchecked == (
        "max_cost cannot be checked: price unknown (offline)"
    )
    euro = cost(a_pool(), max_cost=LIMIT, card=a_card(currency="EUR"))
    assert (euro.excess, euro.why_unchecked) == ("", "max_cost is in USD, but prices are in EUR")
    free = cost(a_pool(), max_cost=LIMIT, card=a_card(currency="EUR", d2s_v3="0"))
    assert (free.excess, free.why_unchecked) == ("", "")


def test_as_json_amounts_are_numbers_or_null() -> None:
    body = cost(a_pool(), scaled("$TargetDedicatedNodes = x;", logical="q", id="p2"), max_cost=LIMIT).to_json()
    assert body["pools"][0] == {
        "pool": "p1",
        "vm_size": "standard_d2s_v3",
        "dedicated": 1,
        "spot": 0,
        "pools": 1,
        "dedicated_node": 0.2,
        "spot_node": None,
        "per_hour": 0.2,
        "most": 0.4,
        "unknown": None,
        "prices": ["own"],
    }
    del body["pools"]
    assert body == {
        "currency": "USD",
        "per_hour": None,
        "most": None,
        "limit": 7200.0,
        "free": False,
        "unknown": None,
        "max_cost": {"amount": 1.0, "currency": "USD"},
        "estimate": None,
    }
