from __future__ import annotations

from typing import Any

JOB = {"id": "MyJob", "poolInfo": {"poolId": "none"}}
MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}
POOL = {"id": "p", "vmSize": "STANDARD_D2_v3", "virtualMachineConfiguration": MACHINE}


def test_a_pool_shows_the_defaults_and_the_spelling_of_the_service(wire: Any) -> None:
    assert wire("POST", "/pools", POOL).status == 201
    shown = wire("GET", "/pools/p").json()
    assert shown["vmSize"] == "standard_d2_v3"
    assert shown["taskSchedulingPolicy"] == {"nodeFillType": "Spread", "jobDefaultOrder": "none"}
    assert shown["resizeTimeout"] == "PT15M"
    assert shown["allocationState"] == "resizing"
    assert shown["virtualMachineConfiguration"]["imageReference"]["version"] == "latest"
    assert (shown["taskSlotsPerNode"], shown["enableAutoScale"], shown["enableInterNodeCommunication"]) == (
        1,
        False,
        False,
    )


def test_more_task_slots_than_four_times_the_cores_are_refused_where_the_cores_are_known(wire: Any) -> None:
    assert wire("POST", "/pools", POOL | {"taskSlotsPerNode": 8}).status == 201
    for changed in ({"taskSlotsPerNode": 9}, {"vmSize": "standard_d64s_v5", "taskSlotsPerNode": 257}):
        assert wire("POST", "/pools", POOL | {"id": "q"} | changed).status == 400
    unknown = {"id": "q", "vmSize": "standard_unnumbered", "taskSlotsPerNode": 256}
    assert wire("POST", "/pools", POOL | unknown).status == 201
    for slots, status in ((9, 400), (8, 201)):
        pool = {name: value for name, value in POOL.items() if name != "id"} | {"taskSlotsPerNode": slots}
        auto = {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": pool}}
        assert wire("POST", "/jobs", {"id": "j", "poolInfo": auto}).status == status


def test_a_job_shows_the_defaults_of_the_service(wire: Any) -> None:
    wire("POST", "/jobs", JOB)
    shown = wire("GET", "/jobs/MyJob").json()
    assert shown["constraints"] == {"maxWallClockTime": "P10675199DT2H48M5.4775807S", "maxTaskRetryCount": 0}
    assert (shown["priority"], shown["maxParallelTasks"]) == (0, -1)
    assert (shown["onAllTasksComplete"], shown["onTaskFailure"]) == ("noaction", "noaction")
    assert (shown["usesTaskDependencies"], shown["allowTaskPreemption"]) == (False, False)
    assert shown["executionInfo"]["poolId"] == "none"
    assert shown["lastModified"] == shown["stateTransitionTime"] == shown["executionInfo"]["startTime"]


def test_a_task_shows_the_defaults_of_the_service_and_the_retries_of_its_job(wire: Any) -> None:
    wire("POST", "/jobs", {**JOB, "constraints": {"maxTaskRetryCount": 3}})
    created = wire(
        "POST", "/jobs/MyJob/tasks", {"id": "t", "commandLine": "true", "constraints": {"maxWallClockTime": "PT01H"}}
    )
    assert created.headers["location"].endswith("/jobs/MyJob/tasks/t")
    shown = wire("GET", "/jobs/MyJob/tasks/t").json()
    assert shown["userIdentity"] == {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}
    assert shown["constraints"] == {"maxWallClockTime": "PT1H", "retentionTime": "P7D", "maxTaskRetryCount": 3}
    assert shown["requiredSlots"] == 1
    assert shown["executionInfo"] == {"retryCount": 0, "requeueCount": 0}
    assert "nodeInfo" not in shown


def test_a_user_account_is_one_of_the_pools_operating_system(wire: Any) -> None:
    account = {"name": "someone", "password": "kept", "windowsUserConfiguration": {"loginMode": "interactive"}}
    answer = wire("POST", "/pools", {**POOL, "userAccounts": [account]})
    assert (answer.status, answer.values["PropertyName"]) == (400, "windowsUserConfiguration")
    image = {"publisher": "microsoftwindowsserver", "offer": "windowsserver", "sku": "2022-datacenter"}
    machine = {"imageReference": image, "nodeAgentSKUId": "batch.node.windows amd64"}
    users = [account, {"name": "other", "password": "kept"}]
    body = {**POOL, "virtualMachineConfiguration": machine, "userAccounts": users}
    assert wire("POST", "/pools", body).status == 201
    shown = wire("GET", "/pools/p").json()["userAccounts"]
    assert [user["windowsUserConfiguration"]["loginMode"] for user in shown] == ["interactive", "batch"]


def test_an_image_that_is_not_supported_is_refused_as_recorded(wire: Any) -> None:
    image = {"publisher": "a", "offer": "b", "sku": "c"}
    answer = wire("POST", "/pools", {**POOL, "virtualMachineConfiguration": {**MACHINE, "imageReference": image}})
    assert (answer.status, answer.code) == (400, "InvalidPropertyValue")
    assert answer.values == {
        "PropertyName": "imageReference",
        "Reason": "The specified imageReference with publisher a offer b sku c is not supported.",
    }


def test_a_node_agent_of_another_image_is_refused(wire: Any) -> None:
    answer = wire(
        "POST", "/pools", {**POOL, "virtualMachineConfiguration": {**MACHINE, "nodeAgentSKUId": "batch.node.el 9"}}
    )
    assert answer.values["PropertyName"] == "nodeAgentSKUId"


def test_an_ephemeral_os_disk_is_refused_for_spot_nodes(wire: Any) -> None:
    machine = {**MACHINE, "osDisk": {"ephemeralOSDiskSettings": {"placement": "cachedisk"}}}
    body = {**POOL, "id": "ephemeral", "virtualMachineConfiguration": machine}
    refused = wire("POST", "/pools", {**body, "targetLowPriorityNodes": 1})
    assert (refused.status, refused.code) == (400, "InvalidPropertyValue")
    assert refused.values["Reason"].startswith("Ephemeral OSDisk is only supported for pools")
    assert wire("POST", "/pools", body).status == 201
    plain = {**POOL, "id": "plain", "targetLowPriorityNodes": 1}
    assert wire("POST", "/pools", plain).status == 201
