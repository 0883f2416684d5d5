from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.emulator import EmulatorAccount, start_emulator
from recipebatch.emulator.state import Quotas

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from azure.batch import BatchClient

    Until = Callable[[Callable[[], Any]], Any]

GUID = r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"
MACHINE = {
    "imageReference": {"publisher": "Canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"},
    "nodeAgentSKUId": "batch.node.ubuntu 22.04",
}


def auto(lifetime: str = "job", nodes: int = 0, **rest: Any) -> dict[str, Any]:
    pool = {"vmSize": "STANDARD_D2_V2", "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": nodes}
    return {"autoPoolSpecification": {"poolLifetimeOption": lifetime, "pool": pool, **rest}}


def add(wire: Any, pool_info: dict[str, Any], **rest: Any) -> str:
    answer = wire("POST", "/jobs", {"id": "j", "poolInfo": pool_info, **rest})
    assert answer.status == 201, answer.content
    return str(wire("GET", "/jobs/j").json()["executionInfo"]["poolId"])


def gone(wire: Any, pool: str) -> Callable[[], bool]:
    return lambda: bool(wire("GET", f"/pools/{pool}").status == 404)


def test_a_job_with_an_auto_pool_is_returned_as_recorded(wire: Any) -> None:
    pool = add(wire, auto())
    assert re.fullmatch(GUID, pool)
    assert wire("GET", "/jobs/j").json()["poolInfo"] == {
        "autoPoolSpecification": {
            "poolLifetimeOption": "job",
            "keepAlive": False,
            "pool": {
                "vmSize": "standard_d2_v2",
                "taskSlotsPerNode": 1,
                "taskSchedulingPolicy": {"nodeFillType": "Spread", "jobDefaultOrder": "none"},
                "resizeTimeout": "PT15M",
                "targetDedicatedNodes": 0,
                "targetLowPriorityNodes": 0,
                "enableAutoScale": False,
                "enableInterNodeCommunication": False,
                "virtualMachineConfiguration": {
                    **MACHINE,
                    "imageReference": {**MACHINE["imageReference"], "version": "latest"},  # type: ignore[dict-item]
                },
            },
        }
    }
    assert wire("GET", f"/pools/{pool}").json()["vmSize"] == "standard_d2_v2"


