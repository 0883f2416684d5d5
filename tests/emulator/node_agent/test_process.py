from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

# `node` comes from this folder's conftest.py; its class is not importable from there.
Node = Any


def wait_until_gone(process: int) -> None:
    """Wait until a killed process has ended or is a zombie that its new parent has not reaped."""
    with suppress(FileNotFoundError, ProcessLookupError):
        while Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z":
            os.sched_yield()


def test_there_is_no_shell(node: Node) -> None:
    node.run("echo $HOME && exit > file; * '$(x)' \"a  b\" c\\ d", environment={"HOME": "/home"})
    assert node.stdout() == "$HOME && exit > file; * $(x) a  b c d\n"
    assert list(node.working.iterdir()) == []


def test_standard_input_is_empty(node: Node) -> None:
    assert node.run("cat").exit_code == 0


def test_a_process_that_a_signal_ends_has_the_exit_code_of_a_shell(node: Node) -> None:
    end = node.run("/bin/sh -c 'kill -9 $$'")
    assert end.exit_code == 128 + signal.SIGKILL
    assert end.failure.code == "FailureExitCode"


def test_the_wall_clock_ends_a_task(node: Node) -> None:
    end = node.run("sleep 600", seconds=0.1)
    assert end.exit_code == 128 + signal.SIGTERM
    assert end.failure is not None
    assert "wall clock" in end.failure.message


def test_the_wall_clock_ends_also_a_task_that_ignores_the_request(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipebatch.emulator.node_agent.process.GRACE_SECONDS", 0.1)
    end = node.run("/bin/sh -c 'trap \"\" TERM; while :; do sleep 0.01; done'", seconds=0.3)
    assert end.exit_code == 128 + signal.SIGKILL


def test_children_of_a_task_end_with_it(node: Node) -> None:
    assert node.run("/bin/sh -c 'sleep 600 & echo $!'").exit_code == 0
    wait_until_gone(int(node.stdout()))


def test_the_wall_clock_ends_children_too(node: Node) -> None:
    node.run("/bin/sh -c 'sleep 600 & echo $!; wait'", seconds=0.3)
    wait_until_gone(int(node.stdout()))


def test_a_process_leads_its_own_session(node: Node) -> None:
    node.run("cat /proc/self/stat")
    fields = node.stdout().rpartition(")")[2].split()
    process = int(re.match(r"\d+", node.stdout())[0])  # type: ignore[index]  # it begins with a number
    assert [int(fields[2]), int(fields[3])] == [process, process]


@pytest.mark.parametrize("seconds", [None, 0.2])
def test_a_system_that_cannot_watch_processes_by_descriptor_runs_tasks_too(
    node: Node, monkeypatch: pytest.MonkeyPatch, seconds: float | None
) -> None:
    monkeypatch.setattr("recipebatch.emulator.node_agent.process._HAS_PIDFD", False)
    rest = "exit 3" if seconds is None else "wait"
    end = node.run(f"/bin/sh -c 'sleep 600 & echo $!; {rest}'", seconds=seconds)
    assert end.exit_code == (3 if seconds is None else 128 + signal.SIGTERM)
    wait_until_gone(int(node.stdout()))
