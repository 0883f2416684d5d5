from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
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
from processes import command_lines, environment_of

from recipebatch import local
from recipebatch.errors import LocalAccountError
from recipebatch.local import service
from recipebatch.local.daemon.processes import ProcessIdentity, identity_of, wait_until_ended
from recipebatch.local.folders import folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recipebatch.local import LocalAccount, LocalStatus


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A local account of this test's own; whatever it left running is ended."""
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path / "state"))
    yield folders().state
    local.stop(say=print)


@pytest.fixture
def said() -> list[str]:
    return []


def marks(status: LocalStatus) -> list[ProcessIdentity]:
    found = [identity_of(pid) for pid in status.pids.values()]
    assert len(found) == 2
    return [mark for mark in found if mark is not None]


def kill(pid: int) -> None:
    """Kill and see it gone: a process takes a moment to die."""
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


def test_status_tells_everything_but_the_keys(state: Path) -> None:
    account = local.ensure_running(say=print, idle_minutes=7)
    status = local.status().as_json()
    assert status["endpoints"] == {"batch": account.batch_endpoint, "blob": account.blob_endpoint}
    assert status["accounts"] == {"batch": account.batch_account, "storage": account.storage_account}
    assert {"recipebatch", "azurite", "node", "azure-batch", "azure-storage-blob"} <= set(status["versions"])
    assert status["paths"]["state"] == str(state)
    assert status["counts"]["running_tasks"] == 0
    assert status["idle_minutes"] == 7
    assert "elevated tasks run as" in status["notes"][0]
    notes = "\n".join(status["notes"])
    for said in ("read-only copies", "container tasks", "quotas:", "are divided by 1 (time scale)"):
        assert said in notes
    assert account.batch_key.reveal() not in repr((status, account))
    assert account.storage_key.reveal() not in repr((status, account))


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


def test_only_the_user_can_read_the_state_and_no_key_is_where_others_see_it(state: Path) -> None:
    account = local.ensure_running(say=print)
    assert state.stat().st_mode & 0o777 == 0o700
    files = {path.name: path.stat().st_mode & 0o777 for path in state.iterdir() if path.is_file()}
    assert {"service.json", "batch.key", "storage.key", "service.log"} <= set(files)
    assert set(files.values()) == {0o600}
    listed = command_lines(*local.status().pids.values())
    assert "recipebatch.local" in listed
    seen = listed + "".join(path.read_text() for path in state.glob("*.json")) + (state / "service.log").read_text()
    assert account.batch_key.reveal() not in seen
    assert account.storage_key.reveal() not in seen


def test_the_service_does_not_carry_the_users_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "hush-1")
    monkeypatch.setenv("MY_TOKEN", "hush-2")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    pid = local.start(say=print).pids["service"]
    carried = environment_of(pid)
    assert "HTTPS_PROXY" in carried
    assert "hush" not in carried


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


def test_a_running_account_does_not_change_its_port(said: list[str]) -> None:
    port = port_of(local.start(say=said.append).endpoints["batch"])
    assert local.start(say=said.append, batch_port=port).running
    with pytest.raises(LocalAccountError, match=f", not on port {port + 1}") as error:
        local.start(say=said.append, batch_port=port + 1)
    assert "stop" in str(error.value.hint)


def test_it_stops_by_itself_when_nobody_uses_it(state: Path) -> None:
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


def test_the_exports_say_the_same_to_a_shell() -> None:
    account = local.ensure_running(say=print)
    script = (
        local.shell_exports(account) + 'printf "%s\\n" "$AZURE_BATCH_ACCESS_KEY" "$AZURE_STORAGE_CONNECTION_STRING"'
    )
    answer = subprocess.run(["/bin/sh"], input=script, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [account.batch_key.reveal(), account.connection_string.reveal()]


def test_a_system_without_posix_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_commands_that_start_it_at_once_share_one() -> None:
    started = [command("use") for _ in range(4)]
    said = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0]
    assert sum(text.count("started the local account") for text in said) == 1
    assert len({re.findall(r"^at .*$", text, re.MULTILINE)[0] for text in said}) == 1


def test_starts_and_stops_in_any_order_end_well() -> None:
    running = [command(what) for what in ("use", "stop", "use", "stop", "use")]
    for process in running:
        process.communicate()
    assert [process.returncode for process in running] == [0] * 5
    account = local.ensure_running(say=print)
    with blobs_of(account) as blobs:
        blobs.create_container("works")
