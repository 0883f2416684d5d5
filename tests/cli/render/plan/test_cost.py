"""Cost of a plan as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cost.cards import a_card
from plans import a_job, a_plan, a_pool, a_task

from recipebatch.cli.render.plan import cost_section
from recipebatch.cost import Durations, plan_cost
from recipebatch.plan.model import MaxCost, PlannedAutoScale, PlannedPool

LIMIT = MaxCost(amount=Decimal(20), currency="USD", without_price="refuse")


def shown(*pools: PlannedPool, card: Any = None, durations: Durations | None = None, **changes: Any) -> list[str]:
    plan = a_plan(pools=pools, jobs=(a_job(*(a_task(f"t{number}") for number in range(10))),))
    section = cost_section(plan_cost(replace(plan, **changes), card or a_card(), durations))
    return [line for block in section.blocks for line in block.lines]


def test_the_cost_an_hour_at_most_and_about() -> None:
    assert shown(
        a_pool(target_dedicated_nodes=2, target_low_priority_nodes=3),
        expected_task=timedelta(minutes=30),
        max_cost=LIMIT,
    ) == [
        "  0.55 USD an hour: 2 × standard_d2s_v3 at 0.20 USD, 3 × spot standard_d2s_v3 at 0.05 USD (own)",
        "  at most 1.10 USD, if all nodes stay until it expires in 2 hours",
        "  about 0.55 USD: 10 tasks take about 1 h by expect, plus the start of nodes",
        "  max_cost 20.00 USD: the run is stopped when its nodes have cost more",
    ]


def test_what_a_formula_does_not_say_is_said_to_be_unknown() -> None:
    last = Durations(run_id="r0", mean=timedelta(seconds=7))
    scale = PlannedAutoScale(formula="$TargetDedicatedNodes = x;", evaluation_interval=None)
    assert shown(a_pool(auto_scale=scale), durations=last) == [
        "  an hour: ? × standard_d2s_v3 at 0.20 USD (own)",
        "  the most it can cost is not known: pool p1: its formula does not say how many nodes there are at most",
        "  about 0.0039 USD: 10 tasks take about 70 s of nodes by run r0, plus the start of nodes",
    ]
    short = Durations(run_id="r0", mean=timedelta(milliseconds=10))
    assert shown(a_pool(), durations=short)[-1].startswith("  under 0.0001 USD: 10 tasks take about ")
    bounded = replace(scale, formula="$TargetDedicatedNodes = min(3, x);")
    assert shown(a_pool(auto_scale=bounded))[0] == "  0.60 USD an hour: 3 × standard_d2s_v3 at 0.20 USD (own)"


def test_without_prices_it_is_said_why_and_what_becomes_of_the_limit() -> None:
    unknown = a_card(d2s_v3=None)
    assert shown(a_pool(), card=unknown) == ["  price unknown (offline)"]
    why = "  warning: max_cost cannot be checked: price unknown (offline): "
    assert shown(a_pool(), card=unknown, max_cost=LIMIT)[-1] == why + "apply refuses the run"
    lenient = replace(LIMIT, without_price="continue")
    assert shown(a_pool(), card=unknown, max_cost=lenient)[-1] == why + "the run has no limit"


def test_this_machine_is_free_and_a_run_without_pools_of_its_own_has_no_cost() -> None:
    assert shown(a_pool(), card=a_card(d2s_v3="0")) == ["  free: the account is on this machine"]
    assert shown(a_pool(existing=True)) == []


def test_several_pools_are_listed() -> None:
    auto = a_pool(logical="q", id="p2", auto=True)
    plan = a_plan(pools=(a_pool(), auto), jobs=(a_job(a_task("a")), a_job(pool="q"), a_job(pool="q", logical="k")))
    [first, *_] = [block.lines[0] for block in cost_section(plan_cost(plan, a_card())).blocks]
    assert first == (
        "  0.60 USD an hour: 1 × standard_d2s_v3 at 0.20 USD, 2 pools of 1 × standard_d2s_v3 at 0.20 USD (own)"
    )
