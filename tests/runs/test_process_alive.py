from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from recipebatch.runs.process_alive import is_alive, is_dead, this_process


def test_this_process_is_alive_and_not_dead() -> None:
    assert is_alive(os.getpid())
    assert not is_dead(this_process())


def test_a_process_that_ended_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert not is_alive(child.pid)
    assert is_dead(replace(this_process(), pid=child.pid))


@pytest.mark.parametrize("changed", [{"boot": "another"}, {"namespace": "pid:[1]"}, {"boot": ""}, {"namespace": ""}])
def test_a_process_that_cannot_be_seen_from_here_may_live(changed: dict[str, str]) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert not is_dead(replace(this_process(), pid=child.pid, **changed))


@pytest.mark.skipif(sys.platform != "linux", reason="the start time of a process is read from /proc")
def test_a_process_that_has_the_id_of_an_older_one_is_another_one() -> None:
    assert this_process().started.isdecimal()
    assert is_dead(replace(this_process(), started="1"))
    assert not is_dead(replace(this_process(), started=""))


@pytest.mark.parametrize("pid", [0, -1, 10**30])
def test_an_id_that_no_process_has_is_never_dead(pid: int) -> None:
    assert is_alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="PID namespaces are of Linux")
def test_a_holder_in_another_pid_namespace_is_not_seen_as_dead() -> None:
    code = "from recipebatch.runs.process_alive import this_process as t; i = t(); print(i.pid, i.namespace, sep='|')"
    unshared = ["unshare", "--user", "--map-root-user", "--pid", "--fork", sys.executable, "-c", code]
    try:
        done = subprocess.run(unshared, capture_output=True, text=True, check=False, timeout=60)
    except FileNotFoundError:
        return
    if done.returncode:
        return  # a container that may not make namespaces
    pid, _, namespace = done.stdout.strip().partition("|")
    assert namespace != this_process().namespace
    assert not is_dead(replace(this_process(), pid=int(pid), namespace=namespace, started="1"))
