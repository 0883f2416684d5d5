"""The whole service from outside: a run with the plain SDK, accounts, ports, restarts."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from recipebatch.emulator import EmulatorAccount, EmulatorInUseError, start_emulator
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recipebatch.emulator import Emulator

    Connect = Callable[[EmulatorAccount], BatchClient]
    Until = Callable[[Callable[[], Any]], Any]

CHILD = """
import sys, json, threading
from pathlib import Path
from recipebatch.emulator import start_emulator
emulator = start_emulator(Path(sys.argv[1]))
print(json.dumps([emulator.endpoint, emulator.account_name, emulator.account_key.reveal()]), flush=True)
threading.Event().wait()
"""


class Killable:
    """An emulator in a separate process, so that it can be killed."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", CHILD, str(root)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        endpoint, name, key = json.loads(self.process.stdout.readline())
        self.account = EmulatorAccount(endpoint, name, Secret(key))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[Killable]:
    running = Killable(tmp_path / "root")
    yield running
    running.kill()


def test_the_plain_sdk_runs_250_tasks_reads_a_file_and_deletes_all(
    batch: BatchClient, machine: models.VirtualMachineConfiguration, until: Until
) -> None:
    batch.create_pool(
        models.BatchPoolCreateOptions(
            id="story",
            vm_size="STANDARD_D2_V3",
            virtual_machine_configuration=machine,
            target_dedicated_nodes=2,
            task_slots_per_node=4,
            start_task=models.BatchStartTask(
                command_line="/bin/sh -c 'echo shared > $AZ_BATCH_NODE_SHARED_DIR/file'", wait_for_success=True
            ),
        )
    )
    batch.create_job(models.BatchJobCreateOptions(id="job", pool_info=models.BatchPoolInfo(pool_id="story")))
    command = "/bin/sh -c 'echo $AZ_BATCH_TASK_ID; cat $AZ_BATCH_NODE_SHARED_DIR/file'"
    tasks = [models.BatchTaskCreateOptions(id=f"t{number}", command_line=command) for number in range(250)]
    results = batch.create_tasks("job", tasks).result_values
    assert results is not None
    assert len(results) == 250

    until(lambda: batch.get_job_task_counts("job").task_counts.completed == 250)

    assert batch.get_job_task_counts("job").task_counts.succeeded == 250
    assert sorted(task.id for task in batch.list_tasks("job", max_results=99)) == sorted(task.id for task in tasks)
    whole = b"".join(batch.download_task_file("job", "t7", "stdout.txt"))
    assert whole == b"t7\nshared\n"
    assert b"".join(batch.download_task_file("job", "t7", "stdout.txt", ocp_range="bytes=1-3")) == whole[1:4]
    batch.begin_delete_job("job", polling_interval=0).result()
    batch.begin_delete_pool("story", polling_interval=0).result()
    with pytest.raises(ResourceNotFoundError):
        batch.get_job("job")
    with pytest.raises(ResourceNotFoundError):
        batch.get_pool("story")


def test_accounts_of_one_emulator_do_not_see_each_other(emulator: Emulator, connect: Connect) -> None:
    first, second = emulator.new_account(), emulator.new_account()
    with connect(first) as one, connect(second) as other:
        one.create_job(models.BatchJobCreateOptions(id="job", pool_info=models.BatchPoolInfo(pool_id="p")))
        assert [job.id for job in one.list_jobs()] == ["job"]
        assert list(other.list_jobs()) == []


def test_the_key_of_another_account_opens_nothing(emulator: Emulator, connect: Connect) -> None:
    first, second = emulator.new_account(), emulator.new_account()
    mixed = EmulatorAccount(first.endpoint, first.name, second.key)
    with connect(mixed) as client, pytest.raises(HttpResponseError) as refused:
        list(client.list_pools())
    assert refused.value.status_code == 403
    assert refused.value.error.code == "AuthenticationFailed"  # type: ignore[union-attr]


def test_the_root_and_the_key_are_for_their_owner_alone(tmp_path: Path) -> None:
    root = tmp_path / "root"
    with start_emulator(root):
        assert stat.S_IMODE(root.stat().st_mode) == 0o700
        private = [root / "accounts" / "local" / "key", root / "state.sqlite3"]
        assert [stat.S_IMODE(file.stat().st_mode) for file in private] == [0o600, 0o600]


def test_the_key_stays_the_same_and_can_be_given(tmp_path: Path) -> None:
    with start_emulator(tmp_path) as first:
        made = first.account_key
    with start_emulator(tmp_path) as second:
        assert second.account_key == made
    with start_emulator(tmp_path, account_key=Secret("Z2l2ZW4=")) as third:
        assert third.account_key == Secret("Z2l2ZW4=")


def test_a_key_that_is_no_base64_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not base64") as refused:
        start_emulator(tmp_path, account_key=Secret("???"))
    assert "???" not in str(refused.value)


def test_two_emulators_cannot_use_one_root(tmp_path: Path) -> None:
    with start_emulator(tmp_path), pytest.raises(EmulatorInUseError, match=str(os.getpid())):
        start_emulator(tmp_path)


