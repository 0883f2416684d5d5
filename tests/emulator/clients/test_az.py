"""`az batch`, the published Azure CLI, in its own virtual environment; the key is passed only in its environment.

The first command is run by the program `az` itself, the others by `warm_az.py`, which imports the Azure CLI once.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emulator.clients.environments import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.emulator import Emulator

JOB = {
    "id": "j",
    "poolInfo": {"poolId": "p"},
    "jobPreparationTask": {"commandLine": "/bin/sh -c 'echo prepared'"},
    "jobReleaseTask": {"commandLine": "/bin/sh -c 'exit 3'"},
}
TASKS = [{"id": f"t{number}", "commandLine": f"/bin/sh -c 'echo hello {number}'"} for number in range(250)]
SCHEDULE = {
    "id": "s",
    "schedule": {"recurrenceInterval": "PT1H"},
    "jobSpecification": {"poolInfo": {"poolId": "p"}},
}


@dataclass(frozen=True)
class Az:
    """The command on one account."""

    folder: Path
    warm: subprocess.Popen[str]

    def __call__(self, *arguments: str, fails: bool = False) -> Any:
        """The output of `az batch …`; with `fails`, its stderr."""
        assert self.warm.stdin is not None
        assert self.warm.stdout is not None
        self.warm.stdin.write(json.dumps(["batch", *arguments, "--output", "json"]) + "\n")
        self.warm.stdin.flush()
        done = json.loads(self.warm.stdout.readline())
        assert (done["code"] != 0) is fails, done["stderr"]
        if fails:
            return done["stderr"]
        return json.loads(done["stdout"]) if done["stdout"].strip() else None

    def file(self, name: str, body: Any) -> str:
        """A file for `--json-file`."""
        (self.folder / name).write_text(json.dumps(body))
        return name

    def until(self, look: Callable[[], Any]) -> Any:
        """Wait until `look` returns a true value, and return that."""
        deadline = time.monotonic() + 120
        while not (found := look()):
            assert time.monotonic() < deadline
        return found


@pytest.fixture(scope="module")
def programs(pytestconfig: pytest.Config) -> Path:
    return environment(pytestconfig.cache.mkdir("clients"), "azure-cli", alone=["azure-cli-alone"])


@pytest.fixture
def surroundings(emulator: Emulator, tmp_path: Path) -> dict[str, str]:
    """The environment of `az` on a new account."""
    account = emulator.new_account()
    return {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "AZURE_CONFIG_DIR": str(tmp_path / "azure"),
        "AZURE_CORE_COLLECT_TELEMETRY": "no",
        "AZURE_BATCH_ENDPOINT": emulator.endpoint,
        "AZURE_BATCH_ACCOUNT": account.name,
        "AZURE_BATCH_ACCESS_KEY": account.key.reveal(),
    }


@pytest.fixture
def az(programs: Path, surroundings: dict[str, str], tmp_path: Path) -> Iterator[Az]:
    command = [str(programs / "python"), "-P", str(Path(__file__).with_name("warm_az.py"))]
    with subprocess.Popen(
        command, cwd=tmp_path, env=surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as warm:
        yield Az(tmp_path, warm)


def test_the_program_az_reads_the_account_from_its_environment(
    programs: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [str(programs / "az"), "batch", "pool", "list", "--output", "json"],
        cwd=tmp_path,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)) == (0, []), done.stderr


def test_az_batch_works_through_the_life_of_a_pool_and_its_jobs(az: Az) -> None:
    image = ("--image", "canonical:ubuntu-24_04-lts:server", "--node-agent-sku-id", "batch.node.ubuntu 24.04")
    az("pool", "create", "--id", "p", "--vm-size", "standard_d2s_v3", "--target-dedicated-nodes", "1", *image)
    assert "(PoolExists)" in az("pool", "create", "--id", "p", "--vm-size", "standard_d2s_v3", *image, fails=True)
    assert [pool["id"] for pool in az("pool", "list")] == ["p"]
    pool = az.until(lambda: _steady(az))
    assert (pool["vmSize"], pool["currentDedicatedNodes"], pool["taskSchedulingPolicy"]) == (
        "standard_d2s_v3",
        1,
        {"nodeFillType": "Spread"},
    )
    _resize(az)
    node = az("node", "list", "--pool-id", "p")[0]["id"]
    assert [file["name"] for file in az("node", "file", "list", "--pool-id", "p", "--node-id", node)] == [
        "applications",
        "fsmounts",
        "shared",
        "startup",
        "volatile",
        "workitems",
    ]
    _job(az)
    _tasks(az)
    _schedule(az)
    _end(az)


def _steady(az: Az) -> Any:
    pool = az("pool", "show", "--pool-id", "p")
    return pool if pool["allocationState"] == "steady" else None


def _resize(az: Az) -> None:
    az("pool", "resize", "--pool-id", "p", "--target-dedicated-nodes", "2")
    assert az.until(lambda: _steady(az))["currentDedicatedNodes"] == 2


def _job(az: Az) -> None:
    az("job", "create", "--json-file", az.file("job.json", JOB))
    assert [job["id"] for job in az("job", "list")] == ["j"]
    az("job", "disable", "--job-id", "j", "--disable-tasks", "requeue")
    az.until(lambda: az("job", "show", "--job-id", "j", "--query", "state") == "disabled")
    az("job", "enable", "--job-id", "j")
    assert az("job", "show", "--job-id", "j", "--query", "state") == "active"


def _tasks(az: Az) -> None:
    assert len(az("task", "create", "--job-id", "j", "--json-file", az.file("tasks.json", TASKS))) == 250
    counts = az.until(
        lambda: az("job", "task-counts", "show", "--job-id", "j", "--query", "taskCounts.succeeded") == len(TASKS)
    )
    assert counts
    in_task = ("--job-id", "j", "--task-id", "t7")
    assert az("task", "show", *in_task, "--query", "[state, executionInfo.exitCode]") == ["completed", 0]
    files = az("task", "file", "list", *in_task)
    assert [(file["name"], file["isDirectory"]) for file in files] == [
        ("stderr.txt", False),
        ("stdout.txt", False),
        ("wd", True),
    ]
    # Content lengths are text in the REST API, and az shows them as text.
    assert files[1]["properties"]["contentLength"] == "8"
    download = ("task", "file", "download", *in_task, "--file-path", "stdout.txt", "--destination")
    az(*download, str(az.folder / "whole.txt"))
    az(*download, str(az.folder / "part.txt"), "--start-range", "2", "--end-range", "6")
    assert (az.folder / "whole.txt").read_text() == "hello 7\n"
    assert (az.folder / "part.txt").read_text() == "llo 7"
    # The SDK inside az adds 100 at a time; all of them are there, each once.
    assert len({task["id"] for task in az("task", "list", "--job-id", "j")}) == 250


def _schedule(az: Az) -> None:
    az("job-schedule", "create", "--json-file", az.file("schedule.json", SCHEDULE))
    assert [(each["id"], each["state"]) for each in az("job-schedule", "list")] == [("s", "active")]
    az.until(lambda: [job["id"] for job in az("job", "list", "--job-schedule-id", "s")] == ["s:job-1"])
    az("job-schedule", "delete", "--job-schedule-id", "s", "--yes")


def _released(az: Az) -> list[Any]:
    statuses: list[Any] = az("job", "prep-release-status", "list", "--job-id", "j")
    ended = (status.get("jobReleaseTaskExecutionInfo", {}).get("state") == "completed" for status in statuses)
    return statuses if statuses and all(ended) else []


def _end(az: Az) -> None:
    az("job", "stop", "--job-id", "j")
    reason = az.until(lambda: az("job", "show", "--job-id", "j", "--query", "executionInfo.terminateReason"))
    assert reason == "UserTerminate"
    # Nodes that ran a task of the job run its preparation and release tasks.
    statuses = az.until(lambda: _released(az))
    for status in statuses:
        assert status["jobPreparationTaskExecutionInfo"]["exitCode"] == 0
        assert status["jobReleaseTaskExecutionInfo"]["exitCode"] == 3
    az("job", "delete", "--job-id", "j", "--yes")
    az("pool", "delete", "--pool-id", "p", "--yes")
    az.until(lambda: az("pool", "list") == [])
    assert "(PoolNotFound)" in az("pool", "show", "--pool-id", "p", fails=True)
