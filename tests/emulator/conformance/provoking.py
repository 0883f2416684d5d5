"""A request for every recorded error: the operation, its preconditions, and the faulty request."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulator.conformance.asking import Answer, Client

MACHINE = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}
_SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
_OLD_WORDS = "The value provided for one of the property in"
NEVER = {
    ("certificates",): "certificates ended with 2024-02-01.19.0 and are not part of the emulator",
    ("upgradeos",): "the operation ended with the cloud services of 2018",
    ("Forbidden", "osDisk"): "refused for the kind of the account: the emulator has no kinds of accounts",
    ("TVMCurrentOperationUnsupported",): "an error of cloud services pools, which are retired",
}
"""Errors that no request to the newest versions can have: end of the operation, code or property, and why."""
_NO_NODES = {"vmSize": "standard_d1_v2", "virtualMachineConfiguration": MACHINE}


def provocation(case: Mapping[str, Any]) -> Callable[[Client], Answer] | str:
    """The request for an error, or why there is none."""
    operation, code, wrong = case["operation"], case["code"], case["property"]
    for words, reason in NEVER.items():
        if any(word in (operation.rpartition("/")[2], code, wrong) for word in words):
            return reason
    if case["message"].startswith(_OLD_WORDS):
        return "the words of 2016; the same refusal has been answered in others since"
    if case["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return lambda client: _faulty(client, operation, code or "ServerBusy")
    if code == "MissingRequiredHeader":
        return lambda client: _unsigned(client, operation)
    return _PROVOCATIONS[operation, case["status"], code, wrong]


def _faulty(client: Client, operation: str, code: str) -> Answer:
    """An injected fault of the service, for errors that no request can cause."""
    method, _, path = operation.partition(" ")
    path = path.replace("{}", "any")
    client("POST", "/$emulator/faults", {"action": "answer", "code": code, "method": method, "path": path})
    return client(method, path, {} if method in {"POST", "PUT", "PATCH"} else None)


def _unsigned(client: Client, operation: str) -> Answer:
    method, _, path = operation.partition(" ")
    body: dict[str, Any] | None = {} if method == "POST" else None
    return client(method, path.replace("{}", "any"), body, signed=False)


def _pool(client: Client, nodes: int = 0, pool: str = "pool") -> None:
    client("POST", "/pools", {"id": pool, "targetDedicatedNodes": nodes, **_NO_NODES})


def _node(client: Client) -> str:
    """An idle node."""
    _pool(client, 1, "withnode")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        nodes = client("GET", "/pools/withnode/nodes").document["value"]
        if nodes and nodes[0]["state"] == "idle":
            return str(nodes[0]["id"])
        time.sleep(0.02)
    raise AssertionError("no idle node after ten seconds")


def _job(client: Client, job: str = "job", **more: Any) -> None:
    _pool(client)
    client("POST", "/jobs", {"id": job, "poolInfo": {"poolId": "pool"}, **more})


def _add_pool(client: Client, **more: Any) -> Answer:
    return client("POST", "/pools", {"id": "wrong", **_NO_NODES, **more})


def _image(client: Client, image: Mapping[str, str], agent: str) -> Answer:
    return _add_pool(client, virtualMachineConfiguration={"imageReference": image, "nodeAgentSKUId": agent})


def _twice(client: Client, prepare: Callable[[Client], object], method: str, path: str) -> Answer:
    prepare(client)
    client(method, path)
    return client(method, path)


def _with(prepare: Callable[[Client], object], *request: Any, **more: Any) -> Callable[[Client], Answer]:
    def ask(client: Client) -> Answer:
        prepare(client)
        return client(*request, **more)

    return ask


def _busy_job(client: Client) -> None:
    """A job whose deletion takes a moment, because a running task ignores SIGTERM."""
    node = _node(client)
    assert node
    client("POST", "/jobs", {"id": "busy", "poolInfo": {"poolId": "withnode"}})
    line = "/bin/sh -c \"trap '' TERM; sleep 60\""
    client("POST", "/jobs/busy/tasks", {"id": "task", "commandLine": line})
    _until(client, "/jobs/busy/tasks/task", "running")


def _until(client: Client, path: str, state: str) -> None:
    deadline = time.monotonic() + 10
    while client("GET", path).document["state"] != state:
        assert time.monotonic() < deadline, f"{path} is not {state} after ten seconds"
        time.sleep(0.02)


def _schedule(client: Client) -> None:
    _pool(client)
    body = {"id": "schedule", "schedule": {}, "jobSpecification": {"poolInfo": {"poolId": "pool"}}}
    client("POST", "/jobschedules", body)


def _file_gone(client: Client, path: str) -> Answer:
    node = _node(client)
    client("POST", "/jobs", {"id": "files", "poolInfo": {"poolId": "withnode"}})
    client("POST", "/jobs/files/tasks", {"id": "task", "commandLine": "true"})
    _until(client, "/jobs/files/tasks/task", "completed")
    return client("HEAD", path.format(node=node))


def _user_gone(client: Client) -> Answer:
    return client("DELETE", f"/pools/withnode/nodes/{_node(client)}/users/nobody")


def _reimaged(client: Client) -> Answer:
    return client("POST", f"/pools/withnode/nodes/{_node(client)}/reimage", {"nodeReimageOption": "terminate"})


def _nothing(_: Client) -> None:
    pass


_LARGE = {"value": [{"id": "large", "commandLine": "true " * 300_000}]}
_MISSING_PACKAGE = [{"applicationId": "does-not-exist"}]
_REPLACED = {"poolInfo": {"poolId": "pool"}, "onAllTasksComplete": "terminatejob"}
_STALE = {"If-Unmodified-Since": "Thu, 16 Jan 2025 18:44:39 GMT"}
_PROVOCATIONS: dict[tuple[str, int, str | None, str], Callable[[Client], Answer]] = {
    ("DELETE /jobs/{}", 409, "JobBeingDeleted", ""): lambda client: _twice(client, _busy_job, "DELETE", "/jobs/busy"),
    ("DELETE /jobschedules/{}", 404, "JobScheduleNotFound", ""): _with(_nothing, "DELETE", "/jobschedules/none"),
    ("DELETE /jobschedules/{}", 409, "JobScheduleBeingDeleted", ""): lambda client: _twice(
        client, _schedule, "DELETE", "/jobschedules/schedule"
    ),
    ("DELETE /pools/{}", 409, "PoolBeingDeleted", ""): lambda client: _twice(
        client, lambda asked: _pool(asked, 2), "DELETE", "/pools/pool"
    ),
    ("DELETE /pools/{}/nodes/{}/users/{}", 404, "NodeUserNotFound", ""): _user_gone,
    (
        *("GET /jobs/{}/jobpreparationandreleasetaskstatus", 409, "JobPreparationTaskOrReleaseTaskNotSpecified"),
        "",
    ): _with(_job, "GET", "/jobs/job/jobpreparationandreleasetaskstatus"),
    ("GET /jobs/{}/tasks/{}", 404, "TaskNotFound", ""): _with(_job, "GET", "/jobs/job/tasks/none"),
    ("GET /jobschedules/{}", 404, "JobScheduleNotFound", ""): _with(_nothing, "GET", "/jobschedules/none"),
    ("GET /pools", 400, "InvalidQueryParameterValue", ""): _with(_nothing, "GET", "/pools", query={"maxresults": "-5"}),
    ("GET /pools/{}", 404, "PoolNotFound", ""): _with(_nothing, "GET", "/pools/none"),
    ("GET /poolusagemetrics", 400, "PoolUsageMetricAPIRetired", ""): _with(_nothing, "GET", "/poolusagemetrics"),
    ("HEAD /jobs/{}/tasks/{}/files/{}", 404, None, ""): lambda client: _file_gone(
        client, "/jobs/files/tasks/task/files/none.txt"
    ),
    ("HEAD /pools/{}", 404, None, ""): _with(_nothing, "HEAD", "/pools/none"),
    ("HEAD /pools/{}/nodes/{}/files/{}", 404, None, ""): lambda client: _file_gone(
        client, "/pools/withnode/nodes/{node}/files/none.txt"
    ),
    ("PATCH /jobs/{}", 400, "InvalidPropertyValue", "onAllTasksComplete"): _with(
        _job, "PATCH", "/jobs/job", {"onAllTasksComplete": "badValue"}
    ),
    ("PATCH /pools/{}", 400, "InvalidRequestBody", ""): _with(
        _pool, "PATCH", "/pools/pool", {"applicationPackageReferences": [{"application_id": "does-not-exist"}]}
    ),
    ("PATCH /pools/{}", 409, "InvalidApplicationPackageReferences", ""): _with(
        _pool, "PATCH", "/pools/pool", {"applicationPackageReferences": _MISSING_PACKAGE}
    ),
    ("POST /jobs", 409, "JobExists", ""): _with(_job, "POST", "/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}}),
    ("POST /jobs/{}/addtaskcollection", 413, "RequestBodyTooLarge", ""): _with(
        _job, "POST", "/jobs/job/addtaskcollection", _LARGE
    ),
    ("POST /pools", 400, "CloudServiceConfigurationRetired", ""): _with(
        _nothing, "POST", "/pools", {"id": "old", "vmSize": "small", "cloudServiceConfiguration": {"osFamily": "4"}}
    ),
    ("POST /pools", 400, "InvalidPropertyValue", "imageReference"): lambda client: _image(
        client, {"publisher": "a", "offer": "b", "sku": "c"}, "batch.node.windows amd64"
    ),
    ("POST /pools", 400, "InvalidPropertyValue", "virtualMachineImageId"): lambda client: _image(
        client,
        {
            "virtualMachineImageId": f"{_SUBSCRIPTION}/resourceGroups/test_rg"
            "/providers/Microsoft.Compute/images/custom_image"
        },
        "batch.node.windows amd64",
    ),
    ("POST /pools", 400, "InvalidPropertyValue", "vmSize"): lambda client: _add_pool(client, vmSize="thisisinvalid"),
    ("POST /pools", 400, "InvalidPropertyValue", "subnetId"): lambda client: _add_pool(
        client,
        networkConfiguration={
            "subnetId": f"{_SUBSCRIPTION}/resourceGroups/test"
            "/providers/Microsoft.Network/virtualNetworks/vnet1/subnets/subnet1"
        },
    ),
    ("POST /pools", 400, "InvalidPropertyValue", "containerConfiguration"): lambda client: _add_pool(
        client, virtualMachineConfiguration={**MACHINE, "containerConfiguration": {"type": "dockerCompatible"}}
    ),
    ("POST /pools", 400, "InvalidPropertyValue", "windowsUserConfiguration"): lambda client: _add_pool(
        client,
        userAccounts=[
            {"name": "testaccount", "password": "kept", "windowsUserConfiguration": {"loginMode": "interactive"}}
        ],
    ),
    ("POST /pools", 409, "InvalidApplicationPackageReferences", ""): lambda client: _add_pool(
        client, applicationPackageReferences=_MISSING_PACKAGE
    ),
    ("POST /pools", 409, "PoolExists", ""): _with(_pool, "POST", "/pools", {"id": "pool", **_NO_NODES}),
    ("POST /pools/{}/nodes/{}/reimage", 409, "OperationNotValidOnNode", ""): _reimaged,
    ("POST /pools/{}/resize", 400, "MissingRequiredProperty", "targetDedicatedNodes and/or targetLowPriorityNodes"): (
        _with(_pool, "POST", "/pools/pool/resize", {})
    ),
    ("POST /pools/{}/resize", 404, "PoolNotFound", ""): _with(
        _nothing, "POST", "/pools/none/resize", {"targetDedicatedNodes": 1, "targetLowPriorityNodes": 1}
    ),
    ("PUT /jobs/{}", 412, "ConditionNotMet", ""): _with(_job, "PUT", "/jobs/job", _REPLACED, headers=_STALE),
}
