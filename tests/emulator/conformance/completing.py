"""Parts that the recorders omitted and that are needed to replay a scenario.

The recorder of the Java tests stored no request bodies. The bodies below are reconstructed from the following answers:
names, command lines and values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_REDIRECT = 300
_SLOW_SECONDS = 600
_STORE = "https://sdkteststore2.blob.core.windows.net/testaddtask"
_ON_LINUX = {"poolInfo": {"poolId": "BatchUser-testIaaSpool"}}
_BODIES: dict[str, dict[int, dict[str, Any]]] = {
    "canUpdateJobState": {
        0: {"id": "BatchUser-Job-CanUpdateState", "poolInfo": {"poolId": "BatchUser-testpool"}},
        2: {"disableTasks": "requeue"},
        5: {"onAllTasksComplete": "terminatejob"},
        9: {"terminateReason": "myreason"},
    },
    "canCRUDTest": {
        0: {"id": "BatchUser-canCRUDTest", **_ON_LINUX},
        1: {
            "id": "mytask",
            "commandLine": "/bin/bash -c 'set -e; set -o pipefail; cat test.txt'",
            "resourceFiles": [{"httpUrl": f"{_STORE}/test.txt?sig=REDACTED", "filePath": "test.txt"}],
        },
        3: {"constraints": {"maxTaskRetryCount": 5}},
        10: {"containerUrl": f"{_STORE}?sig=REDACTED", "startTime": "2020-04-21T16:00:00Z"},
    },
    "failIfPoisonTaskTooLarge": {
        0: {"id": "BatchUser-failIfPoisonTaskTooLarge", **_ON_LINUX},
        1: {
            "value": [
                {
                    "id": "mypoisontask",
                    "commandLine": "cmd /c echo hello",
                    "resourceFiles": [
                        {
                            "httpUrl": f"https://mystorageaccount.blob.core.windows.net/files/resourceFile{number}",
                            "filePath": f"resourceFile{number}",
                        }
                        for number in range(10_000)
                    ],
                }
            ]
        },
    },
    "testGetTaskCounts": {0: {"id": "BatchUser-testGetTaskCounts", **_ON_LINUX}},
    "testAddMultiTasks": {0: {"id": "BatchUser-testAddMultiTasks", "poolInfo": {"poolId": "BatchUser-testpool"}}},
}
OLDER = frozenset(_BODIES)
"""Scenarios that are replayed although they were recorded before 2022."""
_BLOBS = {"canCRUDTest": {"testaddtask/test.txt": "This is an example"}}
_UNRECORDED = {
    ("python/test_batch_jobs_sync", 6): {
        "method": "POST",
        "path": "/jobs/batch_job1_/terminate",
        "body": {"terminateReason": "UserTerminate"},
        "status": 202,
    }
}
"""Requests that were not recorded, by scenario and by the next recorded request."""


_LATE = {"canCRUDTest": 6}
"""Tasks waited for nodes: the exchange before which the pool that a scenario presumes gets its nodes."""


def completed(family: str, one: dict[str, Any]) -> dict[str, Any]:
    """The exchange with the body its request had."""
    body = _BODIES.get(family, {}).get(one["seq"])
    if family in OLDER and one["path"].endswith("/addtaskcollection") and body is None:
        body = {"value": [_task(result["taskId"]) for result in one["res"]["value"]]}
    return one if body is None else {**one, "req": body}


def blobs(family: str) -> dict[str, str]:
    """Blobs the scenario presumes, by container and name."""
    return _BLOBS.get(family, {})


def nodes_come_late(family: str) -> bool:
    """Whether the pool that the scenario presumes is to have no nodes at first."""
    return family in _LATE


def unrecorded(family: str, sequence: int, pools: list[str]) -> list[dict[str, Any]]:
    """The steps that are missing before an exchange, with the pools there are."""
    step = _UNRECORDED.get((family, sequence))
    if _LATE.get(family) == sequence:
        body = {"targetDedicatedNodes": 1}
        step = {"method": "POST", "path": f"/pools/{pools[0]}/resize", "body": body, "status": 202}
    return [] if step is None else [{**step, "recorded": 0}]


def slowed(steps: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """The steps, with a slow allocation injected before a recorded stop: the emulator would be too fast."""
    for number, step in enumerate(steps):
        pool = step["path"].split("/")[2:3]
        verb = step["path"].rpartition("/")[2]
        if verb == "resize" and step["status"] < _REDIRECT:
            later = [
                one for one in steps[number + 1 :] if one["path"].split("/")[2:3] == pool and one["method"] == "POST"
            ]
            if later and later[0]["path"].endswith("/stopresize"):
                body = {"action": "allocation", "poolId": pool[0], "delaySeconds": _SLOW_SECONDS}
                path = "/$emulator/faults"
                yield {"method": "POST", "path": path, "body": body, "status": 201, "recorded": 0}
        yield step


def _task(name: str) -> dict[str, Any]:
    number = re.sub(r"\D", "", name)
    return {"id": name, "commandLine": f"cmd /c echo hello {number}"}
