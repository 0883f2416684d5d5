from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError

from recipebatch.emulator import EmulatorAccount, start_emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from azure.batch import BatchClient

    Until = Callable[[Callable[[], Any]], Any]
    Machine = models.VirtualMachineConfiguration

COUNTING = "/bin/sh -c 'echo boot >> $AZ_BATCH_NODE_SHARED_DIR/boots'"


@pytest.fixture
def node(batch: BatchClient, machine: Machine, until: Until) -> str:
    """The id of the one node of pool `p`, which counts its boots in shared/boots."""
    batch.create_pool(
        models.BatchPoolCreateOptions(
            id="p",
            vm_size="standard_d2",
            virtual_machine_configuration=machine,
            target_dedicated_nodes=1,
            start_task=models.BatchStartTask(command_line=COUNTING, wait_for_success=True),
        )
    )
    until(lambda: batch.get_pool("p").allocation_state == "steady" and idle(batch))
    return next(iter(batch.list_nodes("p"))).id


@pytest.fixture
def job(batch: BatchClient) -> str:
    batch.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="p")))
    return "j"


def idle(batch: BatchClient) -> bool:
    return [node.state for node in batch.list_nodes("p")] == ["idle"]


def boots(batch: BatchClient, node: str) -> int:
    return b"".join(batch.download_node_file("p", node, "shared/boots")).count(b"boot")


def reboot(batch: BatchClient, node: str, option: str) -> Any:
    options: Any = {"nodeRebootOption": option}  # the SDK has no public class for it
    return batch.begin_reboot_node("p", node, options, polling_interval=0)


def test_a_reboot_runs_the_start_task_again(batch: BatchClient, node: str, until: Until) -> None:
    before = batch.get_node("p", node)
    reboot(batch, node, "requeue").result()
    until(lambda: idle(batch))
    after = batch.get_node("p", node)
    assert after.last_boot_time > before.last_boot_time
    assert after.start_task_info.start_time > before.start_task_info.start_time  # type: ignore[union-attr]
    assert after.allocation_time == before.allocation_time
    assert boots(batch, node) == 2


def test_a_read_after_the_call_says_rebooting(wire: Any, node: str) -> None:
    answer = wire("POST", f"/pools/p/nodes/{node}/reboot")
    assert answer.status == 202
    assert answer.headers["dataserviceid"].endswith(f"/pools/p/nodes/{node}/reboot")
    assert wire("GET", f"/pools/p/nodes/{node}").json()["state"] == "rebooting"
    for _ in range(20):  # a busy machine may take longer for the second call than the node for its reboot
        again = wire("POST", f"/pools/p/nodes/{node}/reboot")
        if again.status != 202:
            break
    assert (again.status, again.code) in {(409, "NodeBeingRebooted"), (409, "NodeBeingStarted")}


def test_a_reboot_requeues_running_tasks(batch: BatchClient, node: str, job: str, until: Until) -> None:
    command = (
        "/bin/sh -c 'test -e $AZ_BATCH_NODE_SHARED_DIR/once || { touch $AZ_BATCH_NODE_SHARED_DIR/once; sleep 600; }'"
    )
    batch.create_task(job, models.BatchTaskCreateOptions(id="t", command_line=command))
    until(lambda: [file for file in batch.list_node_files("p", node, recursive=True) if file.name == "shared/once"])
    reboot(batch, node, "requeue").result()
    task = until(lambda: completed(batch, "t"))
    assert (task.execution_info.result, task.execution_info.requeue_count) == ("success", 1)


def test_a_reboot_that_terminates_completes_running_tasks(
    batch: BatchClient, node: str, job: str, until: Until
) -> None:
    batch.create_task(job, models.BatchTaskCreateOptions(id="t", command_line="sleep 600"))
    until(lambda: batch.get_task(job, "t").state == "running")
    reboot(batch, node, "terminate").result()
    assert until(lambda: completed(batch, "t")).execution_info.failure_info.code == "TaskEnded"


def test_a_reboot_waits_for_running_tasks_and_starts_no_others(
    batch: BatchClient, node: str, job: str, until: Until
) -> None:
    gate = "/bin/sh -c 'echo up; until test -e $AZ_BATCH_NODE_SHARED_DIR/open; do sleep 0.05; done'"
    batch.create_task(job, models.BatchTaskCreateOptions(id="first", command_line=gate))
    until(lambda: batch.get_task(job, "first").state == "running")
    poller = reboot(batch, node, "taskcompletion")
    batch.create_task(job, models.BatchTaskCreateOptions(id="second", command_line="true"))
    assert batch.get_node("p", node).state == "rebooting"
    assert batch.get_task(job, "second").state == "active"
    batch.terminate_task(job, "first")
    poller.result()
    until(lambda: completed(batch, "second"))
    assert boots(batch, node) == 2


def test_a_reboot_that_retains_data_waits_until_no_task_has_files_there(
    batch: BatchClient, node: str, job: str, until: Until
) -> None:
    batch.create_task(job, models.BatchTaskCreateOptions(id="t", command_line="true"))
    until(lambda: completed(batch, "t"))
    poller = reboot(batch, node, "retaineddata")
    assert batch.get_node("p", node).state == "rebooting"
    assert [file.name for file in batch.list_task_files(job, "t")]
    batch.delete_task(job, "t")
    poller.result()
    until(lambda: idle(batch))
    assert boots(batch, node) == 2


