from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import BatchClient, models

from recipebatch.emulator import EmulatorAccount, start_emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Until = Callable[[Callable[[], Any]], Any]

FAULTS = "/$emulator/faults"
SLEEP = "/bin/sh -c 'test -e $AZ_BATCH_NODE_SHARED_DIR/../../../go || sleep 600'"


def ask(wire: Any, **fault: Any) -> None:
    answer = wire("POST", FAULTS, fault)
    assert answer.status in {200, 201}, answer.content


def create(batch: BatchClient, machine: Any, *, dedicated: int = 2, spot: int = 0, **options: Any) -> None:
    batch.create_pool(
        models.BatchPoolCreateOptions(
            id="p",
            vm_size="standard_d2",
            virtual_machine_configuration=machine,
            target_dedicated_nodes=dedicated,
            target_low_priority_nodes=spot,
            **options,
        )
    )


def steady(batch: BatchClient) -> models.BatchPool | None:
    pool = batch.get_pool("p")
    return pool if pool.allocation_state == models.AllocationState.STEADY else None


def _in_state(batch: BatchClient, state: str) -> models.BatchTask | None:
    task = batch.get_task("j", "t")
    return task if task.state == state else None


def _moved(batch: BatchClient, node: str) -> models.BatchTask | None:
    task = batch.get_task("j", "t")
    return task if task.state == "running" and task.node_info and task.node_info.node_id != node else None


def _again(batch: BatchClient) -> models.BatchTask | None:
    task = batch.get_task("j", "t")
    return task if task.state == "running" and task.execution_info and task.execution_info.requeue_count else None


def test_a_preempted_node_requeues_its_task_and_a_dedicated_one_is_never_preempted(
    wire: Any, batch: BatchClient, machine: Any, until: Until
) -> None:
    create(batch, machine, dedicated=0, spot=1)
    batch.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="p")))
    batch.create_task("j", models.BatchTaskCreateOptions(id="t", command_line=SLEEP))
    task = until(lambda: _in_state(batch, "running"))
    ask(wire, action="preempt", poolId="p", nodeId=task.node_info.node_id)
    again = until(lambda: _in_state(batch, "active"))
    assert again.execution_info.requeue_count == 1
    assert again.execution_info.retry_count == 0
    assert batch.get_node("p", task.node_info.node_id).state == models.BatchNodeState.PREEMPTED
    until(lambda: steady(batch))
    batch.begin_resize_pool("p", models.BatchPoolResizeOptions(target_dedicated_nodes=1), polling_interval=0).result()
    moved = until(lambda: _in_state(batch, "running"))
    refused = wire("POST", FAULTS, {"action": "preempt", "poolId": "p", "nodeId": moved.node_info.node_id})
    assert (refused.status, refused.code) == (409, "OperationNotValidOnNode")


@pytest.mark.parametrize("action", ["preempt", "lose"])
def test_a_node_that_is_gone_for_a_time_comes_back_and_takes_its_task_again(
    wire: Any, batch: BatchClient, machine: Any, until: Until, action: str
) -> None:
    start = models.BatchStartTask(command_line="/bin/sh -c 'echo up >> ../boots'", wait_for_success=True)
    create(batch, machine, dedicated=0, spot=1, start_task=start)
    batch.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="p")))
    batch.create_task("j", models.BatchTaskCreateOptions(id="t", command_line=SLEEP))
    node = until(lambda: _in_state(batch, "running")).node_info.node_id
    ask(wire, action=action, poolId="p", nodeId=node, backSeconds=0)
    again = until(lambda: _again(batch))
    assert again.node_info.node_id == node
    assert b"".join(batch.download_node_file("p", node, "startup/boots")) == b"up\nup\n"


def test_a_preempted_node_comes_back_by_itself_after_a_minute_of_the_service(
    tmp_path: Path, connect: Callable[[EmulatorAccount], BatchClient], machine: Any, until: Until
) -> None:
    with start_emulator(tmp_path, time_scale=600) as running:
        account = EmulatorAccount(running.endpoint, running.account_name, running.account_key)
        with connect(account) as client:
            from azure.core.rest import HttpRequest

            create(client, machine, dedicated=0, spot=1)
            (node,) = until(lambda: list(client.list_nodes("p", filter="state eq 'idle'")))
            fault = {"action": "preempt", "poolId": "p", "nodeId": node.id}
            answer = client.send_request(HttpRequest("POST", FAULTS, json=fault))
            assert answer.json()["state"] == "preempted"
            until(lambda: client.get_node("p", node.id).state == "idle")


def test_a_lost_node_is_lost_until_it_is_restored(wire: Any, batch: BatchClient, machine: Any, until: Until) -> None:
    create(batch, machine, dedicated=1)
    (node,) = until(lambda: list(batch.list_nodes("p", filter="state eq 'idle'")))
    fault = {"action": "restore", "poolId": "p", "nodeId": node.id}
    refused = wire("POST", FAULTS, fault)
    assert (refused.status, refused.code) == (409, "OperationNotValidOnNode")
    ask(wire, action="lose", poolId="p", nodeId=node.id)
    ask(wire, **fault)
    until(lambda: batch.get_node("p", node.id).state == "idle")


@pytest.mark.parametrize("state", ["unknown", "unusable"])
def test_a_lost_node_takes_no_tasks_and_its_own_run_elsewhere(
    wire: Any, batch: BatchClient, machine: Any, until: Until, state: str
) -> None:
    create(batch, machine)
    until(lambda: len(list(batch.list_nodes("p", filter="state eq 'idle'"))) == 2)
    batch.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="p")))
    batch.create_task("j", models.BatchTaskCreateOptions(id="t", command_line=SLEEP))
    first = until(lambda: _in_state(batch, "running"))
    ask(wire, action="lose", poolId="p", nodeId=first.node_info.node_id, state=state)
    assert batch.get_node("p", first.node_info.node_id).state == state
    second = until(lambda: _moved(batch, first.node_info.node_id))
    assert second.execution_info.requeue_count == 1
    counts = {entry.pool_id: entry for entry in batch.list_pool_node_counts()}["p"].dedicated
    assert getattr(counts, state) == 1
