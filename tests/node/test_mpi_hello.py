"""The hello of several nodes, each a process with the variables that Batch gives it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

SCRIPT = Path(__file__).resolve().parents[2] / "node" / "mpi_hello.py"
NO_PROGRAMS = {"PATH": os.devnull}
MPIRUN = """#!/bin/sh
case "$1" in --version) echo "mpirun (Open MPI) 4.1.4"; exit ;; esac
echo "$@" > "$(dirname "$0")/arguments"
for rank in 1 0; do OMPI_COMM_WORLD_RANK=$rank OMPI_COMM_WORLD_SIZE=2 "{python}" "{script}" rank; done
exit {code}
"""


@pytest.fixture
def environ() -> dict[str, str]:
    """Two nodes with a free port on the first."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return {
        **os.environ,
        "AZ_BATCH_MASTER_NODE": f"127.0.0.1:{port}",
        "AZ_BATCH_HOST_LIST": "127.0.0.1,127.0.0.2",
        "AZ_BATCH_NODE_ID": "node-b",
    }


def call(environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def greeted(environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The task's command after the coordination command on both nodes."""
    for node in ("node-a", "node-b"):
        assert call({**environ, "AZ_BATCH_NODE_ID": node}, "greet").returncode == 0
    return call(environ, "run", *arguments)


def launcher(folder: Path, code: int = 0) -> dict[str, str]:
    """A program in the place of mpirun."""
    program = folder / "mpirun"
    program.write_text(MPIRUN.format(python=sys.executable, script=SCRIPT, code=code))
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def test_both_nodes_greet_the_primary_which_comes_first(environ: dict[str, str]) -> None:
    hello = json.loads(greeted(environ, "--launcher", "sockets").stdout)
    assert hello == {
        "nodes": ["node-b", "node-a"],
        "launcher": "sockets",
        "ranks": [{"rank": 0, "size": 2, "host": "node-b"}, {"rank": 1, "size": 2, "host": "node-a"}],
    }


def test_without_mpirun_the_nodes_are_numbered_and_stderr_says_so(environ: dict[str, str]) -> None:
    done = greeted({**environ, **NO_PROGRAMS})
    assert json.loads(done.stdout)["launcher"] == "sockets"
    assert done.stderr == "mpi_hello.py: mpirun is not installed; numbering the nodes without it\n"


def test_launcher_mpirun_fails_without_mpirun(environ: dict[str, str]) -> None:
    done = greeted({**environ, **NO_PROGRAMS}, "--launcher", "mpirun")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "mpi_hello.py: mpirun is not installed\n")


def test_a_node_that_says_nothing_fails_the_task_with_the_names_of_the_others(environ: dict[str, str]) -> None:
    assert call(environ, "greet").returncode == 0
    done = call(environ, "run", "--wait", "2")
    assert done.returncode == 1
    assert done.stderr == "mpi_hello.py: only 1 of 2 nodes said hello: node-b\n"


def test_mpirun_starts_one_rank_on_each_host(environ: dict[str, str], tmp_path: Path) -> None:
    hello = json.loads(greeted({**environ, **launcher(tmp_path)}).stdout)
    assert hello["launcher"] == "mpirun"
    assert [found["rank"] for found in hello["ranks"]] == [0, 1]
    assert (tmp_path / "arguments").read_text().startswith("-np 2 --host 127.0.0.1:1,127.0.0.2:1 --map-by node ")


def test_an_mpirun_that_fails_is_told_and_done_without(environ: dict[str, str], tmp_path: Path) -> None:
    done = greeted({**environ, **launcher(tmp_path, 7)})
    assert json.loads(done.stdout)["launcher"] == "sockets"
    assert "mpirun ended with exit code 7" in done.stderr


def test_a_rank_that_no_launcher_started_is_an_error() -> None:
    done = call({"PATH": os.devnull}, "rank")
    assert (done.returncode, done.stderr) == (1, "mpi_hello.py: this process was not started by an MPI launcher\n")
