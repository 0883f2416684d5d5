"""A scenario that is run with every SDK; prints the observations as one JSON document.

    python story.py sdk_15|sdk_14

It is run by the Python of the SDK's environment; account, key and endpoint are in environment variables.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS = 120
MANY = 120  # more than one request takes
IMAGE = {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"}
POOL = {
    "id": "story",
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {"imageReference": IMAGE, "nodeAgentSKUId": "batch.node.ubuntu 24.04"},
    "targetDedicatedNodes": 1,
    "taskSlotsPerNode": 4,
    "startTask": {
        "commandLine": "/bin/sh -c 'echo started > $AZ_BATCH_NODE_SHARED_DIR/started'",
        "waitForSuccess": True,
    },
}
JOB = {
    "id": "story",
    "poolInfo": {"poolId": "story"},
    "usesTaskDependencies": True,
    "jobPreparationTask": {"commandLine": "/bin/sh -c 'echo prepared > $AZ_BATCH_NODE_SHARED_DIR/prepared'"},
    "jobReleaseTask": {"commandLine": "/bin/sh -c 'exit 3'"},
}
SATISFIED_BY_THREE = {
    "exitCodes": [{"code": 3, "exitOptions": {"dependencyAction": "satisfy"}}],
    "default": {"dependencyAction": "block"},
}
ONCE = "test -e $AZ_BATCH_NODE_SHARED_DIR/failed || { touch $AZ_BATCH_NODE_SHARED_DIR/failed; exit 1; }"
FIRST = "(cd $AZ_BATCH_NODE_SHARED_DIR && cat started prepared); mkdir deep; echo 123456789 > deep/digits"
TASKS: list[dict[str, Any]] = [
    {
        "id": "first",
        "commandLine": f"/bin/sh -c '{FIRST}'",
    },
    {"id": "second", "commandLine": "/bin/true", "dependsOn": {"taskIds": ["first"]}},
    {"id": "three", "commandLine": "/bin/sh -c 'exit 3'", "exitConditions": SATISFIED_BY_THREE},
    {"id": "afterthree", "commandLine": "/bin/true", "dependsOn": {"taskIds": ["three"]}},
    {"id": "four", "commandLine": "/bin/sh -c 'exit 4'", "exitConditions": SATISFIED_BY_THREE},
    {"id": "afterfour", "commandLine": "/bin/true", "dependsOn": {"taskIds": ["four"]}},
    {"id": "once", "commandLine": f"/bin/sh -c '{ONCE}'"},
    {"id": "long", "commandLine": "/bin/sleep 600"},
    {"id": "absent", "commandLine": "no-such-program"},
    *({"id": f"many{number}", "commandLine": "/bin/true"} for number in range(MANY)),
]


def until(look: Callable[[], Any]) -> Any:
    """Wait until `look` returns a true value, and return that."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"still nothing after {PATIENCE_SECONDS} s")
        time.sleep(0.1)
    return found


