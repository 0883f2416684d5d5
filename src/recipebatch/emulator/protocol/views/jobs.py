"""Views of jobs and tasks: records as JSON, properties in the order of recorded answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from recipebatch.emulator.protocol.redaction import without_secrets
from recipebatch.emulator.protocol.versions import without_unknown
from recipebatch.emulator.state import etag, format_instant
from recipebatch.vocabulary.states import TaskResult, TaskState

if TYPE_CHECKING:
    from recipebatch.emulator.state import JobRecord, TaskRecord

Json = dict[str, Any]


def job_view(job: JobRecord, *, base: str, version: str) -> Json:
    """A job as GET returns it."""
    body = without_secrets(job.body)
    document: Json = {"id": job.id}
    copy_property(body, document, "displayName")
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
        copy_property(body, document, name)
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
    """The `jobSpecification` of a schedule as GET returns it."""
    body = without_secrets(body)
    document: Json = {}
    for name in (
        *("displayName", "priority", "maxParallelTasks", "allowTaskPreemption", "usesTaskDependencies"),
        *("onAllTasksComplete", "onTaskFailure", "constraints", "jobManagerTask", "jobPreparationTask"),
        *("jobReleaseTask", "commonEnvironmentSettings", "metadata", "networkConfiguration"),
    ):
        copy_property(body, document, name)
    document["poolInfo"] = _pool_info_view(body["poolInfo"], version)
    return document


def scheduling_policy_view(body: Json, version: str) -> Json:
    """A pool's `taskSchedulingPolicy`; one that was made with an older api-version has no `jobDefaultOrder`."""
    return without_unknown(
        "TaskSchedulingPolicy", {**body, "jobDefaultOrder": body.get("jobDefaultOrder", "none")}, version
    )


def _pool_info_view(body: Json, version: str) -> Json:
    auto_pool = body.get("autoPoolSpecification")
    if auto_pool is None:
        return body
    policy = scheduling_policy_view(auto_pool["pool"]["taskSchedulingPolicy"], version)
    return {"autoPoolSpecification": {**auto_pool, "pool": {**auto_pool["pool"], "taskSchedulingPolicy": policy}}}


def preparation_status_view(job: JobRecord, node_id: str, known: Json, *, base: str) -> Json:
    """The status of a job's preparation and release tasks on one node."""
    url = f"{base}/pools/{known['poolId']}/nodes/{node_id}"
    document: Json = {"poolId": known["poolId"], "nodeId": node_id, "nodeUrl": url}
    for kind, name in (
        ("preparation", "jobPreparationTaskExecutionInfo"),
        ("release", "jobReleaseTaskExecutionInfo"),
    ):
        if kind in known:
            info = with_instants(known[kind])
            if kind == "release":
                # A release task is never retried, and its type has no retry count.
                info.pop("retryCount", None)
            directory = _task_root(job, info.pop("taskId"))
            located = {"taskRootDirectory": directory, "taskRootDirectoryUrl": f"{url}/files/{directory}"}
            document[name] = info | located
    return document


def task_counts(job: JobRecord) -> Json:
    """The answer of `taskcounts`; takes constant time for any number of tasks."""
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
    """A task as GET returns it."""
    spec = json.loads(task.spec)
    if "containerSettings" in spec:
        spec["containerSettings"] = without_secrets(spec["containerSettings"])
    document: Json = {"id": task.id}
    copy_property(spec, document, "displayName")
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
    """The URL of a task."""
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
    """The `nodeInfo` of a task; the id of a subtask is `<task>/<number>`."""
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


def with_instants(info: Json) -> Json:
    """A copy of execution information with its times as text."""
    document = dict(info)
    for name in ("startTime", "endTime", "lastRetryTime"):
        if name in document:
            document[name] = format_instant(document[name])
    return document


def copy_property(source: Json, target: Json, name: str) -> None:
    """Copy a property if it is present."""
    if name in source:
        target[name] = source[name]
