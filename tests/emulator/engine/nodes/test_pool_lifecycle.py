from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.batch import BatchClient

    Until = Callable[[Callable[[], Any]], Any]
    Machine = models.VirtualMachineConfiguration


@pytest.fixture
def add(batch: BatchClient, machine: Machine) -> Callable[..., None]:
    def add_pool(**options: Any) -> None:
        batch.create_pool(
            models.BatchPoolCreateOptions(
                **{"id": "p", "vm_size": "standard_d2", "virtual_machine_configuration": machine} | options
            )
        )

    return add_pool


def nodes(batch: BatchClient, state: str, count: int) -> list[models.BatchNode]:
    found = [node for node in batch.list_nodes("p") if node.state == state]
    return found if len(found) == count else []


def steady(batch: BatchClient) -> models.BatchPool | None:
    seen = batch.get_pool("p")
    return seen if seen.allocation_state == models.AllocationState.STEADY else None


def test_a_new_pool_is_seen_resizing_and_then_steady_even_without_nodes(
    batch: BatchClient, add: Callable[..., None], until: Until
) -> None:
    add()
    first = batch.get_pool("p")
    assert first.allocation_state == models.AllocationState.RESIZING
    after = until(lambda: steady(batch))
    assert after.etag == first.etag
    assert after.allocation_state_transition_time > first.allocation_state_transition_time


def test_nodes_come_up_with_the_ids_and_addresses_of_the_service(
    batch: BatchClient, add: Callable[..., None], until: Until
) -> None:
    add(target_dedicated_nodes=2, target_low_priority_nodes=1)
    found = until(lambda: nodes(batch, "idle", 3))
    assert sorted(node.id[-2:] for node in found) == ["_d", "_d", "_p"]
    assert all(node.id.startswith("tvmps_") and len(node.id) == 72 for node in found)
    addresses = sorted(ipaddress.IPv4Address(str(node.ip_address)) for node in found)
    assert [int(address) & 255 for address in addresses] == [4, 5, 6]
    assert all(address.is_loopback for address in addresses)
    assert {node.affinity_id for node in found} == {f"TVM:{node.id}" for node in found}
    pool = batch.get_pool("p")
    assert (pool.current_dedicated_nodes, pool.current_low_priority_nodes) == (2, 1)
    counts = {count.pool_id: count for count in batch.list_pool_node_counts()}["p"]
    assert counts.dedicated is not None
    assert (counts.dedicated.idle, counts.dedicated.total) == (2, 2)


def test_a_start_task_runs_on_each_node_before_it_is_idle(
    batch: BatchClient, add: Callable[..., None], until: Until
) -> None:
    task = models.BatchStartTask(command_line="/bin/sh -c 'echo $MINE; pwd'", wait_for_success=True)
    task.environment_settings = [models.EnvironmentSetting(name="MINE", value="yes")]
    add(target_dedicated_nodes=2, start_task=task)
    for node in until(lambda: nodes(batch, "idle", 2)):
        assert node.start_task_info is not None
        assert node.start_task_info.state == "completed"
        assert (node.start_task_info.exit_code, node.start_task_info.result) == (0, "success")
        out = b"".join(batch.download_node_file("p", node.id, "startup/stdout.txt")).decode()
        assert out.splitlines()[0] == "yes"
        assert out.splitlines()[1].endswith(f"/{node.id}/startup/wd")


def test_a_failing_start_task_is_retried_and_then_reported(
    batch: BatchClient, add: Callable[..., None], until: Until
) -> None:
    command = "/bin/sh -c 'echo try >> tries; cat tries >&2; exit 3'"
    task = models.BatchStartTask(command_line=command, wait_for_success=True, max_task_retry_count=2)
    add(target_dedicated_nodes=1, start_task=task)
    (node,) = until(lambda: nodes(batch, "starttaskfailed", 1))
    info = node.start_task_info
    assert (info.exit_code, info.retry_count, info.result) == (3, 2, "failure")
    assert info.failure_info.code == "FailureExitCode"
    assert b"".join(batch.download_node_file("p", node.id, "startup/stderr.txt")) == b"try\n" * 3


def test_without_waiting_for_success_a_node_is_used_at_once(
    batch: BatchClient, add: Callable[..., None], until: Until
) -> None:
    task = models.BatchStartTask(command_line="/bin/sh -c 'exit 3'", wait_for_success=False)
    add(target_dedicated_nodes=1, start_task=task)
    (node,) = until(lambda: nodes(batch, "idle", 1))
    until(lambda: batch.get_node("p", node.id).start_task_info.result == "failure")  # type: ignore[union-attr]
    assert batch.get_node("p", node.id).state == "idle"


