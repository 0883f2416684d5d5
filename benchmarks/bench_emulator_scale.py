"""Measures how the emulator scales from 1,000 to 100,000 tasks; prints one JSON line.

    python benchmarks/bench_emulator_scale.py [TASKS]

The emulator runs in a process of its own, driven by plain signed requests. Floors are measured in the same run: for
adding tasks, parsing the same bodies and writing the same rows to SQLite with one commit for each; for trivial tasks,
the same program started by a bare asyncio loop, with a directory and two output files of its own, as many at once.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import http.client
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import recipebatch

TASKS = 100_000
FEW = 1_000
CHUNK = 100
CONNECTIONS = 4
ASKED = 40
TRIVIAL = 600
SLOTS = 4
IDLE_SECONDS = 10
VERSION = "api-version=2025-06-01"
CHILD = """
import sys, json
from pathlib import Path
from recipebatch.emulator import start_emulator
emulator = start_emulator(Path(sys.argv[1]))
print(json.dumps([emulator.endpoint, emulator.account_name, emulator.account_key.reveal()]), flush=True)
sys.stdin.read()
emulator.stop()
"""


class Connection:
    """A persistent connection with signed requests."""

    def __init__(self, endpoint: str, account: str, key: str) -> None:
        address = urlsplit(endpoint)
        self._connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
        self._account = account
        self._key = base64.b64decode(key)

    def __call__(self, method: str, path: str, body: bytes | None = None) -> Any:
        """Send a request; returns the JSON of the answer, or None. Raises if it failed."""
        path += f"{'&' if '?' in path else '?'}{VERSION}"
        date, kind = formatdate(usegmt=True), "" if body is None else "application/json; odata=minimalmetadata"
        length = "" if method == "GET" else str(len(body or b""))
        raw_path, _, query = path.partition("?")
        lines = [method, "", "", length, "", kind, *[""] * 6, f"ocp-date:{date}", f"/{self._account}{raw_path}"]
        lines += [f"{name}:{values[0]}" for name, values in sorted(parse_qs(query).items())]
        mac = hmac.digest(self._key, "\n".join(lines).encode(), hashlib.sha256)
        headers = {"ocp-date": date, "Authorization": f"SharedKey {self._account}:{base64.b64encode(mac).decode()}"}
        if body is not None:
            headers |= {"Content-Type": kind, "Content-Length": length}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        assert response.status < 300, content
        return json.loads(content) if content else None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def chunk(first: int, count: int) -> bytes:
    """The request body for adding that many tasks with a command line of typical length."""
    command = "/bin/sh -c 'python3 $AZ_BATCH_NODE_SHARED_DIR/work.py --input {} --output result.txt'"
    tasks = [{"id": f"task-{n:07d}", "commandLine": command.format(n)} for n in range(first, first + count)]
    return json.dumps({"value": tasks}).encode()


def add(account: list[str], job: str, count: int) -> float:
    """Seconds to add that many tasks over four connections."""
    bodies = [chunk(first, CHUNK) for first in range(0, count, CHUNK)]

    def send(mine: list[bytes]) -> None:
        connection = Connection(*account)
        for body in mine:
            results = connection("POST", f"/jobs/{job}/addtaskcollection", body)["value"]
            assert all(result["status"] == "Success" for result in results)
        connection.close()

    threads = [threading.Thread(target=send, args=(bodies[n::CONNECTIONS],)) for n in range(CONNECTIONS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun


def add_floor(folder: Path, count: int) -> float:
    """Seconds to parse the same bodies and write the same rows, with a commit for each body."""
    database = sqlite3.connect(folder / "floor.sqlite3", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE tasks (seq INTEGER PRIMARY KEY, id TEXT, spec TEXT)")
    bodies = [chunk(first, CHUNK) for first in range(0, count, CHUNK)]
    begun = time.perf_counter()
    for body in bodies:
        database.execute("BEGIN")
        for task in json.loads(body)["value"]:
            database.execute("INSERT INTO tasks (id, spec) VALUES (?, ?)", (task["id"], json.dumps(task)))
        database.execute("COMMIT")
    seconds = time.perf_counter() - begun
    database.close()
    return seconds


def asked(ask: Connection, path: str) -> float:
    """The median latency of a request in milliseconds."""
    times = []
    for _ in range(ASKED):
        begun = time.perf_counter()
        ask("GET", path)
        times.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(times), 2)


def queries(ask: Connection, job: str) -> dict[str, float]:
    """The latencies of queries that a client polling a job repeats."""
    # The filter has whole seconds: none of the tasks just added shall be among the changes.
    time.sleep(1)
    now = quote(f"stateTransitionTime gt DateTime'{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}'")
    running = quote("state eq 'running'")
    ask("GET", f"/jobs/{job}/tasks?maxresults=10")
    return {
        "task_counts": asked(ask, f"/jobs/{job}/taskcounts"),
        "changed_tasks": asked(ask, f"/jobs/{job}/tasks?$filter={now}&$select=id,state"),
        "running_tasks": asked(ask, f"/jobs/{job}/tasks?$filter={running}&$select=id"),
        "first_page_of_100": asked(ask, f"/jobs/{job}/tasks?maxresults=100&$select=id,state"),
    }


def memory(pid: int) -> float:
    """Resident memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise AssertionError(pid)


