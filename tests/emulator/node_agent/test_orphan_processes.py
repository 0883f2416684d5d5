from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent import kill_orphan_processes

if TYPE_CHECKING:
    from pathlib import Path


def test_a_process_that_left_its_group_is_found_and_ended(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "AZ_BATCH_TASK_DIR": str(tmp_path / "node" / "task")}
    command = ["/bin/sh", "-c", "setsid /bin/sh -c 'echo ready; exec sleep 600' & wait"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == b"ready\n"
        assert kill_orphan_processes(tmp_path / "node") == 2
        assert shell.wait() == -9
        assert shell.stdout.read() == b"", "the other process holds the pipe open until it has ended"
    assert kill_orphan_processes(tmp_path / "node") == 0


def test_processes_of_other_nodes_are_left_alone(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "AZ_BATCH_TASK_DIR": str(tmp_path / "node-2" / "task")}
    with subprocess.Popen(["/bin/sleep", "600"], env=environment) as other:
        assert kill_orphan_processes(tmp_path / "node") == 0
        assert other.poll() is None
        assert kill_orphan_processes(tmp_path) == 1
