"""The account can always be stopped, started and reset, whatever is lost, damaged or hangs."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

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
from azure.core.exceptions import AzureError
from waiting import wait_for

from recipebatch import local
from recipebatch.errors import LocalAccountError
from recipebatch.local import shutdown
from recipebatch.local.daemon.processes import ProcessIdentity, identity_of, is_running, wait_until_ended
from recipebatch.local.daemon.record import read_processes
from recipebatch.local.daemon.search import all_processes
from recipebatch.local.folders import folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("state")

HOLDS = """
import sys, time
from pathlib import Path
from recipebatch.local.file_lock import locked
with locked(Path(sys.argv[1]), timeout=5, purpose="testing"):
    print("held", flush=True)
    time.sleep(600)
"""


def lose_record(state: Path) -> None:
    (state / "service.json").unlink()


def damage_record(state: Path) -> None:
    (state / "service.json").write_text("{ no record")


def lose_lock(state: Path) -> None:
    (state / "service.lock").unlink()


def lose_record_and_lock(state: Path) -> None:
    lose_record(state)
    lose_lock(state)


def write_record_of_another_version(state: Path) -> None:
    content = json.loads((state / "service.json").read_text())
    (state / "service.json").write_text(json.dumps({"schema_version": 99, "service": content["service"]}))


LOSSES = (lose_record, damage_record, lose_lock, lose_record_and_lock, write_record_of_another_version)


def running() -> list[ProcessIdentity]:
    found = [identity_of(pid) for pid in local.status().pids.values()]
    assert len(found) == 2
    return [each for each in found if each is not None]


@pytest.fixture
def hanging() -> list[ProcessIdentity]:
    """The processes of an account whose service and Azurite do nothing any more."""
    local.start(say=print)
    found = running()
    for process in found:
        os.kill(process.pid, signal.SIGSTOP)
    return found


DETACH = """
import os, sys
file = sys.argv[1]
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir("/")
        os.closerange(0, 3)
        with open(file + ".new", "w") as out:
            out.write(str(os.getpid()))
        os.rename(file + ".new", file)
        os.execve("/bin/sleep", ["sleep", "600"], {})
    os._exit(0)
