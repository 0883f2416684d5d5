from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace

from recipebatch.local.daemon.processes import identity_of, is_running, terminate, wait_until_ended

IGNORES = "trap '' TERM; echo ready; while :; do sleep 600; done"


def test_a_process_has_one_identity_as_long_as_it_runs() -> None:
    identity = identity_of(os.getpid())
    assert identity is not None
    assert identity == identity_of(os.getpid())
    assert is_running(identity)


def test_a_process_with_the_same_id_and_another_start_is_another_process() -> None:
    identity = identity_of(os.getpid())
    assert identity is not None
    assert not is_running(replace(identity, started="0@earlier"))


def test_a_zombie_does_not_run() -> None:
    with subprocess.Popen(["/bin/sleep", "600"]) as process:
        identity = identity_of(process.pid)
        assert identity is not None
        os.kill(process.pid, signal.SIGKILL)
        assert wait_until_ended(identity, timeout=30)
        assert identity_of(process.pid) is None


def test_a_process_that_runs_on_is_reported() -> None:
    identity = identity_of(os.getpid())
    assert identity is not None
    assert not wait_until_ended(identity, timeout=0)


def test_a_process_that_ends_on_sigterm_is_not_killed() -> None:
    with subprocess.Popen(["/bin/sleep", "600"]) as process:
        identity = identity_of(process.pid)
        assert identity is not None
        assert terminate(identity, timeout=30) is False
        assert process.wait() == -signal.SIGTERM


def test_a_process_that_ignores_sigterm_is_killed() -> None:
    with subprocess.Popen(["/bin/sh", "-c", IGNORES], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        identity = identity_of(process.pid)
        assert identity is not None
        assert terminate(identity, timeout=0.05) is True
        assert process.wait() == -signal.SIGKILL
        os.killpg(process.pid, signal.SIGKILL)


def test_a_process_that_has_ended_needs_no_signal() -> None:
    with subprocess.Popen(["/bin/sleep", "600"]) as process:
        identity = identity_of(process.pid)
        process.kill()
    assert identity is not None
    assert terminate(identity, timeout=0) is False
