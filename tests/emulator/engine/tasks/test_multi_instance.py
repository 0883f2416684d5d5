from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.batch import BatchClient
    from azure.storage.blob import ContainerClient

    Until = Callable[[Callable[[], Any]], Any]

MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}


def add_pool(wire: Any, nodes: int = 3, *, slots: int = 1, inter_node: bool = True) -> None:
    document = {
        "id": "pool",
        "vmSize": "standard_d2_v3",
        "virtualMachineConfiguration": MACHINE,
        "targetDedicatedNodes": nodes,
        "taskSlotsPerNode": slots,
        "enableInterNodeCommunication": inter_node,
    }
    assert wire("POST", "/pools", document).status == 201
    assert wire("POST", "/jobs", {"id": "j", "poolInfo": {"poolId": "pool"}}).status == 201


def add_task(
    wire: Any,
    command: str,
    coordination: str,
    *,
    instances: int = 3,
    files: Any = None,
    task_id: str = "t",
    **rest: Any,
) -> None:
    settings = {"numberOfInstances": instances, "coordinationCommandLine": coordination}
    if files:
        settings["commonResourceFiles"] = files
    document = {"id": task_id, "commandLine": command, "multiInstanceSettings": settings, **rest}
    answer = wire("POST", "/jobs/j/tasks", document)
    assert answer.status == 201, answer.content


def task(wire: Any, task_id: str = "t") -> Any:
    return wire("GET", f"/jobs/j/tasks/{task_id}").json()


def ended(wire: Any, until: Until, task_id: str = "t") -> Any:
    until(lambda: task(wire, task_id)["state"] == "completed")
    return task(wire, task_id)


def stdout(batch: BatchClient, node: str, path: str) -> str:
    return b"".join(batch.download_node_file("pool", node, path)).decode()


def test_every_instance_coordinates_and_the_primary_alone_runs_the_command(
    wire: Any, batch: BatchClient, until: Until
) -> None:
    add_pool(wire)
    add_task(
        wire,
        "/bin/sh -c 'echo main $AZ_BATCH_IS_CURRENT_NODE_MASTER $PWD; ls $AZ_BATCH_TASK_SHARED_DIR/mark*'",
        "/bin/sh -c 'echo coordination $AZ_BATCH_IS_CURRENT_NODE_MASTER; touch $AZ_BATCH_TASK_SHARED_DIR/mark.$$'",
    )
    shown = ended(wire, until)
    assert shown["executionInfo"]["exitCode"] == 0
    assert shown["multiInstanceSettings"]["numberOfInstances"] == 3
    lines = wire("GET", "/jobs/j/tasks/t/files/stdout.txt").content.decode().splitlines()
    assert lines[0] == "coordination true"
    assert lines[1].startswith("main true /")
    assert len(lines) == 5
    subtasks = wire("GET", "/jobs/j/tasks/t/subtasksinfo").json()["value"]
    assert [subtask["id"] for subtask in subtasks] == [1, 2]
    nodes = {shown["nodeInfo"]["nodeId"]}
    for subtask in subtasks:
        assert (subtask["state"], subtask["previousState"], subtask["exitCode"]) == ("completed", "running", 0)
        assert subtask["startTime"] == subtask["previousStateTransitionTime"]
        root = subtask["nodeInfo"]["taskRootDirectory"]
        assert root == f"workitems/j/job-1/t/{subtask['id']}"
        nodes.add(subtask["nodeInfo"]["nodeId"])
        assert stdout(batch, subtask["nodeInfo"]["nodeId"], f"{root}/stdout.txt") == "coordination false\n"
    assert len(nodes) == 3
    assert [subtask.id for subtask in batch.list_subtasks("j", "t")] == [1, 2]


def test_the_instances_know_each_other(wire: Any, batch: BatchClient, until: Until) -> None:
    add_pool(wire, 2)
    names = ("HOST_LIST", "NODE_LIST", "MASTER_NODE")
    listed = " ".join(f"$AZ_BATCH_{name}" for name in names)
    add_task(wire, f'/bin/sh -c "echo {listed} $CCP_NODES"', "true", instances=2)
    shown = ended(wire, until)
    hosts, nodes, master, *ccp = wire("GET", "/jobs/j/tasks/t/files/stdout.txt").content.decode().split()
    first, second = hosts.split(",")
    assert nodes == f"{first};{second}"
    assert master == f"{first}:6000"
    assert ccp == ["2", first, "1", second, "1"]
    addresses = {node.id: node.ip_address for node in batch.list_nodes("pool")}
    assert addresses[shown["nodeInfo"]["nodeId"]] == first
    assert sorted(addresses.values()) == sorted([first, second])


