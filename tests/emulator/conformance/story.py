"""One request of every operation, so that every operation has an answer to compare with its profile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from emulator.conformance.provoking import MACHINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.conformance.asking import Answer, Client

_POOL = {"vmSize": "STANDARD_D2S_V3", "virtualMachineConfiguration": MACHINE}
_SPECIFICATION = {"poolInfo": {"poolId": "small"}, "onAllTasksComplete": "terminatejob"}
_PATIENCE_SECONDS = 10


def tell(client: Client) -> None:
    """Send a request of every operation, on a new account; the answers are in the client's log."""
    node = _pools(client)
    _jobs(client)
    _files(client, node)
    _nodes(client, node)
    _schedules(client)
    _ends(client)


def _until(client: Client, path: str, done: Callable[[Any], Any]) -> Answer:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not done((answer := client("GET", path)).document):
        assert time.monotonic() < deadline, f"{path}: {answer.text[:500]}"
        time.sleep(0.02)
    return answer


def _steady(client: Client, pool: str) -> None:
    _until(client, f"/pools/{pool}", lambda seen: seen["allocationState"] == "steady")


def _pools(client: Client) -> str:
    start = {"commandLine": "/bin/sh -c 'echo started'", "waitForSuccess": True}
    client("POST", "/pools", {"id": "nodes", **_POOL, "targetDedicatedNodes": 2, "startTask": start})
    client("POST", "/pools", {"id": "small", **_POOL, "metadata": [{"name": "a", "value": "b"}]})
    client("HEAD", "/pools/small")
    for path in ("/pools", "/supportedimages", "/nodecounts", "/pools/small", "/applications"):
        client("GET", path)
    client("GET", "/pools", query={"maxresults": "1"})
    client("GET", "/applications/none")
    _steady(client, "small")
    client("PATCH", "/pools/small", {"metadata": [{"name": "c", "value": "d"}]})
    client("POST", "/pools/small/updateproperties", {"metadata": [], "applicationPackageReferences": []})
    client("POST", "/pools/small/resize", {"targetDedicatedNodes": 0, "targetLowPriorityNodes": 1})
    client("POST", "/pools/small/stopresize")
    _steady(client, "small")
    client("POST", "/pools/small/enableautoscale", {"autoScaleFormula": "$TargetDedicatedNodes=0;"})
    client("POST", "/pools/small/evaluateautoscale", {"autoScaleFormula": "$TargetDedicatedNodes=0;"})
    client("POST", "/pools/small/evaluateautoscale", {"autoScaleFormula": "something_useless"})
    client("GET", "/pools/small")
    client("POST", "/pools/small/disableautoscale")
    listed = _until(
        client,
        "/pools/nodes/nodes",
        lambda seen: len(seen["value"]) == 2 and all(node["state"] == "idle" for node in seen["value"]),
    )
    return str(listed.document["value"][0]["id"])


def _jobs(client: Client) -> None:
    client("POST", "/jobs", {"id": "job", "poolInfo": {"poolId": "nodes"}, "metadata": [{"name": "a", "value": "b"}]})
    client("POST", "/pools", {"id": "empty", **_POOL})
    client("POST", "/jobs", {"id": "idle", "poolInfo": {"poolId": "empty"}})
    prepared = {
        "id": "prepared",
        "poolInfo": {"poolId": "nodes"},
        "jobPreparationTask": {"commandLine": "true"},
        "jobReleaseTask": {"commandLine": "true"},
    }
    client("POST", "/jobs", prepared)
    client("GET", "/jobs")
    client("PUT", "/jobs/idle", {"poolInfo": {"poolId": "empty"}, "priority": 500})
    client("PATCH", "/jobs/idle", {"priority": 900})
    client("GET", "/jobs/idle")
    client("POST", "/jobs/job/tasks", {"id": "good", "commandLine": "/bin/sh -c 'echo hello; echo oh >&2'"})
    client("POST", "/jobs/job/tasks", {"id": "bad", "commandLine": "/bin/sh -c 'exit 2'"})
    client("POST", "/jobs/job/tasks", {"id": "none", "commandLine": 'cmd /c "echo hello world"'})
    several = [{"id": f"several{number}", "commandLine": "true"} for number in range(3)]
    client("POST", "/jobs/job/addtaskcollection", {"value": several})
    client("POST", "/jobs/prepared/tasks", {"id": "task", "commandLine": "true"})
    client("POST", "/jobs/idle/tasks", {"id": "task", "commandLine": "true"})
    client("GET", "/jobs/idle/tasks/task")
    client("PUT", "/jobs/idle/tasks/task", {"constraints": {"maxTaskRetryCount": 3}})
    client("POST", "/jobs/idle/tasks/task/terminate")
    client("GET", "/jobs/idle/tasks/task")
    client("POST", "/jobs/idle/tasks/task/reactivate")
    for task in ("good", "bad", "none"):
        _until(client, f"/jobs/job/tasks/{task}", lambda seen: seen["state"] == "completed")
    _until(client, "/jobs/prepared/tasks/task", lambda seen: seen["state"] == "completed")
    for path in ("job/tasks", "job/taskcounts", "job", "prepared/jobpreparationandreleasetaskstatus", "prepared"):
        client("GET", f"/jobs/{path}")
    client("GET", "/jobs/job/tasks/good/subtasksinfo")
    client("POST", "/jobs/idle/disable", {"disableTasks": "requeue"})
    client("GET", "/jobs/idle")
    _until(client, "/jobs/idle", lambda seen: seen["state"] == "disabled")
    client("POST", "/jobs/idle/enable")
    client("GET", "/jobs/idle")


