"""All operations of Azure Batch, with their handlers as far as they are implemented."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from urllib.parse import unquote

from recipebatch.emulator.handlers import (
    applications,
    auto_scale,
    faults,
    files,
    job_schedules,
    jobs,
    node_actions,
    nodes,
    pools,
    tasks,
)
from recipebatch.emulator.protocol import VERSIONS, Call, Reply, operation_versions
from recipebatch.emulator.state import NOT_IMPLEMENTED, BatchError

Handler = Callable[[Call], Awaitable[Reply]]

_LIST = frozenset({"$filter", "$select", "$expand", "maxresults", "$skiptoken"})
_ONE = frozenset({"$select", "$expand"})
_PLAIN_LIST = frozenset({"$filter", "maxresults", "$skiptoken"})
_FORCE = frozenset({"force"})
_FILES = frozenset({"$filter", "recursive", "maxresults", "$skiptoken"})
_RECURSIVE = frozenset({"recursive"})
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        handler: None if it is not implemented.
        parameters: its query parameters except `api-version` and `timeout`, in lower case.
    """

    handler: Handler | None
    parameters: frozenset[str] = _NONE


_NODE = "/pools/{}/nodes/{}"
_TASK = "/jobs/{}/tasks/{}"
_OPERATIONS: dict[str, dict[str, Operation]] = {
    "/$emulator/faults": {
        "GET": Operation(faults.list_faults),
        "POST": Operation(faults.add_fault),
        "DELETE": Operation(faults.clear_faults),
    },
    "/$emulator/faults/{}": {"DELETE": Operation(faults.delete_fault)},
    "/$emulator/quotas": {"GET": Operation(faults.list_quotas)},
    "/applications": {"GET": Operation(applications.list_applications, frozenset({"maxresults", "$skiptoken"}))},
    "/applications/{}": {"GET": Operation(applications.get_application)},
    # Only in older api-versions; certificates are retired.
    "/certificates": {"GET": Operation(None), "POST": Operation(None)},
    "/supportedimages": {"GET": Operation(pools.list_supported_images, _PLAIN_LIST)},
    "/nodecounts": {"GET": Operation(pools.list_node_counts, _PLAIN_LIST)},
    "/poolusagemetrics": {"GET": Operation(pools.retired_usage_metrics, _PLAIN_LIST | {"starttime", "endtime"})},
    "/pools": {"GET": Operation(pools.list_pools, _LIST), "POST": Operation(pools.add_pool)},
    "/pools/{}": {
        "GET": Operation(pools.get_pool, _ONE),
        "HEAD": Operation(pools.head_pool),
        "PATCH": Operation(pools.patch_pool),
        "DELETE": Operation(pools.delete_pool),
    },
    "/pools/{}/updateproperties": {"POST": Operation(pools.update_pool_properties)},
    "/pools/{}/resize": {"POST": Operation(pools.resize_pool)},
    "/pools/{}/stopresize": {"POST": Operation(pools.stop_resize)},
    "/pools/{}/removenodes": {"POST": Operation(pools.remove_nodes)},
    "/pools/{}/enableautoscale": {"POST": Operation(auto_scale.enable)},
    "/pools/{}/disableautoscale": {"POST": Operation(auto_scale.disable)},
    "/pools/{}/evaluateautoscale": {"POST": Operation(auto_scale.evaluate)},
    "/pools/{}/nodes": {"GET": Operation(nodes.list_nodes, _LIST - {"$expand"})},
    _NODE: {"GET": Operation(nodes.get_node, frozenset({"$select"}))},
    f"{_NODE}/reboot": {"POST": Operation(node_actions.reboot)},
    f"{_NODE}/reimage": {"POST": Operation(node_actions.reimage)},
    f"{_NODE}/start": {"POST": Operation(node_actions.start)},
    f"{_NODE}/deallocate": {"POST": Operation(node_actions.deallocate)},
    f"{_NODE}/disablescheduling": {"POST": Operation(nodes.disable_scheduling)},
    f"{_NODE}/enablescheduling": {"POST": Operation(nodes.enable_scheduling)},
    f"{_NODE}/remoteloginsettings": {"GET": Operation(node_actions.remote_login_settings)},
    f"{_NODE}/uploadbatchservicelogs": {"POST": Operation(node_actions.upload_service_logs)},
    f"{_NODE}/users": {"POST": Operation(node_actions.add_user)},
    f"{_NODE}/users/{{}}": {"PUT": Operation(node_actions.put_user), "DELETE": Operation(node_actions.delete_user)},
    f"{_NODE}/extensions": {"GET": Operation(node_actions.list_extensions, frozenset({"$select", "maxresults"}))},
    f"{_NODE}/extensions/{{}}": {"GET": Operation(node_actions.get_extension, frozenset({"$select"}))},
    f"{_NODE}/files": {"GET": Operation(files.list_node_files, _FILES)},
    f"{_NODE}/files/{{...}}": {
        "GET": Operation(files.get_node_file),
        "HEAD": Operation(files.head_node_file),
        "DELETE": Operation(files.delete_node_file, _RECURSIVE),
    },
    "/jobs": {"GET": Operation(jobs.list_jobs, _LIST), "POST": Operation(jobs.add_job)},
    "/jobs/{}": {
        "GET": Operation(jobs.get_job, _ONE),
        "PUT": Operation(jobs.put_job),
        "PATCH": Operation(jobs.patch_job),
        "DELETE": Operation(jobs.delete_job, _FORCE),
    },
    "/jobs/{}/disable": {"POST": Operation(jobs.disable_job)},
    "/jobs/{}/enable": {"POST": Operation(jobs.enable_job)},
    "/jobs/{}/terminate": {"POST": Operation(jobs.terminate_job, _FORCE)},
    "/jobs/{}/taskcounts": {"GET": Operation(jobs.get_task_counts)},
    "/jobs/{}/jobpreparationandreleasetaskstatus": {
        "GET": Operation(jobs.preparation_and_release_status, _LIST - {"$expand"})
    },
    "/jobs/{}/tasks": {"GET": Operation(tasks.list_tasks, _LIST), "POST": Operation(tasks.add_task)},
    "/jobs/{}/addtaskcollection": {"POST": Operation(tasks.add_task_collection)},
    _TASK: {
        "GET": Operation(tasks.get_task, _ONE),
        "PUT": Operation(tasks.put_task),
        "DELETE": Operation(tasks.delete_task),
    },
    f"{_TASK}/terminate": {"POST": Operation(tasks.terminate_task)},
    f"{_TASK}/reactivate": {"POST": Operation(tasks.reactivate_task)},
    f"{_TASK}/subtasksinfo": {"GET": Operation(tasks.list_subtasks, frozenset({"$select"}))},
    f"{_TASK}/files": {"GET": Operation(files.list_task_files, _FILES)},
    f"{_TASK}/files/{{...}}": {
        "GET": Operation(files.get_task_file),
        "HEAD": Operation(files.head_task_file),
        "DELETE": Operation(files.delete_task_file, _RECURSIVE),
    },
    "/jobschedules": {
        "GET": Operation(job_schedules.list_schedules, _LIST),
        "POST": Operation(job_schedules.add_schedule),
    },
    "/jobschedules/{}": {
        "GET": Operation(job_schedules.get_schedule, _ONE),
        "HEAD": Operation(job_schedules.head_schedule),
        "PUT": Operation(job_schedules.put_schedule),
        "PATCH": Operation(job_schedules.patch_schedule),
        "DELETE": Operation(job_schedules.delete_schedule, _FORCE),
    },
    "/jobschedules/{}/jobs": {"GET": Operation(job_schedules.list_jobs_of_schedule, _LIST)},
    "/jobschedules/{}/disable": {"POST": Operation(job_schedules.disable_schedule)},
    "/jobschedules/{}/enable": {"POST": Operation(job_schedules.enable_schedule)},
    "/jobschedules/{}/terminate": {"POST": Operation(job_schedules.terminate_schedule, _FORCE)},
}
_PATTERNS: dict[str, list[tuple[list[str], dict[str, Operation], Collection[str]]]] = {}
"""First part of the path → its patterns, each with its verbs and the api-versions that have it."""
for _pattern, _verbs in _OPERATIONS.items():
    _first, *_ = _parts = _pattern.split("/")[1:]
    _PATTERNS.setdefault(_first, []).append((_parts, _verbs, operation_versions(_pattern) or VERSIONS))


