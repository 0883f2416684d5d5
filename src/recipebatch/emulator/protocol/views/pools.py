"""Views of pools and nodes: records as JSON, properties in the order of recorded answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol.redaction import without_secrets
from recipebatch.emulator.protocol.versions import without_unknown
from recipebatch.emulator.protocol.views.jobs import (
    copy_property,
    execution_info,
    scheduling_policy_view,
    task_url,
    with_instants,
)
from recipebatch.emulator.state import etag, format_instant, node_address
from recipebatch.vocabulary.durations import format_ticks
from recipebatch.vocabulary.states import AllocationState, NodeState, PoolState

if TYPE_CHECKING:
    from recipebatch.emulator.state import Account, NodeRecord, PoolRecord

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
    "deallocated": NodeState.DEALLOCATED,
    "deallocating": NodeState.DEALLOCATING,
}


def pool_view(pool: PoolRecord, *, base: str, version: str) -> Json:
    """A pool as GET returns it."""
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
    copy_property(body, document, "autoScaleFormula")
    copy_property(body, document, "autoScaleEvaluationInterval")
    if pool.scaling_run is not None:
        document["autoScaleRun"] = {**pool.scaling_run, "timestamp": format_instant(pool.scaling_run["timestamp"])}
    document["enableInterNodeCommunication"] = body["enableInterNodeCommunication"]
    if "networkConfiguration" in body:
        document["networkConfiguration"] = {"dynamicVNetAssignmentScope": "none", **body["networkConfiguration"]}
    copy_property(body, document, "startTask")
    document["certificateReferences"] = []
    for name in ("applicationPackageReferences", "userAccounts", "metadata"):
        copy_property(body, document, name)
    document |= {
        "taskSlotsPerNode": body["taskSlotsPerNode"],
        "taskSchedulingPolicy": scheduling_policy_view(body["taskSchedulingPolicy"], version),
        "virtualMachineConfiguration": body["virtualMachineConfiguration"],
    }
    copy_property(body, document, "mountConfiguration")
    copy_property(body, document, "upgradePolicy")
    copy_property(body, document, "resourceTags")
    document |= _communication(pool, body.get("targetNodeCommunicationMode"))
    return without_unknown("CloudPool", document, version)


def _resize_timeout(pool: PoolRecord) -> str:
    """The timeout of the current resize, else that of the pool (recorded answers)."""
    if pool.allocation_state is AllocationState.STEADY or pool.state is PoolState.DELETING:
        return str(pool.body["resizeTimeout"])
    return format_ticks(pool.resize_timeout)


def node_view(account: Account, pool: PoolRecord, node: NodeRecord, *, base: str, version: str) -> Json:
    """A node as GET returns it; some properties exist only after it has booted or after a task has run."""
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
        document["startTaskInfo"] = with_instants(node.start_task_info)
    if node.errors:
        document["errors"] = node.errors
    if node.boot_time is not None:
        document["certificateReferences"] = []
    document["isDedicated"] = node.is_dedicated
    document["endpointConfiguration"] = {"inboundEndpoints": [*_endpoints(pool, node), _login_endpoint(node)]}
    if node.boot_time is not None:
        document["nodeAgentInfo"] = {"lastUpdateTime": format_instant(node.boot_time), "version": _AGENT_VERSION}
    document["virtualMachineInfo"] = {"imageReference": {**image, "exactVersion": image["version"]}}
    return without_unknown("ComputeNode", document, version)


def _communication(pool: PoolRecord, target: str | None) -> Json:
    """How nodes reach the service; the current mode appears only once there are nodes (recorded answers)."""
    if target is None:
        return {}
    document = {"targetNodeCommunicationMode": target}
    if pool.nodes and pool.allocation_state is AllocationState.STEADY:
        document["currentNodeCommunicationMode"] = "simplified" if target == "default" else target
    return document


def _login_endpoint(node: NodeRecord) -> Json:
    """The SSH endpoint, which every Linux node has in recorded answers."""
    return {
        "name": f"SSHRule.{node.number}",
        "protocol": "tcp",
        "publicIPAddress": "127.0.0.1",
        "publicFQDN": "localhost",
        "frontendPort": 22,
        "backendPort": 22,
    }


def _endpoints(pool: PoolRecord, node: NodeRecord) -> list[Json]:
    """The endpoints of a node; each port is the same port of this machine for all nodes."""
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
    document: Json = {"poolId": pool.id}
    for label, dedicated in (("dedicated", True), ("lowPriority", False)):
        states = [node.state for node in pool.nodes.values() if node.is_dedicated is dedicated]
        counts: Json = {name: states.count(state) for name, state in _COUNT_NAMES.items()}
        document[label] = without_unknown("NodeCounts", counts, version) | {"total": len(states)}
    return document


def _recent_tasks(account: Account, node: NodeRecord, base: str) -> list[Json]:
    tasks = []
    for job_id, task_id in node.recent_tasks:
        job = account.jobs.get(job_id.lower())
        task = None if job is None else job.tasks.get(task_id.lower())
        if job is None or task is None or task.node is None or task.node[1] != node.id:
            continue
        tasks.append(
            {
                "taskUrl": task_url(job, task, base=base),
                "jobId": job.id,
                "taskId": task.id,
                "taskState": task.state,
                "executionInfo": execution_info(task),
            }
        )
    return tasks
