"""A start never waits for old work, and nothing that hangs or is damaged prevents a stop or a start."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.emulator import EmulatorAccount, start_emulator
from recipebatch.emulator.engine import engine
from recipebatch.emulator.engine.nodes import pool_lifecycle
from recipebatch.emulator.node_agent import threads
from recipebatch.emulator.node_agent.files import output_files
from recipebatch.emulator.state.transitions.task import MAX_CRASHES
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipebatch.emulator import Emulator

    Until = Callable[[Callable[[], Any]], Any]

POOL = {
    "id": "p",
    "vmSize": "standard_d2_v3",
    "targetDedicatedNodes": 1,
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
}
JOB = {"id": "j", "poolInfo": {"poolId": "p"}}
OUTPUT = {
    "filePattern": "*",
    "destination": {"container": {"containerUrl": "http://127.0.0.1:9/c?sig=x"}},
    "uploadOptions": {"uploadCondition": "taskcompletion"},
}
KILLED = """
import json, os, signal, sys
from pathlib import Path
from recipebatch.emulator import start_emulator
from recipebatch.emulator.node_agent import files
if sys.argv[2] == "hangs":
    # Like a pattern that never ends: the thread holds the interpreter.
    import re, recipebatch.emulator.node_agent.task_runner as runner
    runner.output_files.upload = lambda *_a, **_k: re.compile("(a+)+$").match("a" * 40 + "b")