def test_a_taken_port_is_an_error_and_does_not_lock_the_root(tmp_path: Path) -> None:
    with start_emulator(tmp_path / "one") as first:
        port = int(first.endpoint.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            start_emulator(tmp_path / "two", port=port)
    with start_emulator(tmp_path / "two"):
        pass


def test_stopping_twice_is_no_error(tmp_path: Path) -> None:
    running = start_emulator(tmp_path)
    running.stop()
    running.stop()


def test_counts_are_those_of_existing_records(tmp_path: Path, connect: Connect) -> None:
    with start_emulator(tmp_path) as running:
        account = EmulatorAccount(running.endpoint, running.account_name, running.account_key)
        with connect(account) as client:
            client.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="none")))
            client.create_task("j", models.BatchTaskCreateOptions(id="t", command_line="true"))
        assert running.counts() == {"pools": 0, "nodes": 0, "jobs": 1, "active_tasks": 1, "running_tasks": 0}


def test_an_authenticated_request_is_activity_and_another_is_not(tmp_path: Path, connect: Connect) -> None:
    with start_emulator(tmp_path) as running:
        before = running.last_activity()
        stranger = EmulatorAccount(running.endpoint, running.account_name, Secret("d3Jvbmc="))
        with connect(stranger) as client, pytest.raises(HttpResponseError):
            list(client.list_jobs())
        assert running.last_activity() == before
        with connect(EmulatorAccount(running.endpoint, running.account_name, running.account_key)) as client:
            list(client.list_jobs())
        assert running.last_activity() > before


def test_a_killed_emulator_resumes_its_pools_jobs_and_tasks(
    killable: Killable, tmp_path: Path, connect: Connect, machine: models.VirtualMachineConfiguration, until: Until
) -> None:
    go = tmp_path / "go"
    with connect(killable.account) as client:
        client.create_pool(
            models.BatchPoolCreateOptions(
                id="pool", vm_size="standard_d2", virtual_machine_configuration=machine, target_dedicated_nodes=1
            )
        )
        client.create_job(models.BatchJobCreateOptions(id="job", pool_info=models.BatchPoolInfo(pool_id="pool")))
        command = f"/bin/sh -c 'echo $$ >> pids; test -e {go} || sleep 600'"
        client.create_tasks("job", [models.BatchTaskCreateOptions(id=f"t{n}", command_line=command) for n in range(3)])
        running = until(lambda: list(client.list_tasks("job", filter="state eq 'running'")))[0]
        pid = until(lambda: b"".join(_read(client, running.id, "wd/pids")))
    killable.kill()
    go.touch()

    with start_emulator(tmp_path / "root") as again:
        account = EmulatorAccount(again.endpoint, killable.account.name, killable.account.key)
        with connect(account) as client:
            until(lambda: client.get_job_task_counts("job").task_counts.succeeded == 3)
            resumed = client.get_task("job", running.id)
            assert resumed.execution_info is not None
            assert resumed.execution_info.requeue_count == 1
            assert resumed.execution_info.retry_count == 0
            assert client.get_pool("pool").current_dedicated_nodes == 1
    until(lambda: _is_gone(int(pid)))


def test_what_was_acknowledged_is_there_after_each_kill_and_what_was_deleted_is_not(
    tmp_path: Path, connect: Connect
) -> None:
    expected: set[str] = set()
    for life in range(3):
        running = Killable(tmp_path / "root")
        with connect(running.account) as client:
            if life == 0:
                client.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="none")))
            assert {task.id for task in client.list_tasks("j")} == expected
            added = {f"life{life}-{number}" for number in range(250)}
            client.create_tasks("j", [models.BatchTaskCreateOptions(id=name, command_line="true") for name in added])
            client.delete_task("j", f"life{life}-7")
            expected |= added - {f"life{life}-7"}
            assert client.get_job_task_counts("j").task_counts.active == len(expected)
        running.kill()


def test_a_stopped_emulator_leaves_no_process_and_its_tasks_run_again(
    tmp_path: Path, connect: Connect, machine: models.VirtualMachineConfiguration, until: Until
) -> None:
    go = tmp_path / "go"
    with start_emulator(tmp_path / "root") as first:
        account = EmulatorAccount(first.endpoint, first.account_name, first.account_key)
        with connect(account) as client:
            client.create_pool(
                models.BatchPoolCreateOptions(
                    id="pool", vm_size="standard_d2", virtual_machine_configuration=machine, target_dedicated_nodes=1
                )
            )
            client.create_job(models.BatchJobCreateOptions(id="job", pool_info=models.BatchPoolInfo(pool_id="pool")))
            command = f"/bin/sh -c 'echo $$ >> pids; test -e {go} || sleep 600 & wait'"
            client.create_task("job", models.BatchTaskCreateOptions(id="t", command_line=command))
            pid = until(lambda: b"".join(_read(client, "t", "wd/pids")))
    until(lambda: _is_gone(int(pid)))
    go.touch()
    with start_emulator(tmp_path / "root") as second:
        account = EmulatorAccount(second.endpoint, second.account_name, second.account_key)
        with connect(account) as client:
            until(lambda: client.get_job_task_counts("job").task_counts.succeeded == 1)


def _is_gone(group: int) -> bool:
    """Whether a process group has ended; killed processes exist until init has reaped them."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def _read(client: BatchClient, task: str, name: str) -> list[bytes]:
    try:
        return list(client.download_task_file("job", task, name))
    except HttpResponseError:
        return []