def test_an_auto_pool_runs_its_job_and_is_deleted_with_it(wire: Any, batch: BatchClient, until: Until) -> None:
    pool = add(wire, auto(nodes=1, autoPoolIdPrefix="mine"))
    assert re.fullmatch(f"mine_{GUID}", pool)
    wire("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "/bin/sh -c 'echo $AZ_BATCH_POOL_ID'"})
    until(lambda: batch.get_task("j", "t").state == "completed")
    assert b"".join(batch.download_task_file("j", "t", "stdout.txt")).decode().strip() == pool
    wire("POST", "/jobs/j/terminate")
    until(gone(wire, pool))
    assert wire("GET", "/jobs/j").json()["state"] == "completed"


def test_an_auto_pool_is_deleted_with_a_deleted_job(wire: Any, until: Until) -> None:
    pool = add(wire, auto())
    wire("DELETE", "/jobs/j")
    until(gone(wire, pool))


def test_a_pool_that_is_kept_alive_stays(wire: Any, until: Until) -> None:
    pool = add(wire, auto(keepAlive=True))
    wire("DELETE", "/jobs/j")
    until(lambda: wire("GET", "/jobs/j").status == 404)
    assert wire("GET", f"/pools/{pool}").json()["state"] == "active"


def test_only_keep_alive_of_the_pool_changes(wire: Any, until: Until) -> None:
    pool = add(wire, auto())
    assert wire("PUT", "/jobs/j", {"poolInfo": auto(), "priority": 500}).status == 200
    assert wire("PATCH", "/jobs/j", {"poolInfo": auto(keepAlive=True)}).status == 200
    for other in (auto(nodes=1), {"poolId": "other"}):
        answer = wire("PATCH", "/jobs/j", {"poolInfo": other})
        assert (answer.code, answer.values["PropertyName"]) == ("InvalidPropertyValue", "autoPoolSpecification")
    assert wire("GET", "/jobs/j").json()["executionInfo"]["poolId"] == pool
    wire("DELETE", "/jobs/j")
    until(lambda: wire("GET", "/jobs/j").status == 404)
    assert wire("GET", f"/pools/{pool}").json()["state"] == "active"


def test_the_jobs_of_a_schedule_share_a_pool_that_lives_as_long_as_it(wire: Any, until: Until) -> None:
    specification = {"poolInfo": auto("jobschedule", autoPoolIdPrefix="nightly")}
    schedule = {"recurrenceInterval": "P1D"}
    wire("POST", "/jobschedules", {"id": "s", "schedule": schedule, "jobSpecification": specification})
    job = wire("GET", "/jobs/s:job-1").json()
    pool = job["executionInfo"]["poolId"]
    assert re.fullmatch(f"nightly_{GUID}", pool)
    wire("POST", "/jobs/s:job-1/terminate")
    until(lambda: wire("GET", "/jobs/s:job-1").json()["state"] == "completed")
    assert wire("GET", f"/pools/{pool}").json()["state"] == "active"
    wire("POST", "/jobschedules/s/terminate")
    until(gone(wire, pool))


def test_each_job_of_a_schedule_can_have_a_pool_of_its_own(wire: Any, until: Until) -> None:
    specification = {"poolInfo": auto("job")}
    schedule = {"recurrenceInterval": "P1D"}
    wire("POST", "/jobschedules", {"id": "s", "schedule": schedule, "jobSpecification": specification})
    pool = wire("GET", "/jobs/s:job-1").json()["executionInfo"]["poolId"]
    wire("POST", "/jobs/s:job-1/terminate")
    until(gone(wire, pool))


@pytest.mark.parametrize(
    ("pool_info", "name"),
    [
        (auto("jobschedule"), "poolLifetimeOption"),
        (auto(autoPoolIdPrefix="x" * 21), "autoPoolIdPrefix"),
        ({**auto(), "poolId": "p"}, "poolInfo"),
        (auto("never"), "poolLifetimeOption"),
    ],
)
def test_what_does_not_go_together_is_refused(wire: Any, pool_info: dict[str, Any], name: str) -> None:
    answer = wire("POST", "/jobs", {"id": "j", "poolInfo": pool_info})
    assert (answer.code, answer.values["PropertyName"]) == ("InvalidPropertyValue", name)


def test_a_pool_with_a_wrong_definition_is_refused_with_the_job(wire: Any) -> None:
    document = auto()
    document["autoPoolSpecification"]["pool"]["vmSize"] = "huge"
    answer = wire("POST", "/jobs", {"id": "j", "poolInfo": document})
    assert (answer.code, answer.values["PropertyName"]) == ("InvalidPropertyValue", "vmSize")


def test_older_versions_do_not_know_the_order_of_jobs(wire: Any) -> None:
    add(wire, auto())
    older = type(wire)(wire.account, "2024-02-01.19.0")
    shown = older("GET", "/jobs/j").json()["poolInfo"]["autoPoolSpecification"]["pool"]
    assert shown["taskSchedulingPolicy"] == {"nodeFillType": "Spread"}
    assert older("PUT", "/jobs/j", {"poolInfo": auto()}).status == 200


def test_a_pool_beyond_the_quota_completes_its_job_with_a_scheduling_error(
    tmp_path: Path, connect: Callable[..., BatchClient]
) -> None:
    with start_emulator(tmp_path, quotas=Quotas(pools=0)) as running:
        account = EmulatorAccount(running.endpoint, running.account_name, running.account_key)
        with connect(account) as batch:
            batch.create_job({"id": "j", "poolInfo": auto()})  # type: ignore[arg-type]
            job = batch.get_job("j")
            assert job.execution_info is not None
            assert (job.state, job.previous_state) == ("completed", "active")
            assert job.execution_info.scheduling_error is not None
            assert job.execution_info.scheduling_error.code == "AutoPoolCreationFailedWithQuotaReached"


def test_a_job_with_an_autoscaled_auto_pool_can_be_changed(wire: Any) -> None:
    document = auto()
    pool = document["autoPoolSpecification"]["pool"]
    del pool["targetDedicatedNodes"]
    pool |= {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=0"}
    name = add(wire, document)
    assert wire("GET", f"/pools/{name}").json()["autoScaleFormula"] == "$TargetDedicatedNodes=0"
    assert wire("PATCH", "/jobs/j", {"priority": 3}).status == 200
    assert wire("PUT", "/jobs/j", {"poolInfo": document}).status == 200