def processor(pid: int) -> float:
    """CPU seconds used by a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def bare(folder: Path, how_many: int, at_once: int) -> float:
    """Seconds for trivial processes without a service."""
    gate = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with gate:
            place = folder / str(number) / "wd"
            place.mkdir(parents=True)
            with (place.parent / "stdout.txt").open("wb") as out, (place.parent / "stderr.txt").open("wb") as err:
                process = await asyncio.create_subprocess_exec("/bin/true", cwd=place, stdout=out, stderr=err)
            await process.wait()

    begun = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(how_many)))
    return time.perf_counter() - begun


def trivial(ask: Connection) -> float:
    """Seconds for trivial tasks from the first request until the last has completed."""
    image = {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"}
    machine = {"imageReference": image, "nodeAgentSKUId": "batch.node.ubuntu 24.04"}
    pool = {"id": "p", "vmSize": "standard_d2", "virtualMachineConfiguration": machine}
    ask("POST", "/pools", json.dumps({**pool, "targetDedicatedNodes": 1, "taskSlotsPerNode": SLOTS}).encode())
    while [node["state"] for node in ask("GET", "/pools/p/nodes")["value"]] != ["idle"]:
        time.sleep(0.01)
    ask("POST", "/jobs", b'{"id":"trivial","poolInfo":{"poolId":"p"}}')
    begun = time.perf_counter()
    for first in range(0, TRIVIAL, CHUNK):
        tasks = [{"id": f"t{number}", "commandLine": "/bin/true"} for number in range(first, first + CHUNK)]
        ask("POST", "/jobs/trivial/addtaskcollection", json.dumps({"value": tasks}).encode())
    while ask("GET", "/jobs/trivial/taskcounts")["taskCounts"]["completed"] < TRIVIAL:
        time.sleep(0.01)
    return time.perf_counter() - begun


def main(tasks: int) -> None:
    """Start an emulator, measure, and stop it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(folder / "state")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        account = json.loads(process.stdout.readline())
        ask = Connection(*account)
        empty = memory(process.pid)
        for job in ("few", "many"):
            ask("POST", "/jobs", json.dumps({"id": job, "poolInfo": {"poolId": "none"}}).encode())
        add(account, "few", FEW)
        few = queries(ask, "few")
        # An idle connection is closed after a while.
        ask.close()
        seconds = add(account, "many", tasks)
        ask = Connection(*account)
        full = memory(process.pid)
        many = queries(ask, "many")
        service = trivial(ask)
        used = processor(process.pid)
        time.sleep(IDLE_SECONDS)
        idle = (processor(process.pid) - used) / IDLE_SECONDS
        ask.close()
        process.communicate()
        floor = asyncio.run(bare(folder / "bare", TRIVIAL, SLOTS))
        add_seconds = add_floor(folder, tasks)
    print(
        json.dumps(
            {
                "what": "the emulator's cost by number of tasks",
                "tasks": tasks,
                "add": {
                    "connections": CONNECTIONS,
                    "seconds": round(seconds, 1),
                    "per_second": round(tasks / seconds),
                    "floor_per_second": round(tasks / add_seconds),
                },
                "query_ms": {"few": few, "many": many, "ratio": {q: round(many[q] / few[q], 2) for q in few}},
                "memory_mib": {"empty": empty, "full": full, "bytes_per_task": round((full - empty) * 2**20 / tasks)},
                "trivial": {
                    "tasks": TRIVIAL,
                    "per_second": round(TRIVIAL / service, 1),
                    "bare_per_second": round(TRIVIAL / floor, 1),
                    "ratio_to_bare": round(floor / service, 2),
                },
                "idle_processor": round(idle, 4),
                "version": recipebatch.__version__,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TASKS)
