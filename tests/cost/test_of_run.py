from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from recipebatch.cost import RunCost, run_cost
from recipebatch.runs import NodeHistory, NodeRate, NodeRecord

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NODE = NodeRecord(pool_id="p", node_id="n1", vm_size="d4", state="idle", allocated=NOON, last_seen=NOON + HOUR)
SPOT = replace(NODE, node_id="n2", spot=True)
RATE = NodeRate(
    pool_id="p",
    vm_size="d4",
    spot=False,
    os="linux",
    per_hour=Decimal("0.2"),
    currency="USD",
    source="Azure",
)
SPOT_RATE = replace(RATE, spot=True, per_hour=Decimal("0.05"))


def cost(*records: NodeRecord, rates: tuple[NodeRate, ...] = (RATE, SPOT_RATE), is_current: bool = True) -> RunCost:
    history = NodeHistory(records=records, rates=rates)
    return run_cost(history, NOON + 2 * HOUR, since=NOON - HOUR, is_current=is_current)


def test_a_node_costs_from_its_allocation_until_it_is_gone() -> None:
    gone = replace(SPOT, gone=NOON + HOUR)
    found = cost(NODE, gone)
    assert (found.amount, found.most, found.per_hour) == (Decimal("0.45"), Decimal("0.45"), Decimal("0.2"))
    assert str(found) == "0.45 USD, 0.20 USD an hour now"
    [pool] = found.pools
    assert (pool.nodes, pool.nodes_now, pool.node_seconds) == (2, 1, 3 * 3600)
    assert found.source == "Azure"


def test_nodes_that_were_there_before_the_run_count_from_its_start() -> None:
    found = run_cost(NodeHistory(records=(NODE,), rates=(RATE,)), NOON + 2 * HOUR, since=NOON + HOUR)
    assert found.amount == Decimal("0.2")


def test_what_nobody_has_seen_is_a_range() -> None:
    unseen = cost(replace(NODE, gone=NOON + 2 * HOUR))
    assert (unseen.amount, unseen.most) == (Decimal("0.2"), Decimal("0.4"))
    assert str(unseen) == "0.20 to 0.40 USD"
    assert cost(NODE, is_current=False).amount_text == "0.20 to 0.40 USD"


def test_a_preempted_node_costs_again_when_it_is_back() -> None:
    first = replace(SPOT, preempted=True, gone=NOON + HOUR / 2)
    back = replace(SPOT, allocated=NOON + HOUR, last_seen=NOON + 2 * HOUR)
    found = cost(first, back)
    assert found.amount == Decimal("0.05") * Decimal("1.5")
    assert found.pools[0].nodes == 1


def test_without_a_price_the_cost_is_unknown_and_why_is_said() -> None:
    unknown = replace(RATE, per_hour=None, source="price unknown: offline")
    found = cost(NODE, replace(NODE, pool_id="q", vm_size="d8"), rates=(unknown,))
    assert (found.amount, found.amount_text, str(found)) == (None, "?", "unknown (price unknown: offline)")
    assert [pool.why_unknown for pool in found.pools] == ["price unknown: offline", "the price was not recorded"]


def test_amounts_of_two_currencies_are_not_added() -> None:
    euro = replace(RATE, pool_id="q", currency="EUR")
    found = cost(NODE, replace(NODE, pool_id="q"), rates=(RATE, euro))
    assert (found.amount, found.why_unknown) == (None, "prices are in EUR and USD")


def test_this_machine_is_free_and_no_node_costs_nothing() -> None:
    free = cost(NODE, rates=(replace(RATE, per_hour=Decimal(0), source="local: free"),))
    assert (str(free), free.is_free) == ("free", True)
    assert (str(cost()), cost().amount) == ("0", Decimal(0))


def test_as_json_amounts_are_numbers_or_null() -> None:
    body = cost(NODE).to_json()
    assert body == {
        "currency": "USD",
        "amount": 0.4,
        "most": 0.4,
        "per_hour": 0.2,
        "free": False,
        "unknown": None,
        "prices": "Azure",
        "pools": [
            {
                "pool": "p",
                "nodes": 1,
                "nodes_now": 1,
                "node_seconds": 7200.0,
                "amount": 0.4,
                "most": 0.4,
                "per_hour": 0.2,
                "unknown": None,
            }
        ],
    }
    assert cost(NODE, rates=()).to_json()["amount"] is None
