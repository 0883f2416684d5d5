"""Containers mounted on nodes, written by tasks of a real service into a real blob service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models

from recipebatch.emulator import EmulatorAccount, start_emulator
from recipebatch.emulator.engine.node_mounts import is_writable
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from azure.batch import BatchClient
    from azure.storage.blob import BlobServiceClient, ContainerClient

    from recipebatch.local.azurite.azurite import Azurite

    Until = Callable[[Callable[[], Any]], Any]
    Connect = Callable[[EmulatorAccount], BatchClient]
    Run = Callable[..., models.BatchTask]


@pytest.fixture
def batch(tmp_path: Path, azurite: Azurite, connect: Connect) -> Iterator[BatchClient]:
    with (
        start_emulator(tmp_path, auto_storage=Secret(azurite.connection_string)) as own,
        connect(EmulatorAccount(own.endpoint, own.account_name, own.account_key)) as client,
    ):
        yield client


@pytest.fixture
def add(
    batch: BatchClient,
    machine: models.VirtualMachineConfiguration,
    until: Until,
    container: ContainerClient,
    blob_service: BlobServiceClient,
) -> Callable[..., list[models.BatchNode]]:
    """Adds pool `p` with the container mounted as `data`, and job `j`."""

    def add_pool(*, nodes: int = 1, options: str | None = None, **more: Any) -> list[models.BatchNode]:
        blob = models.AzureBlobFileSystemConfiguration(
            account_name=str(blob_service.account_name),
            container_name=container.container_name,
            account_key=blob_service.credential.account_key,
            relative_mount_path="data",
            blobfuse_options=options,
        )
        mounts = [models.MountConfiguration(azure_blob_file_system_configuration=blob)]
        batch.create_pool(
            models.BatchPoolCreateOptions(
                id="p",
                vm_size="standard_d2s_v3",
                virtual_machine_configuration=machine,
                target_dedicated_nodes=nodes,
                mount_configuration=mounts,
                task_slots_per_node=2,
                **more,
            )
        )
        batch.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="p")))

        def up() -> list[models.BatchNode] | None:
            found = list(batch.list_nodes("p"))
            return found if len(found) == nodes and all(n.state in {"idle", "unusable"} for n in found) else None

        found: list[models.BatchNode] = until(up)
        return found

    return add_pool


@pytest.fixture
def run(batch: BatchClient, until: Until) -> Run:
    """Runs a script in the mounted folder as a task of job `j`, and returns the task."""

    def run_task(name: str, script: str, **options: Any) -> models.BatchTask:
        start(batch, name, script, **options)
        until(lambda: batch.get_task("j", name).state == "completed")
        return batch.get_task("j", name)

    return run_task


def start(batch: BatchClient, name: str, script: str, **options: Any) -> None:
    line = f"/bin/sh -c 'cd $AZ_BATCH_NODE_MOUNTS_DIR/data && {script}'"
    batch.create_task("j", models.BatchTaskCreateOptions(id=name, command_line=line, **options))


def failure(task: models.BatchTask) -> Any:
    assert task.execution_info is not None
    return task.execution_info.failure_info


def blobs(container: ContainerClient) -> dict[str, bytes]:
    return {name: container.download_blob(name).readall() for name in container.list_blob_names()}


def test_what_a_task_writes_is_in_the_container_when_it_has_ended_and_on_other_nodes_before_their_next_task(
    batch: BatchClient, container: ContainerClient, add: Any, run: Run
) -> None:
    container.upload_blob("old/in.txt", b"in")
    one, other = add(nodes=2)
    affinity = [models.BatchAffinityInfo(affinity_id=node.affinity_id) for node in (one, other)]
    script = (
        "cat old/in.txt > old/out.txt; mkdir new; echo 1 > new/a; mv old/in.txt moved; head -c 3000000 /dev/zero > z"
    )
    assert failure(run("a", script, affinity_info=affinity[0])) is None
    found = blobs(container)
    assert {name: content for name, content in found.items() if name != "z"} == {
        "old/out.txt": b"in",
        "new/a": b"1\n",
        "moved": b"in",
    }
    assert len(found["z"]) == 3_000_000
    assert failure(run("b", "cat moved >> new/a; rm z; test ! -e old/in.txt", affinity_info=affinity[1])) is None
    assert blobs(container) == {"old/out.txt": b"in", "new/a": b"1\nin", "moved": b"in"}
    assert batch.get_task("j", "a").node_info.node_id != batch.get_task("j", "b").node_info.node_id  # type: ignore[union-attr]


def test_a_task_that_waits_for_the_file_of_another_node_gets_it(
    batch: BatchClient, add: Any, run: Run, until: Until
) -> None:
    one, other = add(nodes=2)
    affinity = [models.BatchAffinityInfo(affinity_id=node.affinity_id) for node in (one, other)]
    wait = "until test -e there; do sleep 0.1; done; echo seen > answer"
    start(batch, "waits", wait, affinity_info=affinity[0])
    until(lambda: batch.get_task("j", "waits").state == "running")
    hold = "echo 1 > there; until test -e answer; do sleep 0.1; done"
    assert failure(run("writes", hold, affinity_info=affinity[1])) is None
    assert failure(run("again", "cat answer")) is None


def test_a_start_task_writes_too_and_a_node_that_leaves_writes_what_is_left(
    batch: BatchClient, container: ContainerClient, add: Any, until: Until
) -> None:
    line = "/bin/sh -c 'cd $AZ_BATCH_NODE_MOUNTS_DIR/data; echo 1 > started; sleep 1; echo 2 > late; sleep 300'"
    add(start_task=models.BatchStartTask(command_line=line, wait_for_success=False))
    node = next(iter(batch.list_nodes("p")))
    until(lambda: any(f.name == "fsmounts/data/late" for f in batch.list_node_files("p", node.id, recursive=True)))
    batch.begin_delete_pool("p", polling_interval=0).result()
    assert blobs(container) == {"started": b"1\n", "late": b"2\n"}


def test_a_task_that_was_terminated_leaves_what_it_wrote(
    batch: BatchClient, container: ContainerClient, add: Any, until: Until
) -> None:
    add()
    start(batch, "t", "echo 1 > a; echo up; sleep 100")
    until(lambda: batch.get_task("j", "t").state == "running" and _out(batch) == b"up\n")
    batch.terminate_task("j", "t")
    until(lambda: blobs(container) == {"a": b"1\n"})


def _out(batch: BatchClient) -> bytes:
    try:
        return b"".join(batch.download_task_file("j", "t", "stdout.txt"))
    except Exception:  # noqa: BLE001 - the process has not started
        return b""


def test_a_task_whose_files_cannot_be_written_back_fails(container: ContainerClient, add: Any, run: Run) -> None:
    container.upload_blob("a", b"old")
    add()
    task = run("t", "ln -s a link; echo 1 > b")
    assert (failure(task).category, failure(task).code, task.execution_info.exit_code) == (  # type: ignore[union-attr]
        "ServerError",
        "FileUploadMiscError",
        0,
    )
    details = {detail.name: detail.value for detail in failure(task).details}
    assert details["FilePath"] == "$AZ_BATCH_NODE_MOUNTS_DIR/data/link"
    assert details["Reason"] == "it is a link, which a blob cannot be"
    assert blobs(container) == {"a": b"old", "b": b"1\n"}
    assert failure(run("u", "rm link")) is None


def test_the_mount_is_read_only_where_its_options_say_so(container: ContainerClient, add: Any, run: Run) -> None:
    container.upload_blob("a", b"1")
    add(options="-o attr_timeout=240 -o ro")
    assert failure(run("t", "cat a")) is None
    assert failure(run("u", "echo 1 > b || exit 1")) is not None, "as root the write succeeds, and is an error"
    assert blobs(container) == {"a": b"1"}


@pytest.mark.parametrize(
    ("blob", "writable"),
    [
        ({"accountKey": "k"}, True),
        ({"sasKey": "sv=2021&sr=c&sp=racwdl&sig=x"}, True),
        ({"sasKey": "?sv=2021&sr=c&sp=rl&sig=w"}, False),
        ({"accountKey": "k", "blobfuseOptions": "-o attr_timeout=240 -o ro"}, False),
        ({"accountKey": "k", "blobfuseOptions": "-o allow_other,ro"}, False),
        ({"accountKey": "k", "blobfuseOptions": "--read-only"}, False),
        ({"accountKey": "k", "blobfuseOptions": "--read-only=false -o root"}, True),
    ],
)
def test_options_and_sas_say_whether_a_mount_is_writable(blob: Any, *, writable: bool) -> None:
    assert is_writable(blob) is writable
