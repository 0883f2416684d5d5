"""Processes that fork twice and begin a session of their own end with their task."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DETACH = """
import os, sys, time
file, environment = sys.argv[1], dict(os.environ) if sys.argv[2] == "marked" else {}
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir("/")
        for descriptor in range(3):
            os.close(descriptor)
        with open(file + ".new", "w") as out:
            out.write(str(os.getpid()))
        os.rename(file + ".new", file)
        os.execve("/bin/sleep", ["sleep", "600"], environment)
    os._exit(0)
while not os.path.exists(file):
    time.sleep(0.01)
"""

RUN = """
import asyncio, json, shlex, sys
from pathlib import Path
from recipebatch.emulator.node_agent import PROCESSES, TaskRun, run

root, adopts, mark, story = Path(sys.argv[1]), sys.argv[2] == "adopts", sys.argv[3], sys.argv[4]
python = shlex.quote(sys.executable)

def task(name, command):
    directory = root / "node" / name
    environment = {"PATH": "/usr/bin:/bin", "AZ_BATCH_TASK_DIR": str(directory)}
    return TaskRun(directory=directory, command_line=command, environment=environment)

def detaching(name):
    return task(name, f"{python} {root}/detach.py {root}/{name}.pid {mark}")

def pid(name):
    return int((root / f"{name}.pid").read_text())

def say(**facts):
    print(json.dumps(facts), flush=True)
    sys.stdin.readline()

async def one():
    end = await run(detaching("a"))
    say(code=end.exit_code, pid=pid("a"))

async def start_task():
    PROCESSES.keep(root / "node" / "a")
    await run(detaching("a"))
    PROCESSES.sweep()
    say(pid=pid("a"))
    await PROCESSES.end_below(root / "node")
    say(pid=pid("a"))

async def beside():
    other = asyncio.create_task(run(task("b", "sleep 600")))
    await asyncio.sleep(0.1)
    await run(detaching("a"))
    say(pid=pid("a"), listed=PROCESSES.sweep())
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
    say(pid=pid("a"), listed=PROCESSES.sweep())

if adopts:
    PROCESSES.adopt_orphans()
asyncio.run({"one": one, "start": start_task, "beside": beside}[story]())
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has child subreapers")


@pytest.fixture
def tell(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Runs a story; returns what it said, each with whether its process is alive at that moment."""
    (tmp_path / "detach.py").write_text(DETACH)

    def run_story(*arguments: str) -> list[dict[str, Any]]:
        command = [sys.executable, "-c", RUN, str(tmp_path), *arguments]
        said = []
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            for line in process.stdout:
                facts = json.loads(line)
                said.append({**facts, "alive": alive(facts["pid"])})
                process.stdin.write("\n")
                process.stdin.flush()
        for facts in said:
            if alive(facts["pid"]):
                psutil.Process(facts["pid"]).kill()
        assert process.returncode == 0
        return said

    return run_story


def alive(pid: int) -> bool:
    deadline = time.monotonic() + 0.2  # a killed process takes a moment to end
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return False
        except psutil.NoSuchProcess:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("mode", ["adopts", "plain"])
def test_a_detached_process_with_the_variables_of_its_task_ends_with_it(tell: Callable[..., Any], mode: str) -> None:
    (said,) = tell(mode, "marked", "one")
    assert said["code"] == 0
    assert not said["alive"]


@linux
def test_a_detached_process_without_a_trace_ends_with_its_task(tell: Callable[..., Any]) -> None:
    (said,) = tell("adopts", "unmarked", "one")
    assert not said["alive"]


@linux
def test_one_that_may_be_of_two_tasks_ends_with_the_last_of_them(tell: Callable[..., Any]) -> None:
    first, second = tell("adopts", "unmarked", "beside")
    assert first["alive"]
    assert first["pid"] in first["listed"]
    assert not second["alive"]
    assert second["listed"] == []


@pytest.mark.parametrize("mode", ["adopts", "plain"])
def test_what_a_start_task_detached_ends_with_its_node(tell: Callable[..., Any], mode: str) -> None:
    before, after = tell(mode, "marked", "start")
    assert before["alive"]
    assert not after["alive"]