import time
time.sleep(600)
"""


@contextmanager
def connected() -> Iterator[BatchClient]:
    account = local.ensure_running(say=print)
    credential = AzureNamedKeyCredential(account.batch_account, account.batch_key.reveal())
    with BatchClient(account.batch_endpoint, credential) as batch:
        yield batch


def add_task(command_line: str) -> None:
    """Run a task `t` of a job `job` on a new pool."""
    with connected() as batch:
        image = BatchVmImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server")
        machine = VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 24.04")
        batch.create_pool(
            BatchPoolCreateOptions(
                id="pool", vm_size="standard_d2s_v3", virtual_machine_configuration=machine, target_dedicated_nodes=1
            )
        )
        batch.create_job(BatchJobCreateOptions(id="job", pool_info=BatchPoolInfo(pool_id="pool")))
        batch.create_task("job", BatchTaskCreateOptions(id="t", command_line=command_line))


@pytest.fixture
def detached(state: Path, tmp_path: Path) -> ProcessIdentity:
    """A process without a trace of its task, which still runs."""
    (tmp_path / "detach.py").write_text(DETACH)
    add_task(shlex.join([sys.executable, str(tmp_path / "detach.py"), str(tmp_path / "pid")]))
    wait_for((tmp_path / "pid").exists, "the process to start")
    pid = int((tmp_path / "pid").read_text())
    # The service has noted it.
    wait_for(
        lambda: pid in [each.pid for each in read_processes(state / "task-processes.json")], "the note of the process"
    )
    identity = identity_of(pid)
    assert identity is not None
    return identity


linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has child subreapers")


def test_a_task_that_kills_the_service_is_failed_and_the_account_starts() -> None:
    with suppress(AzureError):  # the answer may be lost with the service
        add_task("/bin/sh -c 'kill -9 $PPID; sleep 600'")
    wait_for(lambda: not local.status().running, "the end of the service")

    def failure() -> str | None:
        with suppress(AzureError, LocalAccountError), connected() as batch:  # it may be killed at any moment
            info = batch.get_task("job", "t").execution_info
            return None if info is None or info.failure_info is None else info.failure_info.message
        return None

    wait_for(lambda: failure() is not None, "the failed task")
    assert "3 crashes" in str(failure())
    assert local.status().running


@linux
def test_a_process_that_left_no_trace_ends_with_the_account(detached: ProcessIdentity) -> None:
    assert is_running(detached)
    local.stop(say=print)
    assert not is_running(detached)


@linux
@pytest.mark.parametrize("command", [local.stop, local.reset, local.start])
def test_a_process_that_left_no_trace_ends_after_a_kill_by_the_next_command(
    detached: ProcessIdentity, command: Callable[..., object]
) -> None:
    (service, _) = running()
    os.kill(service.pid, signal.SIGKILL)
    assert is_running(detached)
    command(say=print)
    assert wait_until_ended(detached, timeout=10)


@pytest.mark.parametrize("lose", LOSSES)
def test_a_hanging_account_is_stopped_whatever_is_lost(
    state: Path, hanging: list[ProcessIdentity], lose: Callable[[Path], None]
) -> None:
    lose(state)
    assert local.stop(say=print) is True
    assert not any(map(is_running, hanging))
    assert local.stop(say=print) is False


def test_an_account_whose_folder_is_deleted_is_stopped(state: Path, hanging: list[ProcessIdentity]) -> None:
    shutil.rmtree(state)
    assert local.stop(say=print) is True
    assert not any(map(is_running, hanging))


def test_a_service_whose_folder_is_deleted_ends_by_itself_or_by_the_next_start(state: Path) -> None:
    local.start(say=print)
    before = running()
    shutil.rmtree(state)
    local.start(say=print)
    assert not any(map(is_running, before))
    assert len(all_processes(folders()).services) == 1


@pytest.mark.parametrize("lose", [lose_record, damage_record, lose_lock])
def test_a_running_account_goes_on_after_a_loss(state: Path, lose: Callable[[Path], None]) -> None:
    local.start(say=print)
    before = running()
    lose(state)
    local.ensure_running(say=print)
    assert running() == before


def test_a_stopped_process_is_continued_by_the_next_command(hanging: list[ProcessIdentity]) -> None:
    local.ensure_running(say=print)
    assert running() == hanging


def test_reset_ends_a_hanging_account_and_deletes_everything(state: Path, hanging: list[ProcessIdentity]) -> None:
    (state / ".counts.json.123").write_text("left by a killed write")
    local.reset(say=print)
    assert not any(map(is_running, hanging))
    assert sorted(path.name for path in state.iterdir()) == ["door.lock", "service.lock"]
    local.start(say=print)


def test_a_damaged_database_is_told_and_reset_helps(state: Path) -> None:
    local.start(say=print)
    local.stop(say=print)
    for path in (state / "batch").glob("state.sqlite3*"):
        path.write_bytes(b"no database " * 1000)
    with pytest.raises(LocalAccountError, match="its database cannot be used") as error:
        local.start(say=print)
    assert "recipebatch emulator reset" in str(error.value.hint)
    local.reset(say=print)
    assert local.start(say=print).running


def place_pipe(path: Path) -> None:
    os.mkfifo(path)


def place_folder(path: Path) -> None:
    path.mkdir()
    (path / "file").touch()


def place_link(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("place", [place_pipe, place_folder, place_link])
def test_what_has_the_name_of_a_state_file_hinders_no_stop_and_no_reset(
    state: Path, place: Callable[[Path], None]
) -> None:
    local.start(say=print)
    found = running()
    paths = folders()
    names = [path for path in (*paths.state_files, paths.command_lock, paths.service_lock) if path != paths.batch]
    for path in names:
        shutdown._delete(path)
        place(path)
    local.stop(say=print)
    assert not any(map(is_running, found))
    local.reset(say=print)
    assert {path.name for path in state.iterdir()} <= {"door.lock", "service.lock"}
    assert local.start(say=print).running


@pytest.mark.parametrize("name", ["service.json", "counts.json", "task-processes.json", "ports.json", "idle-minutes"])
def test_a_pipe_in_place_of_a_file_that_can_be_written_again_hinders_no_start(state: Path, name: str) -> None:
    local.start(say=print)
    local.stop(say=print)
    shutdown._delete(state / name)
    place_pipe(state / name)
    assert local.start(say=print).running


@pytest.mark.parametrize("name", ["service.log", "batch.key"])
def test_a_pipe_in_place_of_another_file_is_told(state: Path, name: str) -> None:
    local.start(say=print)
    local.stop(say=print)
    shutdown._delete(state / name)
    place_pipe(state / name)
    with pytest.raises(LocalAccountError, match=f"it is a pipe, not a regular file.*{name}|{name}.*not a regular"):
        local.start(say=print)


@pytest.mark.parametrize(
    "text", ['{"batch": "abc", "blob": [1]}', '{"batch": 99999999, "blob": -1}', '{"batch": 1e400, "blob": true}', "[]"]
)
def test_damaged_ports_and_limits_are_as_none(state: Path, text: str) -> None:
    local.start(say=print)
    local.stop(say=print)
    (state / "ports.json").write_text(text)
    (state / "batch" / "samples.json").write_text("[1]")
    assert local.start(say=print).running
    for minutes in ("-5", "nan", "inf", "x", "\0"):
        (state / "idle-minutes").write_text(minutes)
        assert local.status().idle_minutes is None
    before = running()
    counts = state / "counts.json"
    counts.unlink()
    wait_for(counts.exists, "the counts")  # the service has read the limit
    assert running() == before


def test_a_command_that_hangs_does_not_prevent_a_stop(
    state: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    monkeypatch.setattr(shutdown, "_STOP_LOCK_TIMEOUT", 0.2)
    local.start(say=print)
    command = [sys.executable, "-c", HOLDS, str(state / "door.lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == b"held\n"
            assert local.stop(say=said.append) is True
        finally:
            other.kill()
    assert said[0] == "another command is starting or stopping the local account; waiting for it"
    assert said[-1] == "stopped the local account"


def test_no_process_is_killed_by_a_record_that_names_another(state: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "600"]) as other:
        try:
            identity = identity_of(other.pid)
            assert identity is not None
            state.mkdir(parents=True)
            content = {"pid": identity.pid, "started": identity.started}
            (state / "service.json").write_text(json.dumps({"service": content, "azurite": content}))
            local.stop(say=print)
            assert is_running(identity)
        finally:
            other.kill()


def test_a_lock_whose_holder_is_not_visible_is_an_error_of_stop(state: Path) -> None:
    state.mkdir(parents=True)
    command = [sys.executable, "-c", HOLDS, str(state / "service.lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == b"held\n"
            with pytest.raises(LocalAccountError, match="is not visible from here"):
                local.stop(say=print)
        finally:
            other.kill()


def test_reset_does_not_follow_a_link(state: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o500)
    (tmp_path / "mine" / "file").write_text("kept") if os.geteuid() == 0 else None
    state.mkdir(parents=True)
    (state / "batch").symlink_to(tmp_path / "mine")
    local.reset(say=print)
    assert not (state / "batch").is_symlink()
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o500


def test_no_state_is_deleted_under_a_service(state: Path) -> None:
    local.start(say=print)
    before = running()
    assert not shutdown.delete_state(folders())
    local.ensure_running(say=print)
    assert running() == before
    assert {path.name for path in state.iterdir()} >= {"batch", "blobs", "batch.key", "service.log"}
    local.stop(say=print)
    assert shutdown.delete_state(folders())
    assert {path.name for path in state.iterdir()} == {"door.lock", "service.lock"}
