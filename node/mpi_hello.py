"""Says hello from every node of a multi-instance task and from every rank that MPI starts on them.

    mpi_hello.py greet
    mpi_hello.py run [--launcher auto|mpirun|sockets] [--wait SECONDS]
    mpi_hello.py rank

`greet` is the coordination command: on each node it starts a background process that sends the id of its node to the
primary node over a socket. `run` is the task's command, on the primary: it waits for the message of every node, starts
one rank on each with `mpirun`, and writes JSON to stdout:

    {"nodes": [...], "launcher": "mpirun" or "sockets", "ranks": [{"rank": 0, "size": 2, "host": "..."}, ...]}

The messages prove that all nodes take part and can connect to each other. The ranks are those of MPI if `mpirun` is
available. With `auto`, if there is no `mpirun` or it cannot start processes on the other nodes (it may need SSH without
a password), the nodes are numbered in order, `launcher` is `sockets`, and the reason is written to stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

PAUSE = 0.1
CONNECT_TIMEOUT = 5
LAUNCH_TIMEOUT = 120
# Open MPI, then MPICH and Intel MPI.
RANK_VARIABLES = (("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE"))


class HelloError(Exception):
    """A node or rank did not say hello."""


def primary() -> tuple[str, int]:
    """Address and port of the primary node, from the environment that Batch sets on every node."""
    host, _, port = os.environ["AZ_BATCH_MASTER_NODE"].rpartition(":")
    return host, int(port)


def greet(wait: float) -> None:
    """Start a background process that sends a message to the primary as soon as the primary listens."""
    subprocess.Popen(
        [sys.executable, __file__, "send", "--wait", str(wait)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def send(wait: float) -> None:
    """Send this node's id to the primary, which listens after all coordination commands have ended."""
    end = time.monotonic() + wait
    while True:
        try:
            with socket.create_connection(primary(), CONNECT_TIMEOUT) as connection:
                connection.sendall(os.environ["AZ_BATCH_NODE_ID"].encode() + b"\n")
                connection.settimeout(CONNECT_TIMEOUT)
                if connection.recv(1):
                    return
        except OSError:
            pass
        if time.monotonic() > end:
            raise HelloError("the primary node does not respond")
        time.sleep(PAUSE)


def receive(count: int, wait: float) -> list[str]:
    """Wait for `count` nodes; returns their ids, the primary's first."""
    own = os.environ["AZ_BATCH_NODE_ID"]
    seen: set[str] = set()
    end = time.monotonic() + wait
    with socket.create_server(primary(), backlog=count) as server:
        while len(seen) < count:
            server.settimeout(max(PAUSE, end - time.monotonic()))
            try:
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(CONNECT_TIMEOUT)
                    seen.add(connection.makefile("r", encoding="utf-8").readline().strip())
                    connection.sendall(b"\n")
            except OSError:
                pass
            if len(seen) < count and time.monotonic() > end:
                raise HelloError(f"only {len(seen)} of {count} nodes said hello: {', '.join(sorted(seen)) or 'none'}")
    return sorted(seen, key=lambda node: (node != own, node))


def rank() -> dict[str, object]:
    """The rank of this process among those that mpirun started."""
    for number, size in RANK_VARIABLES:
        if number in os.environ:
            found = {"rank": int(os.environ[number]), "size": int(os.environ[size])}
            return {**found, "host": socket.gethostname()}
    raise HelloError("this process was not started by an MPI launcher")


def output_of(command: list[str]) -> str:
    """The stdout of a program; raises an error if the program fails."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=LAUNCH_TIMEOUT).stdout


def mpirun(hosts: list[str]) -> list[dict[str, object]]:
    """Start one rank on each host with mpirun; returns the ranks."""
    program = shutil.which("mpirun")
    if program is None:
        raise HelloError("mpirun is not installed")
    try:
        if "Open MPI" in output_of([program, "--version"]):
            places = ["--host", ",".join(f"{host}:1" for host in hosts), "--map-by", "node"]
        else:
            places = ["-hosts", ",".join(hosts), "-ppn", "1"]
        command = [program, "-np", str(len(hosts)), *places, sys.executable, str(Path(__file__).resolve()), "rank"]
        lines = output_of(command).splitlines()
    except subprocess.CalledProcessError as error:
        raise HelloError(f"mpirun ended with exit code {error.returncode}: {error.stderr.strip()}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HelloError(f"mpirun cannot be used: {error}") from None
    ranks = [json.loads(line) for line in lines if line.startswith("{")]
    if len(ranks) != len(hosts):
        raise HelloError(f"mpirun started {len(ranks)} of {len(hosts)} ranks")
    return sorted(ranks, key=lambda found: int(found["rank"]))


def run(launcher: str, wait: float) -> dict[str, object]:
    """Wait for every node, then start the ranks."""
    hosts = os.environ["AZ_BATCH_HOST_LIST"].split(",")
    nodes = receive(len(hosts), wait)
    if launcher != "sockets":
        try:
            return {"nodes": nodes, "launcher": "mpirun", "ranks": mpirun(hosts)}
        except HelloError as error:
            if launcher == "mpirun":
                raise
            print(f"mpi_hello.py: {error}; numbering the nodes without it", file=sys.stderr)
    ranks = [{"rank": number, "size": len(nodes), "host": node} for number, node in enumerate(nodes)]
    return {"nodes": nodes, "launcher": "sockets", "ranks": ranks}


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("greet", "send", "run", "rank"))
    parser.add_argument("--launcher", choices=("auto", "mpirun", "sockets"), default="auto")
    parser.add_argument("--wait", type=float, default=120, help="seconds to wait for every node")
    options = parser.parse_args()
    try:
        if options.verb == "greet":
            greet(options.wait)
        elif options.verb == "send":
            send(options.wait)
        else:
            print(json.dumps(rank() if options.verb == "rank" else run(options.launcher, options.wait)))
    except HelloError as error:
        print(f"mpi_hello.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
