"""How things are shown: records to the JSON of each api-version, properties in the order of recorded answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from recipebatch.emulator.routes.entities import V2024_02, V2025_06
from recipebatch.emulator.routes.secrets import without_secrets
from recipebatch.emulator.state.addresses import node_address
from recipebatch.vocabulary.durations import format_duration
from recipebatch.vocabulary.instants import etag, format_instant
from recipebatch.vocabulary.states import AllocationState, NodeState, PoolState, TaskResult, TaskState

if TYPE_CHECKING:
    from recipebatch.emulator.state.account import Account
    from recipebatch.emulator.state.records import JobRecord, NodeRecord, PoolRecord, TaskRecord

Json = dict[str, Any]
_AGENT_VERSION = "1.12.2"
_COUNT_NAMES = {
    "creating": NodeState.CREATING,
    "idle": NodeState.IDLE,
    "leavingPool": NodeState.LEAVING_POOL,
    "offline": NodeState.OFFLINE,
    "preempted": NodeState.PREEMPTED,
    "rebooting": NodeState.REBOOTING,
    "reimaging": NodeState.REIMAGING,
    "running": NodeState.RUNNING,
    "starting": NodeState.STARTING,
    "startTaskFailed": NodeState.START_TASK_FAILED,
    "unusable": NodeState.UNUSABLE,
    "unknown": NodeState.UNKNOWN,
    "upgradingOS": NodeState.UPGRADING_OS,
    "waitingForStartTask": NodeState.WAITING_FOR_START_TASK,
}
_LATER_COUNT_NAMES = {"deallocated": NodeState.DEALLOCATED, "deallocating": NodeState.DEALLOCATING}


def pool_view(pool: PoolRecord, *, base: str, version: str) -> Json:
    """A pool as GET shows it."""
    body = without_secrets(pool.body)
    dedicated = sum(node.is_dedicated for node in pool.nodes.values())
    document: Json = {"id": pool.id}
    if "displayName" in body:
        document["displayName"] = body["displayName"]
    document |= {
        "url": f"{base}/pools/{pool.id}",
        "eTag": etag(pool.modified),
        "lastModified": format_instant(pool.modified),
        "creationTime": format_instant(pool.created),
        "state": pool.state,
        "stateTransitionTime": format_instant(pool.state_time),
        "allocationState": pool.allocation_state,
        "allocationStateTransitionTime": format_instant(pool.allocation_time),
        "vmSize": body["vmSize"],
        "resizeTimeout": _resize_timeout(pool),
    }
    if pool.resize_errors:
        document["resizeErrors"] = pool.resize_errors
    document |= {
        "currentDedicatedNodes": dedicated,
        "targetDedicatedNodes": pool.target_dedicated,
        "currentLowPriorityNodes": len(pool.nodes) - dedicated,
        "targetLowPriorityNodes": pool.target_low_priority,
        "enableAutoScale": body["enableAutoScale"],
    }
    _copy(body, document, "autoScaleFormula")
    _copy(body, document, "autoScaleEvaluationInterval")
    if pool.scaling_run is not None:
        document["autoScaleRun"] = {**pool.scaling_run, "timestamp": format_instant(pool.scaling_run["timestamp"])}
    document["enableInterNodeCommunication"] = body["enableInterNodeCommunication"]
    if "networkConfiguration" in body:
        document["networkConfiguration"] = {"dynamicVNetAssignmentScope": "none", **body["networkConfiguration"]}
    _copy(body, document, "startTask")
    if version != V2025_06:
        document["certificateReferences"] = []
    for name in ("applicationPackageReferences", "userAccounts", "metadata"):
        _copy(body, document, name)
    policy = dict(body["taskSchedulingPolicy"])
    if version == V2025_06:
        policy.setdefault("jobDefaultOrder", "none")
    else:
        policy.pop("jobDefaultOrder", None)
    document |= {
        "taskSlotsPerNode": body["taskSlotsPerNode"],
        "taskSchedulingPolicy": policy,
        "virtualMachineConfiguration": body["virtualMachineConfiguration"],
    }
    _copy(body, document, "mountConfiguration")
    _copy(body, document, "upgradePolicy")
    if version != V2025_06:
        _copy(body, document, "resourceTags")
        document |= _communication(pool, body.get("targetNodeCommunicationMode"))
    return document


def _resize_timeout(pool: PoolRecord) -> str:
    """That of the resize under way; before and after it that of the pool (recorded answers)."""
    if pool.allocation_state is AllocationState.STEADY or pool.state is PoolState.DELETING:
        return str(pool.body["resizeTimeout"])
    return format_duration(pool.resize_timeout)


def node_view(account: Account, pool: PoolRecord, node: NodeRecord, *, base: str, version: str) -> Json:
    """A node as GET shows it; some properties are there only once it has booted, or once a task has run."""
    image = pool.body["virtualMachineConfiguration"]["imageReference"]
    document: Json = {
        "id": node.id,
        "url": f"{base}/pools/{pool.id}/nodes/{node.id}",
        "state": node.state,
        "schedulingState": "enabled" if node.scheduling_enabled else "disabled",
        "stateTransitionTime": format_instant(node.state_time),
    }
    if node.boot_time is not None:
        document["lastBootTime"] = format_instant(node.boot_time)
    document |= {
        "allocationTime": format_instant(node.allocation_time),
        "ipAddress": node_address(pool, node),
        "affinityId": f"TVM:{node.id}",
        "vmSize": pool.body["vmSize"],
        "totalTasksRun": node.total_tasks_run,
        "totalTasksSucceeded": node.total_tasks_succeeded,
        "runningTasksCount": len(node.running),
        "runningTaskSlotsCount": sum(node.running.values()),
    }
    if recent := _recent_tasks(account, node, base):
        document["recentTasks"] = recent
    if node.start_task is not None:
        document["startTask"] = without_secrets(node.start_task)
    if node.start_task_info is not None:
        document["startTaskInfo"] = _with_instants(node.start_task_info)
    if node.errors:
        document["errors"] = node.errors
    if node.boot_time is not None and version != V2025_06:
        document["certificateReferences"] = []
    document["isDedicated"] = node.is_dedicated
    document["endpointConfiguration"] = {"inboundEndpoints": [*_endpoints(pool, node), _login_endpoint(node)]}
    if node.boot_time is not None:
        document["nodeAgentInfo"] = {"lastUpdateTime": format_instant(node.boot_time), "version": _AGENT_VERSION}
    document["virtualMachineInfo"] = {"imageReference": {**image, "exactVersion": image["version"]}}
    return document


def _communication(pool: PoolRecord, wanted: str | None) -> Json:
    """How nodes reach the service; what is so now is told only once there are nodes (recorded answers)."""
    if wanted is None:
        return {}
    shown = {"targetNodeCommunicationMode": wanted}
    if pool.nodes and pool.allocation_state is AllocationState.STEADY:
        shown["currentNodeCommunicationMode"] = "simplified" if wanted == "default" else wanted
    return shown


def _login_endpoint(node: NodeRecord) -> Json:
    """Where one would log in: every answer about a Linux node shows this endpoint (recorded answers)."""
    return {
        "name": f"SSHRule.{node.number}",
        "protocol": "tcp",
        "publicIPAddress": "127.0.0.1",
        "publicFQDN": "localhost",
        "frontendPort": 22,
        "backendPort": 22,
    }


def _endpoints(pool: PoolRecord, node: NodeRecord) -> list[Json]:
    """A port of a node is that port of this machine, for each node of the pool the same."""
    configuration = pool.body.get("networkConfiguration", {}).get("endpointConfiguration", {})
    return [
        {
            "name": f"{nat['name']}.{node.number}",
            "protocol": nat["protocol"],
            "publicIPAddress": "127.0.0.1",
            "publicFQDN": "localhost",
            "frontendPort": nat["backendPort"],
            "backendPort": nat["backendPort"],
        }
        for nat in configuration.get("inboundNATPools", ())
    ]


def node_counts(pool: PoolRecord, *, version: str) -> Json:
    """An entry of `nodecounts`."""
    names = _COUNT_NAMES if version == V2024_02 else _COUNT_NAMES | _LATER_COUNT_NAMES
    document: Json = {"poolId": pool.id}
    for label, dedicated in (("dedicated", True), ("lowPriority", False)):
        states = [node.state for node in pool.nodes.values() if node.is_dedicated is dedicated]
        document[label] = {name: states.count(state) for name, state in names.items()} | {"total": len(states)}
    return document


def job_view(job: JobRecord, *, base: str, version: str) -> Json:
    """A job as GET shows it."""
    body = without_secrets(job.body)
    document: Json = {"id": job.id}
    _copy(body, document, "displayName")
    document |= {
        "url": f"{base}/jobs/{quote(job.id, safe=':')}",
        "eTag": etag(job.modified),
        "lastModified": format_instant(job.modified),
        "creationTime": format_instant(job.created),
        "state": job.state,
        "stateTransitionTime": format_instant(job.state_time),
    }
    if job.previous_state is not None and job.previous_state_time is not None:
        document["previousState"] = job.previous_state
        document["previousStateTransitionTime"] = format_instant(job.previous_state_time)
    for name in (
        *("priority", "maxParallelTasks", "usesTaskDependencies", "allowTaskPreemption", "constraints"),
        *("jobManagerTask", "jobPreparationTask", "jobReleaseTask", "commonEnvironmentSettings", "metadata"),
        *("poolInfo", "networkConfiguration"),
    ):
        _copy(body, document, name)
    document["poolInfo"] = _pool_info_view(body["poolInfo"], version)
    execution: Json = {"startTime": format_instant(job.start_time)}
    if job.end_time is not None:
        execution["endTime"] = format_instant(job.end_time)
    execution["poolId"] = job.pool_id
    if job.scheduling_error is not None:
        execution["schedulingError"] = job.scheduling_error
    if job.terminate_reason is not None:
        execution["terminateReason"] = job.terminate_reason
    document["executionInfo"] = execution
    document["onAllTasksComplete"] = body["onAllTasksComplete"]
    document["onTaskFailure"] = body["onTaskFailure"]
    return document


def job_specification_view(body: Json, *, version: str) -> Json:
    """The jobs a schedule makes, as GET of the schedule shows them."""
    body = without_secrets(body)
    document: Json = {}
    for name in (
        *("displayName", "priority", "maxParallelTasks", "allowTaskPreemption", "usesTaskDependencies"),
        *("onAllTasksComplete", "onTaskFailure", "constraints", "jobManagerTask", "jobPreparationTask"),
        *("jobReleaseTask", "commonEnvironmentSettings", "metadata", "networkConfiguration"),
    ):
        _copy(body, document, name)
    document["poolInfo"] = _pool_info_view(body["poolInfo"], version)
    return document


def _pool_info_view(body: Json, version: str) -> Json:
    wanted = body.get("autoPoolSpecification")
    if wanted is None:
        return body
    policy = dict(wanted["pool"]["taskSchedulingPolicy"])
    if version == V2025_06:
        policy.setdefault("jobDefaultOrder", "none")
    else:
        policy.pop("jobDefaultOrder", None)
    return {"autoPoolSpecification": {**wanted, "pool": {**wanted["pool"], "taskSchedulingPolicy": policy}}}


def preparation_status_view(job: JobRecord, node_id: str, known: Json, *, base: str) -> Json:
    """How a job's preparation and release tasks fared on one node."""
    url = f"{base}/pools/{known['poolId']}/nodes/{node_id}"
    document: Json = {"poolId": known["poolId"], "nodeId": node_id, "nodeUrl": url}
    for kind, name in (
        ("preparation", "jobPreparationTaskExecutionInfo"),
        ("release", "jobReleaseTaskExecutionInfo"),
    ):
        if kind in known:
            info = _with_instants(known[kind])
            if kind == "release":
                # It is never retried, and its type has no count.
                info.pop("retryCount", None)
            directory = _task_root(job, info.pop("taskId"))
            located = {"taskRootDirectory": directory, "taskRootDirectoryUrl": f"{url}/files/{directory}"}
            document[name] = info | located
    return document