def find_operation(method: str, raw_path: str, version: str) -> tuple[Operation, tuple[str, ...]]:
    """The operation at that path, and the variable parts of the path, decoded once.

    The path is split before it is decoded, because an encoded slash is part of a name.

    Raises:
        BatchError: InvalidUri, UnsupportedHttpVerb, or the error of an operation that is not implemented.
    """
    parts = raw_path.split("/")[1:]
    for pattern, verbs, versions in _PATTERNS.get("".join(parts[:1]).lower(), ()):
        values = _match(pattern, parts)
        if values is None:
            continue
        operation = verbs.get(method)
        if operation is None:
            raise BatchError("UnsupportedHttpVerb")
        if version not in versions:
            break
        if operation.handler is None:
            reason = f"{method} /{'/'.join(pattern)} is not implemented by this emulator"
            raise BatchError(NOT_IMPLEMENTED, ("Reason", reason))
        return operation, values
    raise BatchError("InvalidUri")


def _match(pattern: list[str], parts: list[str]) -> tuple[str, ...] | None:
    if pattern[-1] == "{...}":
        if len(parts) < len(pattern):
            return None
        head = len(pattern) - 1
        parts = [*parts[:head], "/".join(parts[head:])]
    if len(parts) != len(pattern):
        return None
    values = []
    for expected, part in zip(pattern, parts, strict=True):
        if expected.startswith("{"):
            if not part:
                return None
            values.append(unquote(part))
        elif part.lower() != expected:
            return None
    return tuple(values)
