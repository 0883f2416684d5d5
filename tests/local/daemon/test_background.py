from __future__ import annotations

import os
import re
import signal
import socket
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import BatchClient
from azure.batch.models import (
    BatchApplicationPackageReference,
    BatchJobCreateOptions,
    BatchPoolCreateOptions,
    BatchPoolInfo,
    BatchTaskCreateOptions,
    BatchVmImageReference,
    ResourceFile,
    VirtualMachineConfiguration,
)
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient

from recipebatch import local
from recipebatch.errors import LocalAccountError
from recipebatch.local.daemon.processes import identity_of, wait_until_ended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipebatch.local import LocalAccount


pytestmark = pytest.mark.usefixtures("state")


def kill(pid: int) -> None:
    """Kill a process and wait until it has ended."""
    mark = identity_of(pid)
    assert mark is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until_ended(mark, timeout=30)


def batch_of(account: LocalAccount) -> BatchClient:
    return BatchClient(
        account.batch_endpoint, AzureNamedKeyCredential(account.batch_account, account.batch_key.reveal())
    )


def blobs_of(account: LocalAccount) -> BlobServiceClient:
    return BlobServiceClient.from_connection_string(account.connection_string.reveal())


def port_of(endpoint: str) -> int:
    found = re.search(r":(\d+)", endpoint.removeprefix("http:"))
    assert found is not None
    return int(found[1])


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline


def test_tasks_get_files_from_the_accounts_own_blobs_and_packages_from_its_folder(state: Path) -> None:
    account = local.ensure_running(say=print)
    folder = state / "batch" / "applications" / "tool"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "1.zip", "w") as archive:
        archive.writestr("said.txt", "packed\n")
    with blobs_of(account) as blobs, blobs.create_container("input") as container:
        container.upload_blob("in.txt", b"stored\n")
    image = BatchVmImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server")
    machine = VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 24.04")
    with batch_of(account) as batch:
        batch.create_pool(
            BatchPoolCreateOptions(
                id="p", vm_size="standard_d2", virtual_machine_configuration=machine, target_dedicated_nodes=1
            )
        )
        batch.create_job(BatchJobCreateOptions(id="j", pool_info=BatchPoolInfo(pool_id="p")))
        task = BatchTaskCreateOptions(
            id="t",
            command_line="/bin/sh -c 'cat in.txt $AZ_BATCH_APP_PACKAGE_tool_1/said.txt'",
            resource_files=[ResourceFile(auto_storage_container_name="input")],
            application_package_references=[BatchApplicationPackageReference(application_id="tool", version="1")],
        )
        batch.create_task("j", task)
        until(lambda: batch.get_task("j", "t").state == "completed")
        assert b"".join(batch.download_task_file("j", "t", "stdout.txt")) == b"stored\npacked\n"


def test_a_killed_azurite_is_restarted_on_its_port() -> None:
    account = local.ensure_running(say=print)
    old = local.status().pids["azurite"]
    kill(old)
    until(lambda: local.status().pids["azurite"] != old)
    assert local.ensure_running(say=print) == account
    with blobs_of(account) as blobs:
        blobs.create_container("again")


def test_a_port_that_was_asked_for_and_is_taken_is_named_and_nothing_stays() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken = int(listening.getsockname()[1])
        with pytest.raises(LocalAccountError, match=f"port {taken} is taken") as batch:
            local.start(batch_port=taken, say=print)
        with pytest.raises(LocalAccountError, match=f"port {taken} is taken") as blob:
            local.start(blob_port=taken, say=print)
    assert "--batch-port" in str(batch.value.hint)
    assert "--blob-port" in str(blob.value.hint)
    assert local.status().running is False
    assert local.stop(say=print) is False


def test_ports_are_remembered_and_given_up_only_when_taken(said: list[str]) -> None:
    first = local.start(say=said.append).endpoints
    local.stop(say=said.append)
    assert local.start(say=said.append).endpoints == first
    local.stop(say=said.append)
    with (
        socket.create_server(("127.0.0.1", port_of(first["batch"]))),
        socket.create_server(("127.0.0.1", port_of(first["blob"]))),
    ):
        other = local.start(say=said.append).endpoints
    assert other["batch"] != first["batch"]
    assert other["blob"] != first["blob"]
    assert sum("is taken" in line for line in said) == 2


def test_it_stops_when_it_is_idle_for_too_long(state: Path) -> None:
    local.ensure_running(say=print, idle_minutes=0.005)
    while running := local.status().pids:
        service_mark = identity_of(running["service"])
        assert service_mark is None or wait_until_ended(service_mark, timeout=60)
    assert "idle" in (state / "service.log").read_text()
    assert local.stop(say=print) is False


def test_starting_by_hand_lifts_the_idle_limit() -> None:
    local.ensure_running(say=print, idle_minutes=30)
    assert local.start(say=print).idle_minutes is None
    local.ensure_running(say=print, idle_minutes=30)
    assert local.status().idle_minutes is None
