from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import BatchClient
from azure.batch.models import (
    BatchJobCreateOptions,
    BatchPoolCreateOptions,
    BatchPoolInfo,
    BatchTaskCreateOptions,
    BatchVmImageReference,
    VirtualMachineConfiguration,
)
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient

from recipebatch import local
from recipebatch.errors import LocalAccountError
from recipebatch.local import service
from recipebatch.local.daemon.processes import ProcessIdentity, identity_of, wait_until_ended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipebatch.local import LocalAccount, LocalStatus


pytestmark = pytest.mark.usefixtures("state")


def marks(status: LocalStatus) -> list[ProcessIdentity]:
    found = [identity_of(pid) for pid in status.pids.values()]
    assert len(found) == 2
    return [mark for mark in found if mark is not None]


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


def test_start_and_stop_can_be_repeated(said: list[str]) -> None:
    assert local.status().running is False
    first = local.start(say=said.append)
    second = local.start(say=said.append)
    assert first.running
    assert first.pids == second.pids
    assert said[-1] == "the local account is already running"
    running = marks(second)
    assert local.stop(say=said.append) is True
    assert [mark for mark in running if identity_of(mark.pid) == mark] == []
    assert local.stop(say=said.append) is False
    assert local.status().running is False
    assert said[-2:] == ["stopped the local account", "the local account is not running"]


def test_a_killed_service_is_noticed_and_comes_back_with_all_it_held(said: list[str]) -> None:
    before = local.ensure_running(say=said.append)
    with blobs_of(before) as blobs, batch_of(before) as batch:
        blobs.create_container("kept").upload_blob("a", b"content")
        batch.create_job(BatchJobCreateOptions(id="kept", pool_info=BatchPoolInfo(pool_id="none")))
    azurite = identity_of(local.status().pids["azurite"])
    kill(local.status().pids["service"])
    assert local.status().running is False
    after = local.ensure_running(say=said.append)
    assert after == before
    assert azurite is not None
    assert wait_until_ended(azurite, timeout=0)
    assert "the local account was killed; restarting it with its state" in said
    # It ended by itself and was not killed, although nobody reads its output any more.
    assert not any("Azurite did not stop" in line for line in said)
    with blobs_of(after) as blobs, batch_of(after) as batch:
        assert blobs.get_blob_client("kept", "a").download_blob().readall() == b"content"
        assert batch.get_job("kept").id == "kept"


def test_stop_after_a_kill_leaves_no_process_of_a_task(said: list[str], tmp_path: Path) -> None:
    account = local.ensure_running(say=said.append)
    with batch_of(account) as batch:
        image = BatchVmImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server")
        machine = VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 24.04")
        batch.create_pool(
            BatchPoolCreateOptions(
                id="pool", vm_size="standard_d2s_v3", virtual_machine_configuration=machine, target_dedicated_nodes=1
            )
        )
        batch.create_job(BatchJobCreateOptions(id="job", pool_info=BatchPoolInfo(pool_id="pool")))
        line = f"/bin/sh -c 'echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; exec sleep 1000'"
        batch.create_task("job", BatchTaskCreateOptions(id="long", command_line=line))
    until((tmp_path / "pid").exists)
    task = identity_of(int((tmp_path / "pid").read_text()))
    assert task is not None
    until(lambda: local.status().counts["running_tasks"] == 1)
    kill(local.status().pids["service"])
    assert identity_of(task.pid) == task
    assert local.stop(say=said.append) is True
    assert wait_until_ended(task, timeout=0)
    assert said[-1] == "the local account was killed before; killed the processes that it left running"


def test_a_running_account_does_not_change_its_port(said: list[str]) -> None:
    port = port_of(local.start(say=said.append).endpoints["batch"])
    assert local.start(say=said.append, batch_port=port).running
    with pytest.raises(LocalAccountError, match=f", not on port {port + 1}") as error:
        local.start(say=said.append, batch_port=port + 1)
    assert "stop" in str(error.value.hint)


def test_reset_deletes_the_state_and_keeps_the_installation(said: list[str], state: Path) -> None:
    before = local.ensure_running(say=said.append)
    with blobs_of(before) as blobs:
        blobs.create_container("gone")
    local.reset(say=said.append)
    assert sorted(path.name for path in state.iterdir()) == ["door.lock", "service.lock"]
    after = local.ensure_running(say=said.append)
    assert after.storage_key != before.storage_key
    assert after.batch_key != before.batch_key
    assert not any("installing" in line for line in said)
    with blobs_of(after) as blobs:
        assert list(blobs.list_containers()) == []


def test_reset_of_what_was_never_started_is_no_error() -> None:
    local.reset(say=print)


def test_a_system_without_posix_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "POSIX", False)
    with pytest.raises(LocalAccountError, match="POSIX"):
        local.ensure_running(say=print)
    assert local.stop(say=print) is False


COMMAND = """
import sys
from recipebatch import local
if sys.argv[1] == "use":
    account = local.ensure_running(say=lambda line: print("said:", line), idle_minutes=5)
    print("at", account.batch_endpoint, account.blob_endpoint)
else:
    local.stop(say=lambda line: print("said:", line))
"""


def command(what: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", COMMAND, what], stdout=subprocess.PIPE, text=True)


def test_starts_and_stops_in_any_order_end_well() -> None:
    running = [command(what) for what in ("use", "stop", "use", "stop", "use")]
    for process in running:
        process.communicate()
    assert [process.returncode for process in running] == [0] * 5
    account = local.ensure_running(say=print)
    with blobs_of(account) as blobs:
        blobs.create_container("works")