def test_a_deallocated_node_takes_no_tasks_until_it_is_started(
    batch: BatchClient, node: str, job: str, until: Until
) -> None:
    options: Any = {"nodeDeallocateOption": "requeue"}
    batch.begin_deallocate_node("p", node, options, polling_interval=0).result()
    assert batch.get_node("p", node).state == "deallocated"
    counts = next(count for count in batch.list_pool_node_counts() if count.pool_id == "p")
    assert counts.dedicated is not None
    assert counts.dedicated.deallocated == 1
    batch.create_task(job, models.BatchTaskCreateOptions(id="t", command_line="true"))
    batch.begin_start_node("p", node, polling_interval=0).result()
    until(lambda: completed(batch, "t"))
    assert boots(batch, node) == 2


def test_only_a_deallocated_node_can_be_started(wire: Any, node: str) -> None:
    answer = wire("POST", f"/pools/p/nodes/{node}/start")
    assert (answer.status, answer.code) == (409, "OperationNotValidOnNode")


@pytest.mark.parametrize(("rerun", "runs"), [(True, 2), (False, 1)])
def test_a_job_says_whether_a_reboot_prepares_a_node_again(
    batch: BatchClient,
    node: str,
    until: Until,
    rerun: bool,  # noqa: FBT001  a parameter of the test
    runs: int,
) -> None:
    preparation = models.BatchJobPreparationTask(
        command_line="/bin/sh -c 'echo run >> $AZ_BATCH_NODE_SHARED_DIR/prepared'",
        rerun_on_node_reboot_after_success=rerun,
    )
    info = models.BatchPoolInfo(pool_id="p")
    batch.create_job(models.BatchJobCreateOptions(id="j", pool_info=info, job_preparation_task=preparation))
    for task in ("before", "after"):
        batch.create_task("j", models.BatchTaskCreateOptions(id=task, command_line="true"))
        until(partial(completed, batch, task))
        if task == "before":
            reboot(batch, node, "requeue").result()
    assert b"".join(batch.download_node_file("p", node, "shared/prepared")).count(b"run") == runs


def test_nodes_that_leave_with_retained_data_stay_as_long_as_tasks_have_files(
    batch: BatchClient, node: str, job: str, until: Until
) -> None:
    batch.create_task(job, models.BatchTaskCreateOptions(id="t", command_line="true"))
    until(lambda: completed(batch, "t"))
    options = models.BatchNodeRemoveOptions(node_ids=[node], node_deallocation_option="retaineddata")
    poller = batch.begin_remove_nodes("p", options, polling_interval=0)
    assert batch.get_node("p", node).state == "leavingpool"
    batch.begin_delete_job(job, polling_interval=0)
    poller.result()
    assert list(batch.list_nodes("p")) == []


def test_a_deallocated_node_stays_so_over_a_restart(
    tmp_path: Path, connect: Callable[[EmulatorAccount], BatchClient], machine: Machine, until: Until
) -> None:
    for start in range(2):
        with (
            start_emulator(tmp_path) as own,
            connect(EmulatorAccount(own.endpoint, own.account_name, own.account_key)) as batch,
        ):
            if start == 0:
                batch.create_pool(
                    models.BatchPoolCreateOptions(
                        id="p", vm_size="standard_d2", virtual_machine_configuration=machine, target_dedicated_nodes=1
                    )
                )
                until(partial(idle, batch))
                options: Any = {"nodeDeallocateOption": "requeue"}
                node = next(iter(batch.list_nodes("p"))).id
                batch.begin_deallocate_node("p", node, options, polling_interval=0).result()
            else:
                (only,) = batch.list_nodes("p")
                assert only.state == "deallocated"
                batch.begin_start_node("p", only.id, polling_interval=0).result()
                until(partial(idle, batch))


def test_a_node_that_waits_for_its_tasks_can_be_removed_meanwhile(
    batch: BatchClient, node: str, job: str, until: Until
) -> None:
    batch.create_task(job, models.BatchTaskCreateOptions(id="t", command_line="sleep 600"))
    until(lambda: batch.get_task(job, "t").state == "running")
    reboot(batch, node, "taskcompletion")
    batch.begin_remove_nodes("p", models.BatchNodeRemoveOptions(node_ids=[node]), polling_interval=0).result()
    assert list(batch.list_nodes("p")) == []
    assert batch.get_task(job, "t").state == "active"


def test_a_reimage_is_answered_as_the_service_does(batch: BatchClient, node: str) -> None:
    options: Any = {"nodeReimageOption": "terminate"}
    with pytest.raises(HttpResponseError) as refused:
        batch.begin_reimage_node("p", node, options)
    assert refused.value.error.code == "OperationNotValidOnNode"  # type: ignore[union-attr]


def completed(batch: BatchClient, task_id: str) -> models.BatchTask | None:
    task = batch.get_task("j", task_id)
    return task if task.state == "completed" else None
