"""Replays a recorded scenario step by step."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.conformance.answers import Replay
from emulator.conformance.asking import Client
from emulator.conformance.forms import Disagreement
from emulator.conformance.packing import unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.conformance.answers import Blobs

    from recipebatch.emulator import EmulatorAccount

_POLL_SECONDS = 4.0
_ONCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class StepResult:
    """How one step went; `recorded` says how many recorded exchanges it stands for, none for a preparation."""

    number: int
    method: str
    path: str
    recorded: int
    disagreements: list[Disagreement]


def replay(account: EmulatorAccount, scenario: Mapping[str, Any], blobs: Blobs) -> tuple[list[StepResult], Client]:
    """Every step of a scenario in turn, on an account of its own; the client has the log of what was answered.

    A recorded run of equal questions is one step that agrees when the last answer of the run is given; so is a single
    question, because the recorded answer may have come later than ours.
    """
    results = []
    with Client(account, scenario["version"]) as client:
        recorded = scenario["recorded"]
        comparison = Replay(client.base, blobs, recorded=recorded, same_version=scenario["version"] == recorded)
        for number, step in enumerate(unpacked(scenario["steps"])):
            found = _ask(client, comparison, step)
            results.append(StepResult(number, step["method"], step["path"], step["recorded"], found))
    return results, client


def _ask(client: Client, comparison: Replay, step: Mapping[str, Any]) -> list[Disagreement]:
    _bind_nodes(client, comparison, step)
    patience = _POLL_SECONDS if step["recorded"] > 1 else _ONCE_SECONDS
    deadline = time.monotonic() + patience
    while True:
        known, tags = dict(comparison.nodes), dict(comparison.tags)
        answer = client(
            step["method"],
            comparison.path(step["path"]),
            _bound(step.get("body"), comparison),
            query=step.get("query"),
            headers=step.get("headers"),
        )
        if "answer headers" not in step:
            if answer.status != step["status"]:
                return [Disagreement("preparation", f"{answer.status} {answer.text[:300]}")]
            if step["path"] == "/pools":
                _await_nodes(client, step["body"]["id"])
            return []
        found = comparison.check(step, answer)
        hopeless = any(one.where in {"not implemented", "follows"} for one in found)
        final = hopeless or step["method"] not in {"GET", "HEAD"}
        if not found or final or time.monotonic() > deadline:
            return found
        comparison.nodes, comparison.tags = known, tags
        time.sleep(_PAUSE_SECONDS)


def _bound(value: Any, comparison: Replay) -> Any:
    if isinstance(value, dict):
        return {key: _bound(inner, comparison) for key, inner in value.items()}
    if isinstance(value, list):
        return [_bound(inner, comparison) for inner in value]
    return comparison.path(value) if isinstance(value, str) else value


def _await_nodes(client: Client, pool: str) -> None:
    """Wait until the nodes of a pool that the recording presumes are idle."""
    deadline = time.monotonic() + _POLL_SECONDS
    while time.monotonic() < deadline:
        nodes = client("GET", f"/pools/{pool}/nodes").document["value"]
        steady = client("GET", f"/pools/{pool}").document["allocationState"] == "steady"
        if steady and all(node["state"] == "idle" for node in nodes):
            return
        time.sleep(_PAUSE_SECONDS)


def _bind_nodes(client: Client, comparison: Replay, step: Mapping[str, Any]) -> None:
    """A node that no answer has shown yet is any node of the pool."""
    import re

    asked = step["path"] + str(step.get("body", ""))
    for name in re.findall(r"\{node\d+p?\}", asked):
        if name in comparison.nodes:
            continue
        deadline = time.monotonic() + _POLL_SECONDS
        pool = step["path"].split("/")[2]
        while name not in comparison.nodes and time.monotonic() < deadline:
            listed = client("GET", f"/pools/{pool}/nodes").document or {}
            free = [
                node["id"]
                for node in listed.get("value", [])
                if node["id"] not in comparison.nodes.values()
                and node["state"] in {"idle", "running"}
                and node["isDedicated"] != name.endswith("p}")
            ]
            if free:
                comparison.nodes[name] = free[0]