def test_a_pool_grows_and_shrinks(batch: BatchClient, add: Callable[..., None], until: Until) -> None:
    add(target_dedicated_nodes=1)
    until(lambda: nodes(batch, "idle", 1) and steady(batch))
    poller = batch.begin_resize_pool("p", models.BatchPoolResizeOptions(target_dedicated_nodes=3), polling_interval=0)
    poller.result()
    until(lambda: nodes(batch, "idle", 3))
    batch.begin_resize_pool(
        "p", models.BatchPoolResizeOptions(target_dedicated_nodes=0, target_low_priority_nodes=1), polling_interval=0
    ).result()
    (node,) = until(lambda: nodes(batch, "idle", 1))
    assert not node.is_dedicated


def test_a_pool_that_resizes_takes_no_other_resize(batch: BatchClient, add: Callable[..., None]) -> None:
    add()
    with pytest.raises(HttpResponseError) as refused:
        batch.begin_resize_pool("p", models.BatchPoolResizeOptions(target_dedicated_nodes=1), polling_interval=0)
    assert refused.value.error.code == "PoolBeingResized"  # type: ignore[union-attr]


def test_a_resize_needs_a_target(wire: Any, batch: BatchClient, add: Callable[..., None], until: Until) -> None:
    add()
    until(lambda: steady(batch))
    answer = wire("POST", "/pools/p/resize", {})
    assert (answer.status, answer.code) == (400, "MissingRequiredProperty")
    assert answer.values == {"PropertyName": "targetDedicatedNodes and/or targetLowPriorityNodes"}


def test_chosen_nodes_leave_and_lower_the_target(batch: BatchClient, add: Callable[..., None], until: Until) -> None:
    add(target_dedicated_nodes=2)
    first, second = until(lambda: nodes(batch, "idle", 2) and steady(batch) and nodes(batch, "idle", 2))
    batch.begin_remove_nodes("p", models.BatchNodeRemoveOptions(node_ids=[first.id]), polling_interval=0).result()
    assert [node.id for node in batch.list_nodes("p")] == [second.id]
    assert batch.get_pool("p").target_dedicated_nodes == 1


def test_a_stopped_resize_keeps_its_target_and_says_what_is_missing(
    batch: BatchClient, add: Callable[..., None], until: Until
) -> None:
    add(target_dedicated_nodes=1, task_slots_per_node=1)
    batch.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="p")))
    batch.create_task("j", models.BatchTaskCreateOptions(id="t", command_line="sleep 600"))
    until(lambda: nodes(batch, "running", 1) and steady(batch))
    wait = models.BatchPoolResizeOptions(target_dedicated_nodes=0, node_deallocation_option="taskcompletion")
    batch.begin_resize_pool("p", wait, polling_interval=60)
    until(lambda: nodes(batch, "leavingpool", 1))
    batch.begin_stop_pool_resize("p", polling_interval=0).result()
    seen = batch.get_pool("p")
    assert (seen.target_dedicated_nodes, seen.current_dedicated_nodes) == (0, 1)
    assert [error.code for error in seen.resize_errors or []] == ["ResizeStopped"]
    assert nodes(batch, "running", 1)
    batch.terminate_task("j", "t")


def test_a_resize_that_names_one_kind_of_node_wants_none_of_the_other(
    batch: BatchClient, wire: Any, add: Callable[..., None], until: Until
) -> None:
    add(target_low_priority_nodes=1)
    until(lambda: steady(batch))
    wire("POST", "/pools/p/resize", {"targetDedicatedNodes": 0})
    until(lambda: steady(batch))
    assert batch.get_pool("p").target_low_priority_nodes == 0


def test_the_timeout_of_a_resize_is_shown_while_it_lasts(
    batch: BatchClient, wire: Any, add: Callable[..., None], until: Until
) -> None:
    add()
    until(lambda: steady(batch))
    wire("POST", "/pools/p/resize", {"targetDedicatedNodes": 0, "resizeTimeout": "PT20M"})
    assert wire("GET", "/pools/p").json()["resizeTimeout"] == "PT20M"
    until(lambda: steady(batch))
    assert wire("GET", "/pools/p").json()["resizeTimeout"] == "PT15M"


