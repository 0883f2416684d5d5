from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest


@pytest.fixture
def nodes(wire: Any, pool: str, until: Any) -> list[str]:
    """The ids of two idle nodes of pool `pool`."""

    def idle() -> list[str]:
        listed = wire("GET", f"/pools/{pool}/nodes").json()["value"]
        found = sorted(node["id"] for node in listed if node["state"] == "idle")
        return found if len(found) == 2 else []

    found: list[str] = until(idle)
    return found


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("state eq 'idle'", 2),
        ("state eq 'running'", 0),
        ("schedulingState eq 'enabled' and isDedicated eq true", 2),
        ("isDedicated eq false", 0),
        ("lastBootTime gt DateTime'2001-01-01'", 2),
        ("startTaskInfo/exitCode eq 0", 0),
    ],
)
def test_nodes_are_found_by_their_properties(wire: Any, nodes: list[str], text: str, count: int) -> None:
    found = wire("GET", f"/pools/pool/nodes?$filter={quote(text)}&$select=id").json()["value"]
    assert [node["id"] for node in found] == nodes[:count]


def test_a_node_is_narrowed_to_what_is_selected(wire: Any, nodes: list[str]) -> None:
    document = wire("GET", f"/pools/pool/nodes/{nodes[0]}?$select=id,isDedicated").json()
    assert {name for name in document if not name.startswith("odata.")} == {"id", "isDedicated"}
    assert wire("GET", "/pools/pool/nodes/none").code == "NodeNotFound"


def test_scheduling_is_disabled_with_or_without_a_body_and_enabled(wire: Any, nodes: list[str]) -> None:
    first, second = (f"/pools/pool/nodes/{node}" for node in nodes)
    assert wire("POST", f"{first}/disablescheduling").status == 200
    assert wire("POST", f"{second}/disablescheduling", {"nodeDisableSchedulingOption": "TaskCompletion"}).status == 200
    assert wire("POST", f"{first}/disablescheduling").code == "NodeAlreadyInTargetSchedulingState"
    bad = wire("POST", f"{first}/disablescheduling", {"nodeDisableSchedulingOption": "never"})
    assert (bad.status, bad.code) == (400, "InvalidPropertyValue")
    shown = wire("GET", first).json()
    assert (shown["state"], shown["schedulingState"]) == ("offline", "disabled")
    enabled = wire("POST", f"{first}/enablescheduling")
    assert (enabled.status, enabled.headers["dataserviceid"].rpartition("/")[2]) == (200, "enablescheduling")
    assert wire("GET", first).json()["state"] == "idle"
