"""The coordination commands of a multi-instance task: one process per node, run before the task's own command.

Processes that a coordination command starts in the background, such as a service used by the instances, run until
the whole task has ended. Source: "Use multi-instance tasks to run Message Passing Interface (MPI) applications".
"""

from __future__ import annotations

import os
import signal
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent import failures, process
from recipebatch.emulator.node_agent.files import make_task_directory, resource_files
from recipebatch.emulator.node_agent.http_client import Stop
from recipebatch.emulator.node_agent.task_processes import PROCESSES
from recipebatch.emulator.node_agent.threads import StalledError, in_thread

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path

    from recipebatch.emulator.node_agent.model import Failure, ResourceFile, TaskRun

REMOTE_SHELL = """#!/bin/sh
# Stands in for ssh: all nodes are directories of this machine, so a command for any node runs here.
while [ "${1#-}" != "$1" ]; do
    case "$1" in -l | -p | -o | -i | -F) shift ;; esac
    shift
done
shift
exec /bin/sh -c "$*"
"""


class Coordination:
    """The coordination command of one instance."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    async def run(self, task: TaskRun) -> tuple[int | None, Failure | None]:
        """Run the command; returns its exit code, if a process was started, and its failure, if any.

        Raises:
            CancelledError: the caller was cancelled; `close` ends the process.
        """
        try:
            working = make_task_directory(self._directory)
            arguments = process.split_command_line(task.command_line)
            self._process = process.start(
                arguments, environment=task.environment, directory=self._directory, working=working
            )
        except FileNotFoundError:
            return None, failures.program_not_found()
        except (OSError, ValueError) as error:
            return None, failures.not_launched(task.command_line, error)
        code = await _exit_code(self._process)
        return code, failures.exit_code_not_zero() if code else None

    async def close(self) -> None:
        """Kill its remaining processes, including those outside its process group."""
        if self._process is None:
            return
        process.signal_group(self._process.pid, signal.SIGKILL)
        await process.reap(self._process)
        await PROCESSES.end_of(self._directory)


async def download_common_files(files: Sequence[ResourceFile], directory: Path) -> Failure | None:
    """Download the common resource files into the shared directory; None on success."""
    try:
        make_task_directory(directory)
    except OSError as error:
        return failures.no_directory(error)
    if files:
        stop = Stop()
        try:
            await in_thread(partial(resource_files.download, tuple(files), directory, stop), stop=stop)
        except resource_files.DownloadError as error:
            return error.failure
        except StalledError as error:
            return failures.download_stalled(error)
    return None


def make_remote_shell(directory: Path) -> Path:
    """Write the program that MPI launchers use instead of ssh, unless it exists; returns its path."""
    path = directory / "remote-shell"
    if not path.exists():
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(REMOTE_SHELL, encoding="utf-8")
        temporary.chmod(0o755)
        temporary.replace(path)
    return path


def launcher_variables(remote_shell: Path) -> dict[str, str]:
    """The variables by which Open MPI (4 and 5), MPICH and Intel MPI find the program that starts remote processes."""
    shell = str(remote_shell)
    found = {
        "OMPI_MCA_plm_rsh_agent": shell,
        "PRTE_MCA_plm_ssh_agent": shell,
        "HYDRA_LAUNCHER_EXEC": shell,
        "I_MPI_HYDRA_BOOTSTRAP_EXEC": shell,
    }
    if os.geteuid() == 0:
        # A node of Azure runs tasks as an ordinary user; where this one runs as root Open MPI would refuse to start.
        found |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return found


async def _exit_code(started: subprocess.Popen[bytes]) -> int:
    """Wait for a process without reaping it where the system can: its group is killed later, by its id."""
    await process.ended(started)
    return _read_exit_code(started)


def _read_exit_code(started: subprocess.Popen[bytes]) -> int:
    if hasattr(os, "waitid"):
        status = os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)
        assert status is not None  # noqa: S101  it is None with WNOHANG alone
        return status.si_status if status.si_code == os.CLD_EXITED else 128 + status.si_status
    code = started.wait()
    return code if code >= 0 else 128 - code
