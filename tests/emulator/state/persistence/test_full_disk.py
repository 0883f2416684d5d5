"""A full disk causes error answers: acknowledged changes are not lost, unacknowledged changes are not visible."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models

from recipebatch.emulator import Emulator, EmulatorAccount, start_emulator
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Until = Callable[[Callable[[], Any]], Any]

JOB = {"id": "j", "poolInfo": {"poolId": "none"}}
LONG = "x" * 4000
LIMITED = """
import sys, json, resource, signal, threading
from pathlib import Path
from recipebatch.emulator import start_emulator
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
emulator = start_emulator(Path(sys.argv[1]))
print(json.dumps([emulator.endpoint, emulator.account_name, emulator.account_key.reveal()]), flush=True)
for line in sys.stdin:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(line), resource.RLIM_INFINITY))
    print("limited", flush=True)
emulator.stop()
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Emulator]:
    with start_emulator(tmp_path) as running:
        yield running


def limit(emulator: Emulator, spare: int | None) -> None:
    """Limit the growth of the database to that many pages; None removes the limit."""

    async def set_limit() -> None:
        database = emulator._registry.store._database
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {2**31 if spare is None else pages + spare}")

    emulator._call(set_limit())


def tasks(first: int, count: int) -> dict[str, Any]:
    return {"value": [{"id": f"t{number}", "commandLine": f"echo {LONG}"} for number in range(first, first + count)]}


def wired(wire: Any, running: Emulator) -> Any:
    return type(wire)(EmulatorAccount(running.endpoint, running.account_name, running.account_key))


def test_changes_that_do_not_fit_on_disk_are_errors_and_succeed_once_space_is_free(wire: Any, own: Emulator) -> None:
    raw = wired(wire, own)
    raw("POST", "/jobs", JOB)
    assert raw("POST", "/jobs/j/addtaskcollection", tasks(0, 10)).status == 200
    limit(own, 5)
    refused = raw("POST", "/jobs/j/addtaskcollection", tasks(10, 100))
    assert (refused.status, refused.code) == (500, "InternalError")
    assert "cannot be written: database or disk is full" in refused.content.decode()
    # State that is not on disk is not shown, and no task is started.
    assert raw("GET", "/jobs/j/taskcounts").status == 500
    assert raw("POST", "/jobs", {**JOB, "id": "other"}).status == 500
    assert "other" not in own._registry.accounts["local"].jobs
    limit(own, None)
    assert raw("POST", "/jobs/j/addtaskcollection", tasks(10, 100)).status == 200
    assert raw("GET", "/jobs/j/taskcounts").json()["taskCounts"]["active"] == 110
    assert raw("GET", "/jobs/other").status == 404


def test_after_a_kill_on_a_full_disk_exactly_what_was_acknowledged_is_there(wire: Any, tmp_path: Path) -> None:
    limited = subprocess.Popen(
        [sys.executable, "-c", LIMITED, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert limited.stdin is not None
    assert limited.stdout is not None
    try:
        endpoint, name, key = json.loads(limited.stdout.readline())
        raw = type(wire)(EmulatorAccount(endpoint, name, Secret(key)))
        assert raw("POST", "/jobs", JOB).status == 201
        # Files of this process cannot grow beyond this, like on a full disk.
        limited.stdin.write(f"{2_000_000}\n")
        limited.stdin.flush()
        limited.stdout.readline()
        acknowledged = 0
        while (answer := raw("POST", "/jobs/j/addtaskcollection", tasks(acknowledged, 20))).status == 200:
            acknowledged += 20
            assert acknowledged < 5000
        assert answer.code == "InternalError"
        assert raw("POST", "/jobs", {**JOB, "id": "other"}).status == 500
        assert raw("DELETE", "/jobs/j").status == 500
    finally:
        limited.kill()
        limited.wait()
        limited.stdin.close()
        limited.stdout.close()
    with start_emulator(tmp_path) as again:
        raw = wired(wire, again)
        assert raw("GET", "/jobs/j/taskcounts").json()["taskCounts"]["active"] == acknowledged
        assert raw("GET", "/jobs/j").json()["state"] == "active"
        assert raw("GET", "/jobs/other").status == 404
        # The file is complete.
        (verdict,) = again._registry.store.read("PRAGMA integrity_check")
        assert verdict == ("ok",)


def test_tasks_that_end_while_the_disk_is_full_are_saved_once_space_is_free(
    wire: Any, own: Emulator, machine: models.VirtualMachineConfiguration, connect: Callable[..., Any], until: Until
) -> None:
    raw = wired(wire, own)
    with connect(raw.account) as client:
        client.create_pool(
            models.BatchPoolCreateOptions(
                id="p", vm_size="standard_d2", virtual_machine_configuration=machine, target_dedicated_nodes=1
            )
        )
        client.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="p")))
        command = "/bin/sh -c 'while ! test -e ../../../../../go; do sleep 0.02; done'"
        client.create_task("j", models.BatchTaskCreateOptions(id="t", command_line=command))
        until(lambda: client.get_task("j", "t").state == "running")
        limit(own, 0)
        assert raw("POST", "/jobs/j/addtaskcollection", tasks(0, 100)).status == 500
        task = own._registry.accounts["local"].jobs["j"].tasks.get("t")
        assert task is not None
        (node,) = own._registry.accounts["local"].pools["p"].nodes
        own._registry.accounts["local"].node_root("p", node).parent.joinpath(node, "go").touch()
        until(lambda: task.state == "completed")
        # The first tasks of the refused chunk wait: no task is started whose state cannot be saved.
        assert own._registry.accounts["local"].jobs["j"].tasks.count(task.state) == 1
        limit(own, None)
        until(lambda: client.get_job_task_counts("j").task_counts.completed == 101)