def task_counts(job: JobRecord) -> Json:
    """The answer of `taskcounts`; costs the same for one task and for a hundred thousand."""
    tasks = job.tasks
    preparing, running = TaskState.PREPARING, TaskState.RUNNING
    succeeded, failed = tasks.results(TaskResult.SUCCESS), tasks.results(TaskResult.FAILURE)
    return {
        "taskCounts": {
            "active": tasks.count(TaskState.ACTIVE),
            "running": tasks.count(running) + tasks.count(preparing),
            "completed": tasks.count(TaskState.COMPLETED),
            "succeeded": succeeded[0],
            "failed": failed[0],
        },
        "taskSlotCounts": {
            "active": tasks.slots(TaskState.ACTIVE),
            "running": tasks.slots(running) + tasks.slots(preparing),
            "completed": tasks.slots(TaskState.COMPLETED),
            "succeeded": succeeded[1],
            "failed": failed[1],
        },
    }


def task_view(job: JobRecord, task: TaskRecord, *, base: str) -> Json:
    """A task as GET shows it."""
    spec = json.loads(task.spec)
    if "containerSettings" in spec:
        spec["containerSettings"] = without_secrets(spec["containerSettings"])
    document: Json = {"id": task.id}
    _copy(spec, document, "displayName")
    document |= {
        "url": task_url(job, task, base=base),
        "eTag": etag(task.modified),
        "creationTime": format_instant(task.created),
        "lastModified": format_instant(task.modified),
        "state": task.state,
        "stateTransitionTime": format_instant(task.state_time),
    }
    if task.previous_state is not None and task.previous_state_time is not None:
        document["previousState"] = task.previous_state
        document["previousStateTransitionTime"] = format_instant(task.previous_state_time)
    document |= {name: value for name, value in spec.items() if name not in document}
    document["executionInfo"] = execution_info(task)
    if task.node is not None:
        document["nodeInfo"] = node_info_view(job, task.id, task.node, base)
    elif task.state is TaskState.COMPLETED:
        document["nodeInfo"] = {}
    return document