def _files(client: Client, node: str) -> None:
    task = "/jobs/job/tasks/good/files"
    ran_on = client("GET", "/jobs/job/tasks/good").document["nodeInfo"]["nodeId"]
    client("GET", task)
    client("GET", task, query={"recursive": "true"})
    client("HEAD", f"{task}/stdout.txt")
    client("GET", f"{task}/stdout.txt")
    client("GET", f"{task}/stdout.txt", headers={"ocp-range": "bytes=1-2"})
    client("DELETE", f"{task}/stdout.txt")
    files = f"/pools/nodes/nodes/{ran_on}/files"
    client("GET", f"/pools/nodes/nodes/{node}/files")
    client("GET", files, query={"recursive": "true"})
    path = f"{files}/workitems%2Fjob%2Fjob-1%2Fgood%2Fstderr.txt"
    client("HEAD", path)
    client("GET", path)
    client("DELETE", path)


def _nodes(client: Client, node: str) -> None:
    path = f"/pools/nodes/nodes/{node}"
    client("GET", path)
    client("POST", f"{path}/users", {"name": "someone", "isAdmin": False, "password": "kept from nobody"})
    client("PUT", f"{path}/users/someone", {"password": "kept from nobody too"})
    client("GET", f"{path}/remoteloginsettings")
    client("DELETE", f"{path}/users/someone")
    logs = {"containerUrl": "http://127.0.0.1:1/logs?sig=none", "startTime": "2025-01-01T00:00:00Z"}
    client("POST", f"{path}/uploadbatchservicelogs", logs)
    client("POST", f"{path}/disablescheduling", {"nodeDisableSchedulingOption": "requeue"})
    client("GET", path)
    client("POST", f"{path}/enablescheduling")
    _until(client, path, lambda seen: seen["state"] == "idle")
    client("POST", f"{path}/reboot", {"nodeRebootOption": "terminate"})
    client("GET", path)
    client("POST", "/pools/nodes/removenodes", {"nodeList": [node]})
    client("GET", "/pools/nodes")


def _schedules(client: Client) -> None:
    body = {"id": "schedule", "schedule": {"recurrenceInterval": "P1D"}, "jobSpecification": _SPECIFICATION}
    client("POST", "/jobschedules", body)
    client("GET", "/jobschedules")
    client("GET", "/jobschedules/schedule")
    client("HEAD", "/jobschedules/schedule")
    client("GET", "/jobschedules/schedule/jobs")
    client("POST", "/jobschedules/schedule/disable")
    client("POST", "/jobschedules/schedule/enable")
    changed = {"schedule": {"recurrenceInterval": "PT10H"}, "jobSpecification": _SPECIFICATION}
    client("PUT", "/jobschedules/schedule", changed)
    client("PATCH", "/jobschedules/schedule", {"schedule": {"recurrenceInterval": "PT5H"}})
    client("POST", "/jobschedules/schedule/terminate")
    client("DELETE", "/jobschedules/schedule")


def _ends(client: Client) -> None:
    client("DELETE", "/jobs/job/tasks/several1")
    client("POST", "/jobs/job/terminate", {"terminateReason": "enough"})
    _until(client, "/jobs/job", lambda seen: seen["state"] == "completed")
    client("DELETE", "/jobs/job")
    client("DELETE", "/pools/small")
