from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import psutil

from recipebatch.emulator.node_agent.coordination import Coordination, launcher_variables, make_remote_shell
from recipebatch.emulator.node_agent.model import Failure, TaskRun

if TYPE_CHECKING:
    from pathlib import Path


def coordinate(directory: Path, command_line: str) -> tuple[int | None, Failure | None]:
    async def story() -> tuple[int | None, Failure | None]:
        coordination = Coordination(directory)
        environment = {"PATH": "/usr/bin:/bin", "AZ_BATCH_TASK_DIR": str(directory)}
        try:
            return await coordination.run(
                TaskRun(directory=directory, command_line=command_line, environment=environment)
            )
        finally:
            await coordination.close()

    return asyncio.run(story())


def test_a_coordination_command_that_ends_with_0_succeeds(tmp_path: Path) -> None:
    assert coordinate(tmp_path / "task", "/bin/sh -c 'echo here > file'") == (0, None)
    assert (tmp_path / "task" / "wd" / "file").read_text("utf-8") == "here\n"


def test_another_exit_code_is_a_failure(tmp_path: Path) -> None:
    code, failure = coordinate(tmp_path, "/bin/sh -c 'exit 3'")
    assert code == 3
    assert failure is not None
    assert failure.code == "FailureExitCode"


def test_a_command_that_a_signal_ends_has_the_exit_code_of_a_shell(tmp_path: Path) -> None:
    assert coordinate(tmp_path, "/bin/sh -c 'kill -9 $$'")[0] == 128 + signal.SIGKILL


def test_a_command_that_cannot_be_started_has_no_exit_code(tmp_path: Path) -> None:
    code, failure = coordinate(tmp_path, "no-such-program")
    assert code is None
    assert failure is not None
    assert failure.code == "CommandProgramNotFound"
    code, failure = coordinate(tmp_path, "'not closed")
    assert code is None
    assert failure is not None
    assert failure.code == "CommandLaunchFailed"


def test_what_it_left_running_ends_with_the_task(tmp_path: Path) -> None:
    line = "/bin/sh -c 'setsid sleep 600 & sleep 600 & echo $! > pid'"
    assert coordinate(tmp_path, line) == (0, None)
    assert not [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and environment(process).get("AZ_BATCH_TASK_DIR") == str(tmp_path)
    ]


def environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:
        return {}


def test_the_remote_shell_runs_the_command_here(tmp_path: Path) -> None:
    shell = make_remote_shell(tmp_path)
    assert make_remote_shell(tmp_path) == shell
    answer = subprocess.run(
        [shell, "-x", "-l", "user", "-p", "22", "10.0.0.4", "echo", "$((1 + 1))", "|", "cat"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "2\n"


def test_launchers_get_the_remote_shell_in_their_own_variables(tmp_path: Path) -> None:
    variables = launcher_variables(tmp_path / "remote-shell")
    assert {
        "OMPI_MCA_plm_rsh_agent",
        "PRTE_MCA_plm_ssh_agent",
        "HYDRA_LAUNCHER_EXEC",
        "I_MPI_HYDRA_BOOTSTRAP_EXEC",
    } <= {name for name, value in variables.items() if value == str(tmp_path / "remote-shell")}
    assert ("OMPI_ALLOW_RUN_AS_ROOT" in variables) is (os.geteuid() == 0)