def task_url(job: JobRecord, task: TaskRecord, *, base: str) -> str:
    """Where the task is found."""
    return f"{base}/jobs/{quote(job.id, safe=':')}/tasks/{quote(task.id)}"


def execution_info(task: TaskRecord) -> Json:
    """A task's `executionInfo`."""
    info: Json = {}
    if task.start_time is not None:
        info["startTime"] = format_instant(task.start_time)
    if task.end_time is not None:
        info["endTime"] = format_instant(task.end_time)
    if task.exit_code is not None:
        info["exitCode"] = task.exit_code
    if task.container is not None:
        info["containerInfo"] = json.loads(task.container)
    if task.failure is not None:
        info["failureInfo"] = json.loads(task.failure)
    if task.result is not None:
        info["result"] = task.result
    info["retryCount"] = task.retry_count
    if task.last_retry_time is not None:
        info["lastRetryTime"] = format_instant(task.last_retry_time)
    info["requeueCount"] = task.requeue_count
    if task.last_requeue_time is not None:
        info["lastRequeueTime"] = format_instant(task.last_requeue_time)
    return info


def node_info_view(job: JobRecord, task_id: str, node: tuple[str, str], base: str) -> Json:
    """Where a task ran; of a subtask the id is `<task>/<number>`."""
    pool_id, node_id = node
    url = f"{base}/pools/{pool_id}/nodes/{node_id}"
    directory = _task_root(job, task_id)
    return {
        "affinityId": f"TVM:{node_id}",
        "nodeUrl": url,
        "poolId": pool_id,
        "nodeId": node_id,
        "taskRootDirectory": directory,
        "taskRootDirectoryUrl": f"{url}/files/{directory}",
    }


def _task_root(job: JobRecord, task_id: str) -> str:
    schedule, colon, run = job.id.partition(":")
    return f"workitems/{schedule}/{run if colon else 'job-1'}/{task_id}"


def _recent_tasks(account: Account, node: NodeRecord, base: str) -> list[Json]:
    shown = []
    for job_id, task_id in node.recent_tasks:
        job = account.jobs.get(job_id.lower())
        task = None if job is None else job.tasks.get(task_id.lower())
        if job is None or task is None or task.node is None or task.node[1] != node.id:
            continue
        shown.append(
            {
                "taskUrl": task_url(job, task, base=base),
                "jobId": job.id,
                "taskId": task.id,
                "taskState": task.state,
                "executionInfo": execution_info(task),
            }
        )
    return shown


def _with_instants(info: Json) -> Json:
    shown = dict(info)
    for name in ("startTime", "endTime", "lastRetryTime"):
        if name in shown:
            shown[name] = format_instant(shown[name])
    return shown


def _copy(source: Json, target: Json, name: str) -> None:
    if name in source:
        target[name] = source[name]