def test_an_instance_reaches_another_at_its_address(wire: Any, until: Until) -> None:
    add_pool(wire, 2)
    serve = (
        "import os, socket; s = socket.create_server((os.environ['AZ_BATCH_MASTER_NODE'].split(':')[0], 6000)); "
        "print('ready', flush=True); c = s.accept()[0]; print(c.recv(9)); c.close(); s.close()"
    )
    call = (
        "import os, socket, time\\n"
        "address = (os.environ['AZ_BATCH_MASTER_NODE'].split(':')[0], 6000)\\n"
        "while True:\\n"
        "  try:\\n"
        "    c = socket.create_connection(address); break\\n"
        "  except ConnectionRefusedError: time.sleep(0.01)\\n"
        "c.sendall(b'hello'); c.close()"
    )
    coordination = (
        '/bin/sh -c \'if $AZ_BATCH_IS_CURRENT_NODE_MASTER; then python3 -c "$SERVE" & '
        'else printf "$CALL" > call.py; python3 call.py; fi\''
    )
    environment = [{"name": "SERVE", "value": serve}, {"name": "CALL", "value": call}]
    add_task(
        wire,
        "/bin/sh -c 'until grep -q hello ../stdout.txt; do sleep 0.01; done'",
        coordination,
        instances=2,
        environmentSettings=environment,
    )
    assert ended(wire, until)["executionInfo"]["exitCode"] == 0


def test_mpi_launchers_get_a_replacement_for_ssh(wire: Any, until: Until) -> None:
    add_pool(wire, 2)
    command = (
        '/bin/sh -c \'for h in $(echo $AZ_BATCH_HOST_LIST | tr , " "); '
        "do $OMPI_MCA_plm_rsh_agent -x $h echo on $h; done'"
    )
    add_task(wire, command, "true", instances=2)
    ended(wire, until)
    lines = wire("GET", "/jobs/j/tasks/t/files/stdout.txt").content.decode().splitlines()
    assert len(set(lines)) == 2
    assert all(line.startswith("on 127.") for line in lines)


def test_what_a_coordination_command_started_lives_as_long_as_the_task(wire: Any, until: Until, tmp_path: Any) -> None:
    add_pool(wire, 2)
    alive = f"kill -0 $(cat {tmp_path}/1) && kill -0 $(cat {tmp_path}/2)"
    number = f"if mkdir {tmp_path}/first 2>/dev/null; then n=1; else n=2; fi"
    coordination = f"/bin/sh -c '{number}; sleep 600 & echo $! > {tmp_path}/$n'"
    add_task(wire, f"/bin/sh -c '{alive}'", coordination, instances=2)
    assert ended(wire, until)["executionInfo"]["exitCode"] == 0
    for name in ("1", "2"):
        pid = int((tmp_path / name).read_text())
        until(partial(is_gone, pid))


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_failed_coordination_fails_the_task_and_costs_a_retry(wire: Any, until: Until) -> None:
    add_pool(wire, 2)
    fails = "/bin/sh -c '$AZ_BATCH_IS_CURRENT_NODE_MASTER && exec sleep 600; exit 7'"
    add_task(wire, "/bin/sh -c 'echo never'", fails, instances=2, constraints={"maxTaskRetryCount": 1})
    info = ended(wire, until)["executionInfo"]
    assert (info["exitCode"], info["retryCount"], info["failureInfo"]["code"]) == (7, 1, "FailureExitCode")
    assert wire("GET", "/jobs/j/tasks/t/files/stdout.txt").content == b""
    (subtask,) = wire("GET", "/jobs/j/tasks/t/subtasksinfo").json()["value"]
    assert (subtask["exitCode"], subtask["result"]) == (7, "failure")