emulator = start_emulator(Path(sys.argv[1]))
print(json.dumps([emulator.endpoint, emulator.account_name, emulator.account_key.reveal()]), flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


def wired(wire: Any, account: Emulator | EmulatorAccount) -> Any:
    if isinstance(account, EmulatorAccount):
        return type(wire)(account)
    return type(wire)(EmulatorAccount(account.endpoint, account.account_name, account.account_key))


def state_of(raw: Any, task: str = "t") -> str:
    return str(raw("GET", f"/jobs/j/tasks/{task}").json()["state"])


def add(raw: Any, **task: Any) -> None:
    assert raw("POST", "/pools", POOL).status == 201
    assert raw("POST", "/jobs", JOB).status == 201
    assert raw("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "true", **task}).status == 201


def crash(wire: Any, root: Path, story: Callable[[Any], None], how: str = "runs") -> None:
    """Run an emulator in a process of its own, which is killed at the end of the story."""
    command = [sys.executable, "-c", KILLED, str(root), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            endpoint, name, key = json.loads(process.stdout.readline())
            story(wired(wire, EmulatorAccount(endpoint, name, Secret(key))))
        finally:
            process.kill()


def test_an_upload_that_hangs_prevents_neither_requests_nor_a_stop(
    wire: Any, tmp_path: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, release = threading.Event(), threading.Event()

    def hang(*_: Any, **__: Any) -> None:
        begun.set()
        release.wait(60)

    monkeypatch.setattr(output_files, "upload", hang)
    own = start_emulator(tmp_path)
    try:
        raw = wired(wire, own)
        add(raw, outputFiles=[OUTPUT])
        assert begun.wait(30)
        assert state_of(raw) == "running"
        stopped_at = time.monotonic()
        own.stop()
        assert time.monotonic() - stopped_at < 30  # well below the time that the upload hangs
        assert not release.is_set()
    finally:
        release.set()
        own.stop()
    monkeypatch.undo()
    with start_emulator(tmp_path) as again:
        until(lambda: state_of(wired(wire, again)) == "completed")


def test_an_upload_without_progress_is_given_up_with_an_error_on_its_task(
    wire: Any, tmp_path: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(output_files, "upload", lambda *_a, **_k: release.wait(60))
    monkeypatch.setattr(threads.in_thread, "__kwdefaults__", {"stop": None, "stall_seconds": 0.2})
    with start_emulator(tmp_path) as own:
        raw = wired(wire, own)
        add(raw, outputFiles=[OUTPUT])
        until(lambda: state_of(raw) == "completed")
        release.set()
        info = raw("GET", "/jobs/j/tasks/t").json()["executionInfo"]
    assert info["exitCode"] == 0
    assert info["failureInfo"]["code"] == "FileUploadMiscError"
    assert "without progress" in json.dumps(info["failureInfo"]["details"])


def test_a_task_that_makes_the_service_hang_is_failed_after_some_crashes(
    wire: Any, tmp_path: Path, until: Until
) -> None:
    def first(raw: Any) -> None:
        add(raw, outputFiles=[OUTPUT], commandLine="sleep 2")
        until(lambda: state_of(raw) == "running")

    crash(wire, tmp_path, first, "hangs")
    for _ in range(1, MAX_CRASHES):
        crash(wire, tmp_path, lambda raw: until(lambda: state_of(raw) == "running"), "hangs")
    with start_emulator(tmp_path) as own:
        raw = wired(wire, own)
        until(lambda: state_of(raw) == "completed")
        info = raw("GET", "/jobs/j/tasks/t").json()["executionInfo"]
        assert info["result"] == "failure"
        assert f"running at {MAX_CRASHES} crashes" in info["failureInfo"]["message"]
        # The user may try it once more.
        assert raw("POST", "/jobs/j/tasks/t/reactivate", {}).status == 204


def test_a_stop_is_not_a_crash(wire: Any, tmp_path: Path, until: Until) -> None:
    for start in range(MAX_CRASHES + 1):
        with start_emulator(tmp_path) as own:
            raw = wired(wire, own)
            if start == 0:
                add(raw, commandLine="sleep 600")
            until(lambda: state_of(raw) == "running")  # noqa: B023  called at once


def test_a_node_that_makes_the_service_crash_becomes_unusable(wire: Any, tmp_path: Path, until: Until) -> None:
    def waiting(raw: Any) -> None:
        until(lambda: raw("GET", "/pools/p/nodes").json()["value"][0]["state"] == "waitingforstarttask")

    def first(raw: Any) -> None:
        raw("POST", "/pools", {**POOL, "startTask": {"commandLine": "sleep 600", "waitForSuccess": True}})
        until(lambda: raw("GET", "/pools/p/nodes").json()["value"])
        waiting(raw)

    crash(wire, tmp_path, first)
    for _ in range(1, MAX_CRASHES):
        crash(wire, tmp_path, waiting)
    with start_emulator(tmp_path) as own:
        raw = wired(wire, own)
        (node,) = until(lambda: raw("GET", "/pools/p/nodes").json()["value"])
        assert node["state"] == "unusable"
        assert f"crashed {MAX_CRASHES} times" in node["errors"][0]["message"]


def test_requests_are_answered_while_old_work_is_taken_up(
    wire: Any, tmp_path: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(engine, "kill_orphan_processes", lambda _root: release.wait(60))
    with start_emulator(tmp_path) as own:
        raw = wired(wire, own)
        add(raw)
        assert state_of(raw) == "active"
        release.set()
        until(lambda: state_of(raw) == "completed")


def test_a_failure_while_old_work_is_taken_up_affects_one_record(
    wire: Any, tmp_path: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start_emulator(tmp_path) as own:
        raw = wired(wire, own)
        add(raw)
        raw("POST", "/pools", {**POOL, "id": "other"})
        until(lambda: state_of(raw) == "completed")
    resume = pool_lifecycle.PoolLifecycle.resume

    def fail_for_one(self: Any, account: Any, pool: Any) -> None:
        if pool.id == "other":
            raise RuntimeError("injected")
        resume(self, account, pool)

    def fail(_root: object) -> None:
        raise OSError("injected")

    monkeypatch.setattr(pool_lifecycle.PoolLifecycle, "resume", fail_for_one)
    monkeypatch.setattr(engine, "kill_orphan_processes", fail)
    with start_emulator(tmp_path) as own:
        raw = wired(wire, own)
        assert raw("POST", "/jobs/j/tasks", {"id": "second", "commandLine": "true"}).status == 201
        until(lambda: state_of(raw, "second") == "completed")


@pytest.mark.parametrize("table", ["pools", "nodes", "jobs", "tasks", "schedules"])
@pytest.mark.parametrize("doc", ["", "{", "null", "[]", '{"state": "no such state"}'])
def test_a_damaged_row_does_not_prevent_a_start(wire: Any, tmp_path: Path, until: Until, table: str, doc: str) -> None:
    with start_emulator(tmp_path) as own:
        raw = wired(wire, own)
        add(raw)
        body = {"id": "s", "schedule": {}, "jobSpecification": {"poolInfo": {"poolId": "p"}}}
        assert raw("POST", "/jobschedules", body).status == 201
        until(lambda: state_of(raw) == "completed")
    database = sqlite3.connect(tmp_path / "state.sqlite3")
    assert database.execute(f"UPDATE {table} SET doc = ?", [doc]).rowcount > 0  # noqa: S608  names of the test
    database.commit()
    database.close()
    with start_emulator(tmp_path) as own:
        raw = wired(wire, own)
        assert raw("GET", "/pools").status == 200
        assert raw("POST", "/pools", {**POOL, "id": "new"}).status == 201
        assert raw("POST", "/jobs", {"id": "new", "poolInfo": {"poolId": "new"}}).status == 201
        assert raw("POST", "/jobs/new/tasks", {"id": "t", "commandLine": "true"}).status == 201
        until(lambda: raw("GET", "/jobs/new/tasks/t").json()["state"] == "completed")
        if table == "tasks":
            info = raw("GET", "/jobs/j/tasks/t").json()["executionInfo"]
            assert info["failureInfo"]["message"] == "The record of the task is damaged; its outcome is not known"


def test_a_pipe_as_output_of_an_earlier_attempt_blocks_nobody(wire: Any, tmp_path: Path, until: Until) -> None:
    command = "/bin/sh -c 'cd $AZ_BATCH_TASK_DIR; rm stdout.txt; mkfifo stdout.txt; exit 1'"
    with start_emulator(tmp_path) as own:
        raw = wired(wire, own)
        add(raw, commandLine=command, constraints={"maxTaskRetryCount": 2})
        until(lambda: state_of(raw) == "completed")
        assert raw("GET", "/jobs/j/tasks/t").json()["executionInfo"]["retryCount"] == 2


def test_events_of_requests_are_not_lost_while_old_work_is_taken_up() -> None:
    held = engine._HeldEvents()
    held.pool_changed("account", "pool")
    held.node_changed("account", "pool", "node", option=None)
    assert [(event.name, event.arguments, event.options) for event in held.events] == [
        ("pool_changed", ("account", "pool"), {}),
        ("node_changed", ("account", "pool", "node"), {"option": None}),
    ]
    assert asyncio.iscoroutinefunction(engine.Engine.take_up)
