from __future__ import annotations

from typing import Any

JOB = {"id": "j", "poolInfo": {"poolId": "none"}}
MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}


def test_properties_of_a_job_are_in_the_order_of_recorded_answers(wire: Any) -> None:
    wire("POST", "/jobs", {**JOB, "displayName": "d", "metadata": []})
    assert list(wire("GET", "/jobs/j").json()) == [
        *("odata.metadata", "id", "displayName", "url", "eTag", "lastModified", "creationTime", "state"),
        *("stateTransitionTime", "priority", "maxParallelTasks", "usesTaskDependencies", "allowTaskPreemption"),
        *("constraints", "metadata", "poolInfo", "executionInfo", "onAllTasksComplete", "onTaskFailure"),
    ]


def test_properties_of_a_task_are_in_the_order_of_recorded_answers(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    wire("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "true", "displayName": "d"})
    assert list(wire("GET", "/jobs/j/tasks/t").json()) == [
        *("odata.metadata", "id", "displayName", "url", "eTag", "creationTime", "lastModified", "state"),
        *("stateTransitionTime", "commandLine", "userIdentity", "constraints", "requiredSlots", "executionInfo"),
    ]


def test_a_password_of_a_registry_is_never_returned(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    registry = {"username": "ann", "password": "hush", "registryServer": "r"}
    settings = {"imageName": "i", "registry": registry}
    assert wire("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "", "containerSettings": settings}).status == 201
    answer = wire("GET", "/jobs/j/tasks/t")
    assert answer.json()["containerSettings"]["registry"] == {"username": "ann", "registryServer": "r"}
    assert b"hush" not in answer.content


def test_the_policy_of_an_auto_pool_has_the_properties_of_the_api_version(wire: Any) -> None:
    pool = {"vmSize": "standard_d2_v3", "virtualMachineConfiguration": MACHINE}
    specification = {"poolLifetimeOption": "job", "pool": pool}
    older = type(wire)(wire.account, "2024-07-01.20.0")
    assert older("POST", "/jobs", {"id": "a", "poolInfo": {"autoPoolSpecification": specification}}).status == 201
    policies = [
        client("GET", "/jobs/a").json()["poolInfo"]["autoPoolSpecification"]["pool"]["taskSchedulingPolicy"]
        for client in (older, wire)
    ]
    assert policies == [{"nodeFillType": "Spread"}, {"nodeFillType": "Spread", "jobDefaultOrder": "none"}]


def test_task_counts_are_kept_by_state_result_and_slots(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    for number in range(3):
        wire("POST", "/jobs/j/tasks", {"id": f"t{number}", "commandLine": "true", "requiredSlots": number + 1})
    wire("POST", "/jobs/j/tasks/t2/terminate")
    counts = wire("GET", "/jobs/j/taskcounts").json()
    assert counts["taskCounts"] == {"active": 2, "running": 0, "completed": 1, "succeeded": 0, "failed": 1}
    assert counts["taskSlotCounts"] == {"active": 3, "running": 0, "completed": 3, "succeeded": 0, "failed": 3}


def test_a_terminated_task_shows_its_past_and_why_it_failed(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    wire("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "true"})
    wire("POST", "/jobs/j/tasks/t/terminate")
    document = wire("GET", "/jobs/j/tasks/t").json()
    assert (document["state"], document["previousState"], document["nodeInfo"]) == ("completed", "active", {})
    info = document["executionInfo"]
    assert (info["result"], info["failureInfo"]["code"], info["retryCount"]) == ("failure", "TaskEnded", 0)
    assert "exitCode" not in info
