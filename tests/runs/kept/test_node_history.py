from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from recipebatch.runs import NodeHistory, NodeRate, NodeRecord
from recipebatch.runs.kept.columns import packed, unpacked
from recipebatch.runs.kept.node_history import node_history_from_json
from recipebatch.service import NodeSnapshot

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
NODE = NodeRecord(
    pool_id="p", node_id="tvm-1", vm_size="standard_d2s_v5", state="idle", allocated=NOON, last_seen=LATER, spot=True
)


def test_nodes_come_back_as_they_were() -> None:
    history = NodeHistory().with_seen([NODE, replace(NODE, node_id="tvm-2", gone=LATER, preempted=True)])
    assert node_history_from_json(history.to_json()) == history


def test_the_newer_look_counts_and_a_node_that_came_back_is_another_one() -> None:
    running = replace(NODE, state="running", last_seen=LATER + timedelta(minutes=1))
    again = replace(NODE, allocated=LATER)
    assert NodeHistory().with_seen([NODE]).with_seen([running, again]).records == (running, again)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"nodes": 7}',
        json.dumps({"nodes": packed({"pool_id": [[], []]})}),
    ],
)
def test_what_someone_else_wrote_is_nothing(text: str) -> None:
    assert node_history_from_json(text) == NodeHistory()


def test_a_node_without_a_time_is_nothing() -> None:
    body = json.loads(NodeHistory().with_seen([NODE]).to_json())
    body["nodes"] = packed(unpacked(body["nodes"]) | {"last_seen": [None]})
    assert node_history_from_json(json.dumps(body)) == NodeHistory()


RATE = NodeRate(pool_id="p", vm_size="d4", spot=False, os="linux", per_hour=Decimal("0.2"), currency="USD")
SEEN = NodeSnapshot(id="n", state="idle", vm_size="d4", spot=True, allocated=NOON)


def test_rates_come_back_and_the_first_that_is_known_counts() -> None:
    unknown = replace(RATE, per_hour=None)
    dearer = replace(RATE, per_hour=Decimal(1))
    history = NodeHistory().with_seen((), [unknown]).with_seen([NODE], [RATE]).with_seen((), [dearer, unknown])
    assert history.rates == (RATE,)
    assert node_history_from_json(history.to_json()) == history
    assert NodeHistory(rates=(RATE,)).with_seen((), [unknown]).rates == (RATE,)


@pytest.mark.parametrize(
    "rate",
    [
        ["p"],
        ["p", "d4", False, "linux", "dear", "USD", ""],
        ["p", "d4", False, "linux", "-1", "USD", ""],
        ["p", "d4", False, "linux", "Infinity", "USD", ""],
        ["p", "d4", False, "linux", "1e999999", "USD", ""],
        ["p", "d4", False, "linux", "1", "usd", ""],
        ["p", "d4", 7, "linux", "1", "USD", ""],
    ],
)
def test_a_rate_that_is_none_makes_the_document_nothing(rate: list[object]) -> None:
    body = json.loads(NodeHistory().with_seen([NODE]).to_json()) | {"rates": [rate]}
    assert node_history_from_json(json.dumps(body)) == NodeHistory()


def test_a_node_that_a_look_does_not_show_any_more_is_gone() -> None:
    other = replace(NODE, pool_id="q")
    history = NodeHistory().with_seen([other]).with_look("p", [SEEN, replace(SEEN, id="m")], NOON)
    history = history.with_look("p", [SEEN], LATER)
    assert [(node.pool_id, node.node_id, node.gone) for node in history.records] == [
        ("q", "tvm-1", None),
        ("p", "n", None),
        ("p", "m", LATER),
    ]
    assert history.with_look("p", [SEEN], LATER + timedelta(hours=1)).records[2].gone == LATER


def test_a_preempted_node_is_gone_until_it_is_back() -> None:
    history = NodeHistory().with_look("p", [SEEN], NOON)
    away = replace(SEEN, state="preempted", state_since=LATER)
    history = history.with_look("p", [away], LATER + timedelta(minutes=1))
    history = history.with_look("p", [away], LATER + timedelta(minutes=2))
    assert [(node.preempted, node.gone) for node in history.records] == [(True, LATER)]
    back_at = LATER + timedelta(minutes=5)
    for state in ("starting", "idle"):
        back = replace(SEEN, state=state, state_since=back_at)
        history = history.with_look("p", [back], back_at + timedelta(minutes=1))
        back_at += timedelta(minutes=1)
    assert [(node.allocated, node.gone, node.state) for node in history.records] == [
        (NOON, LATER, "preempted"),
        (LATER + timedelta(minutes=5), None, "idle"),
    ]


def test_a_node_gets_its_time_when_the_service_says_it() -> None:
    history = NodeHistory().with_look("p", [replace(SEEN, allocated=None)], NOON).with_look("p", [SEEN], LATER)
    assert [node.allocated for node in history.records] == [NOON]


def test_times_are_kept_to_the_millisecond_so_that_what_is_read_again_is_equal() -> None:
    odd = NOON + timedelta(microseconds=1234)
    history = NodeHistory().with_look("p", [replace(SEEN, allocated=odd, start_began=odd)], odd)
    assert node_history_from_json(history.to_json()) == history


def test_a_thousand_nodes_take_less_than_a_hundred_bytes_each() -> None:
    nodes = [
        replace(SEEN, id=f"tvmps_{number:064x}_d", allocated=NOON + timedelta(milliseconds=number * 7919))
        for number in range(1000)
    ]
    assert len(NodeHistory().with_look("p", nodes, LATER).to_json()) < 100_000


def test_a_later_version_is_nothing() -> None:
    body = json.loads(NodeHistory().with_seen([NODE]).to_json())
    assert node_history_from_json(json.dumps(body | {"version": body["version"] + 1})) == NodeHistory()