def test_windows_images_are_known_but_have_no_nodes_here(
    batch: BatchClient, add: Callable[..., None], until: Until
) -> None:
    windows = models.VirtualMachineConfiguration(
        image_reference=models.BatchVmImageReference(
            publisher="MicrosoftWindowsServer", offer="WindowsServer", sku="2022-datacenter"
        ),
        node_agent_sku_id="batch.node.windows amd64",
    )
    add(virtual_machine_configuration=windows, target_dedicated_nodes=1)
    seen = until(lambda: steady(batch))
    assert [error.code for error in seen.resize_errors] == ["AllocationFailed"]
    assert seen.current_dedicated_nodes == 0


def test_a_deleted_pool_is_seen_deleting_and_then_gone(
    batch: BatchClient, wire: Any, add: Callable[..., None], until: Until
) -> None:
    add(target_dedicated_nodes=2)
    until(lambda: nodes(batch, "idle", 2))
    assert wire("DELETE", "/pools/p").status == 202
    again = wire("DELETE", "/pools/P")
    assert (again.status, again.code) == (409, "PoolBeingDeleted")
    until(lambda: wire("GET", "/pools/p").status == 404)
    assert wire("POST", "/pools/p/resize", {"targetDedicatedNodes": 1}).code == "PoolNotFound"
    add()


def test_properties_are_patched_or_replaced(batch: BatchClient, wire: Any, add: Callable[..., None]) -> None:
    add(start_task=models.BatchStartTask(command_line="true"), metadata=[models.BatchMetadataItem(name="a", value="1")])
    batch.update_pool("p", models.BatchPoolUpdateOptions(metadata=[models.BatchMetadataItem(name="b", value="2")]))
    seen = batch.get_pool("p")
    assert [(item.name, item.value) for item in seen.metadata or []] == [("b", "2")]
    assert seen.start_task is not None
    answer = wire("POST", "/pools/p/updateproperties", {"applicationPackageReferences": [], "metadata": []})
    assert (answer.status, answer.headers["content-length"]) == (204, "0")
    assert answer.headers["dataserviceid"].endswith("/pools/p/updateproperties")
    replaced = wire("GET", "/pools/p").json()
    assert not {"startTask", "metadata"} & replaced.keys()
    assert wire("HEAD", "/pools/p").headers["etag"] == replaced["eTag"]


def test_a_node_can_be_taken_out_of_scheduling(
    batch: BatchClient, wire: Any, add: Callable[..., None], until: Until
) -> None:
    add(target_dedicated_nodes=1)
    (node,) = until(lambda: nodes(batch, "idle", 1))
    path = f"/pools/p/nodes/{node.id}"
    assert wire("POST", f"{path}/disablescheduling").status == 200
    assert wire("POST", f"{path}/disablescheduling").code == "NodeAlreadyInTargetSchedulingState"
    off = batch.get_node("p", node.id)
    assert (off.state, off.scheduling_state) == ("offline", "disabled")
    batch.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="p")))
    batch.create_task("j", models.BatchTaskCreateOptions(id="t", command_line="true"))
    assert batch.get_task("j", "t").state == "active"
    batch.enable_node_scheduling("p", node.id)
    until(lambda: batch.get_task("j", "t").state == "completed")


def test_reimaging_answers_as_recorded(batch: BatchClient, wire: Any, add: Callable[..., None], until: Until) -> None:
    add(target_dedicated_nodes=1)
    (node,) = until(lambda: nodes(batch, "idle", 1))
    answer = wire("POST", f"/pools/p/nodes/{node.id}/reimage")
    assert (answer.status, answer.code) == (409, "OperationNotValidOnNode")


def test_a_pool_can_be_deleted_while_files_of_its_jobs_are_removed(
    batch: BatchClient, add: Callable[..., None], until: Until
) -> None:
    add(target_dedicated_nodes=1, task_slots_per_node=4)
    for job in ("a", "b"):
        batch.create_job(models.BatchJobCreateOptions(id=job, pool_info=models.BatchPoolInfo(pool_id="p")))
        batch.create_tasks(
            job, [models.BatchTaskCreateOptions(id=f"t{number}", command_line="/bin/true") for number in range(100)]
        )
    until(lambda: all(batch.get_job_task_counts(job).task_counts.completed == 100 for job in ("a", "b")))
    for job in ("a", "b"):
        batch.begin_delete_job(job, polling_interval=1)
    batch.begin_delete_pool("p", polling_interval=1)
    until(lambda: not list(batch.list_pools()))