class Story:
    """The scenario with one SDK.

    Attributes:
        seen: the observations.
    """

    def __init__(self, sdk: Any, client: Any) -> None:
        self.seen: dict[str, Any] = {}
        self._sdk = sdk
        self._client = client

    def tell(self) -> None:
        self._pool()
        self._job()
        self._ends()
        self._files()
        self._again()
        self._end()

    def _refused(self, call: Callable[[], Any]) -> str:
        try:
            call()
        except self._sdk.Refused as error:
            return str(self._sdk.refusal(error))
        return "not refused"

    def _pool(self) -> None:
        self._client.add_pool(POOL)
        nodes = until(self._idle_nodes)
        pool = until(self._steady_pool)
        self.seen["pool"] = {
            name: pool[name] for name in ("state", "allocationState", "vmSize", "currentDedicatedNodes")
        }
        self.seen["start tasks"] = [node["startTaskInfo"]["exitCode"] for node in nodes]
        self.seen["a second pool of that id"] = self._refused(lambda: self._client.add_pool(POOL))

    def _steady_pool(self) -> dict[str, Any] | None:
        pool: dict[str, Any] = self._client.pool("story")
        return pool if pool["allocationState"] == "steady" else None

    def _idle_nodes(self) -> list[dict[str, Any]]:
        nodes = [node for node in self._client.nodes("story") if node["state"] == "idle"]
        return nodes if len(nodes) == POOL["targetDedicatedNodes"] else []

    def _job(self) -> None:
        self._client.add_job(JOB)
        self._client.add_tasks("story", TASKS)
        self.seen["a second task of that id"] = self._refused(lambda: self._client.add_task("story", TASKS[0]))
        self.seen["a task without a job"] = self._refused(lambda: self._client.add_task("nowhere", TASKS[0]))

    def _ends(self) -> None:
        # All except the blocked one and the long one.
        until(lambda: self._client.counts("story")["completed"] == len(TASKS) - 2)
        self.seen["counts"] = {
            name: self._client.counts("story")[name]
            for name in ("active", "running", "completed", "succeeded", "failed")
        }
        for task in ("first", "second", "three", "afterthree", "four", "afterfour", "absent"):
            self.seen[task] = self._outcome(task)
        first, second = (self._client.task("story", task)["executionInfo"] for task in ("first", "second"))
        self.seen["second began after first"] = second["startTime"] >= first["endTime"]
        failed = self._client.tasks("story", wanted="executionInfo/result eq 'failure'", at_once=2)
        self.seen["failed, two at a time"] = sorted(task["id"] for task in failed)

    def _outcome(self, task: str) -> list[Any]:
        seen = self._client.task("story", task)
        info = seen.get("executionInfo", {})
        failure = info.get("failureInfo", {})
        return [seen["state"], info.get("exitCode"), info.get("result"), failure.get("code")]

    def _files(self) -> None:
        def read(span: str | None = None) -> str:
            return b"".join(self._client.read("story", "first", "wd/deep/digits", span=span)).decode()

        self.seen["files"] = sorted(self._client.files("story", "first"))
        self.seen["stdout"] = b"".join(self._client.read("story", "first", "stdout.txt")).decode()
        self.seen["whole and part"] = [read(), read("bytes=2-4")]
        self.seen["properties"] = self._client.file_facts("story", "first", "wd/deep/digits")
        self.seen["a missing file"] = self._refused(lambda: self._client.file_facts("story", "first", "nowhere"))

    def _again(self) -> None:
        before = self._outcome("once")
        self._client.reactivate("story", "once")
        until(lambda: self._outcome("once")[2] == "success")
        self.seen["reactivated"] = [before, self._outcome("once")]
        self.seen["a task that succeeded"] = self._refused(lambda: self._client.reactivate("story", "second"))
        self._client.terminate("story", "long")
        until(lambda: self._outcome("long")[0] == "completed")
        self.seen["terminated"] = self._outcome("long")

    def _end(self) -> None:
        self._client.terminate_job("story", "enough")
        until(lambda: self._client.job("story")["state"] == "completed")
        self.seen["job"] = self._client.job("story")["executionInfo"]["terminateReason"]
        self.seen["blocked"] = self._outcome("afterfour")
        statuses = self._client.preparations("story")
        self.seen["preparation and release"] = sorted(
            [
                status["jobPreparationTaskExecutionInfo"]["state"],
                status["jobPreparationTaskExecutionInfo"]["exitCode"],
                status["jobReleaseTaskExecutionInfo"]["state"],
                status["jobReleaseTaskExecutionInfo"]["exitCode"],
            ]
            for status in statuses
        )
        self._client.delete_job("story")
        until(lambda: self._refused(lambda: self._client.job("story")) != "not refused")
        self.seen["deleted job"] = self._refused(lambda: self._client.job("story"))
        self._client.delete_pool("story")
        until(lambda: self._refused(lambda: self._client.pool("story")) != "not refused")
        self.seen["deleted pool"] = self._refused(lambda: self._client.pool("story"))


def main() -> None:
    """Run the scenario on the account in the environment variables."""
    sdk = importlib.import_module(sys.argv[1])
    names = ("AZURE_BATCH_ENDPOINT", "AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ACCESS_KEY")
    client = sdk.Client(*(os.environ[name] for name in names))
    story = Story(sdk, client)
    try:
        story.tell()
    finally:
        client.close()
    print(json.dumps(story.seen, indent=1))


if __name__ == "__main__":
    main()
