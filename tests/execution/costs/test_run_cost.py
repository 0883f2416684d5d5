from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from in_memory_run import NOW, RECORD

from recipebatch.errors import ServiceError, UsageError
from recipebatch.execution import cost_of_run
from recipebatch.prices import NodeKind, Rate, RateCard
from recipebatch.runs import NodeHistory, NodeRate, NodeRecord, RunRecord
from recipebatch.service import NodeSnapshot

LATER = NOW + timedelta(hours=1)
NODE = NodeRecord(pool_id="p", node_id="n1", vm_size="d4", state="idle", allocated=NOW, last_seen=NOW)
RATE = NodeRate(pool_id="p", vm_size="d4", spot=False, os="linux", per_hour=Decimal("0.2"), currency="USD")
SEEN = NodeSnapshot(id="n1", state="idle", vm_size="d4", allocated=NOW)


def cost(
    history: NodeHistory,
    nodes: tuple[NodeSnapshot, ...] | Exception = (SEEN,),
    record: RunRecord = RECORD,
    prices: Any = None,
    **options: Any,
) -> Any:
    asked: list[str] = []

    def list_nodes(pool_id: str) -> tuple[NodeSnapshot, ...]:
        asked.append(pool_id)
        if isinstance(nodes, Exception):
            raise nodes
        return nodes

    services: Any = SimpleNamespace(
        store=SimpleNamespace(node_history=lambda _run: history),
        batch=SimpleNamespace(list_nodes=list_nodes),
        prices=prices,
    )
    found = cost_of_run(services, record, now=LATER, **options)
    return found, asked


def test_pools_whose_nodes_are_not_known_to_be_gone_are_looked_at() -> None:
    history = NodeHistory(
        records=(NODE, replace(NODE, pool_id="q", gone=NOW)), rates=(RATE, replace(RATE, pool_id="q"))
    )
    found, asked = cost(history)
    assert (str(found), asked) == ("0.20 USD, 0.20 USD an hour now", ["p"])
    assert cost(history, looks={"p": (SEEN,)}) == (found, [])
    gone, _ = cost(history, ())
    assert gone.amount_text == "0.00 to 0.20 USD"


def test_where_nobody_may_look_the_cost_is_a_range() -> None:
    history = NodeHistory(records=(NODE,), rates=(RATE,))
    assert cost(history, look=False)[0].amount_text == "0.00 to 0.20 USD"
    assert cost(history, ServiceError("gone"))[0].amount_text == "0.00 to 0.20 USD"


def test_a_price_that_was_not_known_is_asked_for_again() -> None:
    history = NodeHistory(records=(NODE,), rates=(replace(RATE, per_hour=None, source="price unknown: offline"),))
    card = RateCard(
        currency="EUR", rates={NodeKind("d4", "linux", spot=False): Rate(per_hour=Decimal(1), source="own")}
    )
    answers = SimpleNamespace(card=lambda _kinds, _now: card)
    assert str(cost(history, prices=lambda: answers)[0]) == "1.00 EUR, 1.00 EUR an hour now"
    silent = SimpleNamespace(card=lambda _kinds, _now: RateCard(currency="USD"))
    assert str(cost(history, prices=lambda: silent)[0]) == "unknown (price unknown: offline)"

    def refuse() -> Any:
        raise UsageError("prices.yaml is broken")

    assert str(cost(history, prices=refuse)[0]) == "unknown (prices.yaml is broken)"


def test_a_run_without_recorded_nodes_has_cost_nothing_only_if_it_made_none() -> None:
    assert str(cost(NodeHistory())[0]) == "0"
    begun = RECORD.with_phase("provision", "done", NOW)
    assert str(cost(NodeHistory(), record=begun)[0]) == "unknown (its nodes were not recorded)"
