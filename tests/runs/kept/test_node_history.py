from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recipebatch.runs import NodeHistory, NodeRecord
from recipebatch.runs.kept.columns import packed, unpacked
from recipebatch.runs.kept.node_history import node_history_from_json

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