def test_common_files_are_there_for_all_and_resource_files_for_the_primary(
    wire: Any, until: Until, container: ContainerClient
) -> None:
    container.upload_blob("common.txt", b"common\n")
    container.upload_blob("own.txt", b"own\n")
    token = generate_container_sas(
        str(container.account_name),
        str(container.container_name),
        account_key=container.credential.account_key,
        permission=ContainerSasPermissions(read=True, list=True),
        expiry="2100-01-01T00:00:00Z",
    )
    base = container.url

    def file(name: str) -> dict[str, str]:
        return {"httpUrl": f"{base}/{name}?{token}", "filePath": name}

    add_pool(wire, 2)
    add_task(
        wire,
        "/bin/sh -c 'cat own.txt $AZ_BATCH_TASK_SHARED_DIR/common.txt'",
        "/bin/sh -c 'test -e $AZ_BATCH_TASK_SHARED_DIR/common.txt && ls'",
        instances=2,
        files=[file("common.txt")],
        resourceFiles=[file("own.txt")],
    )
    ended(wire, until)
    assert wire("GET", "/jobs/j/tasks/t/files/stdout.txt").content == b"own.txt\nown\ncommon\n"


@pytest.mark.parametrize(
    "pool", [{"inter_node": False}, {"slots": 2}, {"nodes": 1}], ids=["no-communication", "slots", "too-few-nodes"]
)
def test_a_task_its_pool_can_never_run_stays_active_and_lets_others_pass(
    wire: Any, until: Until, pool: dict[str, Any]
) -> None:
    add_pool(wire, **{"nodes": 2, **pool})
    add_task(wire, "true", "true", instances=2)
    wire("POST", "/jobs/j/tasks", {"id": "other", "commandLine": "true"})
    ended(wire, until, "other")
    assert task(wire)["state"] == "active"


def test_nodes_are_kept_for_a_task_that_needs_several(wire: Any, until: Until) -> None:
    add_pool(wire, 2)
    wire("POST", "/jobs/j/tasks", {"id": "long", "commandLine": "sleep 600"})
    until(lambda: task(wire, "long")["state"] == "running")
    add_task(wire, "true", "true", instances=2)
    wire("POST", "/jobs/j/tasks", {"id": "behind", "commandLine": "true"})
    wire("POST", "/jobs/j/tasks/long/terminate")
    assert ended(wire, until)["executionInfo"]["exitCode"] == 0
    behind = ended(wire, until, "behind")
    assert behind["executionInfo"]["startTime"] >= task(wire)["executionInfo"]["endTime"]


def test_a_task_is_requeued_as_a_whole_when_a_node_of_a_subtask_leaves(
    wire: Any, batch: BatchClient, until: Until
) -> None:
    add_pool(wire, 2)
    add_task(wire, "sleep 600", "true", instances=2)
    until(lambda: len(wire("GET", "/jobs/j/tasks/t/subtasksinfo").json()["value"]) == 1)
    until(lambda: batch.get_pool("pool").allocation_state == "steady")
    (subtask,) = wire("GET", "/jobs/j/tasks/t/subtasksinfo").json()["value"]
    wire("POST", "/pools/pool/removenodes", {"nodeList": [subtask["nodeInfo"]["nodeId"]]})
    until(lambda: task(wire)["state"] == "active")
    assert task(wire)["executionInfo"]["requeueCount"] == 1
    until(lambda: [node.state for node in batch.list_nodes("pool")] == ["idle"])


def test_a_terminated_task_ends_its_subtasks(wire: Any, batch: BatchClient, until: Until) -> None:
    add_pool(wire, 2)
    add_task(wire, "true", "sleep 600", instances=2)
    until(lambda: wire("GET", "/jobs/j/tasks/t/subtasksinfo").json()["value"])
    wire("POST", "/jobs/j/tasks/t/terminate")
    until(lambda: {node.state for node in batch.list_nodes("pool")} == {"idle"})
    (subtask,) = wire("GET", "/jobs/j/tasks/t/subtasksinfo").json()["value"]
    assert (subtask["state"], subtask["failureInfo"]["code"]) == ("completed", "TaskEnded")


def test_slots_cannot_be_asked_for(wire: Any) -> None:
    add_pool(wire, 0)
    settings = {"numberOfInstances": 2, "coordinationCommandLine": "true"}
    document = {"id": "t", "commandLine": "true", "multiInstanceSettings": settings, "requiredSlots": 2}
    answer = wire("POST", "/jobs/j/tasks", document)
    assert (answer.code, answer.values["PropertyName"]) == ("InvalidPropertyValue", "requiredSlots")
    del settings["coordinationCommandLine"]
    assert wire("POST", "/jobs/j/tasks", document).code == "MissingRequiredProperty"
