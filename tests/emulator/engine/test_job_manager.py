from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.batch import BatchClient

    Until = Callable[[Callable[[], Any]], Any]

UNLIMITED = "P10675199DT2H48M5.4775807S"
USER = {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}


def add(wire: Any, pool: str, manager: dict[str, Any], **rest: Any) -> None:
    document = {"id": "j", "poolInfo": {"poolId": pool}, "jobManagerTask": {"id": "jm", **manager}, **rest}
    answer = wire("POST", "/jobs", document)
    assert answer.status == 201, answer.content


def task(wire: Any, task_id: str) -> Any:
    return wire("GET", f"/jobs/j/tasks/{task_id}").json()


def job(wire: Any) -> Any:
    return wire("GET", "/jobs/j").json()


def test_a_manager_is_shown_as_recorded(wire: Any) -> None:
    add(wire, "none", {"commandLine": "true"}, constraints={"maxTaskRetryCount": 5})
    constraints = {"maxWallClockTime": UNLIMITED, "retentionTime": "P7D", "maxTaskRetryCount": 5}
    assert job(wire)["jobManagerTask"] == {
        "id": "jm",
        "commandLine": "true",
        "constraints": constraints,
        "requiredSlots": 1,
        "userIdentity": USER,
        "runExclusive": True,
        "allowLowPriorityNode": True,
        "killJobOnCompletion": True,
    }
    shown = task(wire, "jm")
    assert (shown["eTag"], shown["lastModified"]) == ("0x701CE1722770000", "1601-01-01T00:00:00Z")
    assert shown["creationTime"] == shown["stateTransitionTime"] == job(wire)["stateTransitionTime"]
    assert shown["constraints"] == constraints
    assert "runExclusive" not in shown
    assert wire("GET", "/jobs/j/taskcounts").json()["taskCounts"]["active"] == 1


def test_a_job_ends_with_its_manager(wire: Any, pool: str, until: Until, tmp_path: Any) -> None:
    go = tmp_path / "go"
    command = f"/bin/sh -c 'until test -e {go}; do sleep 0.02; done; exit 3'"
    add(wire, pool, {"commandLine": command})
    wire("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "sleep 600"})
    until(lambda: task(wire, "t")["state"] == "running")
    go.touch()
    until(lambda: job(wire)["state"] == "completed")
    assert job(wire)["executionInfo"]["terminateReason"] == "JMComplete"
    assert task(wire, "jm")["executionInfo"]["exitCode"] == 3
    assert task(wire, "t")["executionInfo"]["failureInfo"]["code"] == "TaskEnded"


def test_a_terminated_manager_ends_the_job_too(wire: Any, until: Until) -> None:
    add(wire, "none", {"commandLine": "true"})
    assert wire("POST", "/jobs/j/tasks/jm/terminate").status == 204
    until(lambda: job(wire)["state"] == "completed")
    assert job(wire)["executionInfo"]["terminateReason"] == "JMComplete"
    assert task(wire, "jm")["executionInfo"]["failureInfo"]["code"] == "TaskEnded"


def test_a_manager_that_does_not_end_the_job_is_a_task_like_others(wire: Any, pool: str, until: Until) -> None:
    add(wire, pool, {"commandLine": "true", "killJobOnCompletion": False})
    wire("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "true"})
    until(lambda: wire("GET", "/jobs/j/taskcounts").json()["taskCounts"]["completed"] == 2)
    assert job(wire)["state"] == "active"
    wire("PATCH", "/jobs/j", {"onAllTasksComplete": "terminatejob"})
    until(lambda: job(wire)["state"] == "completed")
    assert job(wire)["executionInfo"]["terminateReason"] == "AllTasksCompleted"


def test_a_manager_uses_its_node_exclusively(wire: Any, batch: BatchClient, pool: str, until: Until) -> None:
    add(wire, pool, {"commandLine": "sleep 600"})
    until(lambda: task(wire, "jm")["state"] == "running")
    until(lambda: {node.state for node in batch.list_nodes(pool)} == {"running", "idle"})
    for number in range(3):
        wire("POST", "/jobs/j/tasks", {"id": f"t{number}", "commandLine": "sleep 600"})
    until(lambda: task(wire, "t1")["state"] == "running")
    assert task(wire, "t2")["state"] == "active"
    nodes = {name: task(wire, name)["nodeInfo"]["nodeId"] for name in ("jm", "t0", "t1")}
    assert nodes["t0"] == nodes["t1"] != nodes["jm"]
    counts = {node.id: node.running_task_slots_count for node in batch.list_nodes(pool)}
    assert counts[nodes["jm"]] == 1
    wire("POST", "/jobs/j/terminate")
    until(lambda: {node.state for node in batch.list_nodes(pool)} == {"idle"})


def test_a_manager_that_shares_its_node_takes_only_its_slots(wire: Any, pool: str, until: Until) -> None:
    add(wire, pool, {"commandLine": "sleep 600", "runExclusive": False})
    for number in range(3):
        wire("POST", "/jobs/j/tasks", {"id": f"t{number}", "commandLine": "sleep 600"})
    until(lambda: wire("GET", "/jobs/j/taskcounts").json()["taskCounts"]["running"] == 4)


def test_a_manager_can_be_kept_from_spot_nodes(wire: Any, batch: BatchClient, until: Until) -> None:
    machine = {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    }
    spot = {"id": "spot", "vmSize": "standard_d2_v3", "virtualMachineConfiguration": machine}
    wire("POST", "/pools", {**spot, "targetLowPriorityNodes": 1})
    add(wire, "spot", {"commandLine": "true", "allowLowPriorityNode": False})
    wire("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "true"})
    until(lambda: task(wire, "t")["state"] == "completed")
    assert task(wire, "jm")["state"] == "active"
    until(lambda: batch.get_pool("spot").allocation_state == "steady")
    wire("POST", "/pools/spot/resize", {"targetDedicatedNodes": 1})
    until(lambda: task(wire, "jm")["state"] == "completed")
    assert task(wire, "jm")["nodeInfo"]["nodeId"].endswith("_d")


@pytest.mark.parametrize(("name", "code"), [("Prep", "TaskIdSameAsJobPreparationTask"), ("jm", "TaskExists")])
def test_the_id_of_a_manager_is_taken_once(wire: Any, name: str, code: str) -> None:
    preparation = {"id": "prep", "commandLine": "true"}
    document = {"id": "j", "poolInfo": {"poolId": "none"}, "jobPreparationTask": preparation}
    manager = {"id": name, "commandLine": "true"}
    answer = wire("POST", "/jobs", {**document, "jobManagerTask": manager})
    if answer.status == 201:
        answer = wire("POST", "/jobs/j/tasks", {"id": "JM", "commandLine": "true"})
    assert (answer.status, answer.code) == (409, code)
