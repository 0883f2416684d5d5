"""Tasks: single ones, collections, and subtasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol import (
    ALL,
    EQUALITY,
    ID,
    Call,
    Field,
    Filter,
    Reply,
    changed,
    check_references,
    created,
    defaults,
    error_document,
    examined,
    list_filter,
    modified_headers,
    node_info_view,
    page,
    resource_reply,
    schemas,
    selected,
    start_after,
    task_url,
    task_view,
)
from recipebatch.emulator.state import BatchError, etag, format_instant, invalid_value
from recipebatch.emulator.state.transitions import task as task_transitions
from recipebatch.emulator.state.transitions.job import refuse_closed
from recipebatch.vocabulary.limits import MAX_TASKS_PER_COLLECTION
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.emulator.protocol import Json
    from recipebatch.emulator.state import JobRecord, TaskRecord


_FIELDS: dict[str, Field[TaskRecord]] = {
    "id": Field(ID, lambda task: task.id),
    "state": Field(EQUALITY, lambda task: task.state),
    "stateTransitionTime": Field(ALL, lambda task: task.state_time),
    "creationTime": Field(ALL, lambda task: task.created),
    "lastModifiedTime": Field(ALL, lambda task: task.modified),
    "lastModified": Field(ALL, lambda task: task.modified),
    "executionInfo/startTime": Field(ALL, lambda task: task.start_time),
    "executionInfo/endTime": Field(ALL, lambda task: task.end_time),
    "executionInfo/exitCode": Field(ALL, lambda task: task.exit_code),
    "executionInfo/result": Field(EQUALITY, lambda task: task.result),
}
_INDEX_SELECTIVITY = 4
"""The index by state is used if fewer than one in this many tasks have that state."""
_WITH_REFERENCES = frozenset({"resourceFiles", "applicationPackageReferences", "multiInstanceSettings"})


async def add_task(call: Call) -> Reply:
    """POST /jobs/{id}/tasks."""
    job = call.account.job(call.parts[0])
    task = _add(call, job, call.parsed())
    return created(task.modified, task_url(job, task, base=call.base))


async def add_task_collection(call: Call) -> Reply:
    """POST /jobs/{id}/addtaskcollection: each entry has its own result."""
    job = call.account.job(call.parts[0])
    refuse_closed(job)
    # Not `call.json`: references are checked entry by entry.
    entries = schemas.TASK_COLLECTION("body", call.parsed(), call.version)["value"]
    if len(entries) > MAX_TASKS_PER_COLLECTION:
        reason = f"The number of tasks must not be more than {MAX_TASKS_PER_COLLECTION}"
        raise invalid_value("value", len(entries), reason)
    results = [_add_one_of_many(call, job, entry) for entry in entries]
    return Reply(status=200, document={"odata.metadata": f"{call.base}/$metadata#taskaddresult", "value": results})


async def list_tasks(call: Call) -> Reply:
    """GET /jobs/{id}/tasks."""
    job = call.account.job(call.parts[0])
    test = list_filter(call, _FIELDS)
    found = _found(job, test, start_after(call))
    return page(call, "tasks", found, lambda task: task_view(job, task, base=call.base))


async def get_task(call: Call) -> Reply:
    """GET /jobs/{id}/tasks/{task}."""
    job, task = call.account.task(*call.parts)
    if call.check_conditions(task.modified):
        return Reply(status=304, headers=modified_headers(task.modified))
    return resource_reply(call, "tasks", task_view(job, task, base=call.base), modified=task.modified)


async def put_task(call: Call) -> Reply:
    """PUT /jobs/{id}/tasks/{task}: only the constraints; those not given take their defaults."""
    job, task = _changeable(call)
    body = call.json(schemas.TASK_PUT)
    retries = job.body["constraints"]["maxTaskRetryCount"]
    constraints = defaults.task_constraints(body.get("constraints"), job_retries=retries)
    task_transitions.update_task(call.account, job, task, constraints)
    return changed(call, 200, task.modified)


async def delete_task(call: Call) -> Reply:
    """DELETE /jobs/{id}/tasks/{task}."""
    job, task = _changeable(call)
    task_transitions.delete_task(call.account, job, task)
    return Reply(status=200)


async def terminate_task(call: Call) -> Reply:
    """POST /jobs/{id}/tasks/{task}/terminate."""
    job, task = _changeable(call)
    task_transitions.terminate_task(call.account, job, task)
    return changed(call, 204, task.modified)


async def reactivate_task(call: Call) -> Reply:
    """POST /jobs/{id}/tasks/{task}/reactivate."""
    job, task = _changeable(call)
    task_transitions.reactivate_task(call.account, job, task)
    return Reply(status=204, headers=modified_headers(task.modified))


def _add(call: Call, job: JobRecord, document: Any) -> TaskRecord:
    spec = schemas.TASK_ADD("task", document, call.version)
    if not _WITH_REFERENCES.isdisjoint(spec):
        check_references(call.account, spec)
    task_id = spec.pop("id")
    _check_reserved(job, task_id)
    spec = defaults.task_with_defaults(spec, job.body)
    return task_transitions.add_task(call.account, job, task_id, spec)


def _check_reserved(job: JobRecord, task_id: str) -> None:
    """Refuse the ids of the preparation and release tasks: a task's directory has its id. Raises: BatchError."""
    for name, code in (
        ("jobPreparationTask", "TaskIdSameAsJobPreparationTask"),
        ("jobReleaseTask", "TaskIdSameAsJobReleaseTask"),
    ):
        if job.body.get(name, {}).get("id", "").lower() == task_id.lower():
            raise BatchError(code)


def _add_one_of_many(call: Call, job: JobRecord, entry: Any) -> Json:
    try:
        task = _add(call, job, entry)
    except BatchError as error:
        task_id = str(entry.get("id", "")) if isinstance(entry, dict) else ""
        url = f"{call.base}/jobs/{job.id}/tasks/{task_id}/error"
        document = error_document(error, call.registry.clock.now(), request_id=call.request_id)
        return {"error@odata.navigationLinkUrl": url, "error": document, "status": "ClientError", "taskId": task_id}
    return {
        "status": "Success",
        "taskId": task.id,
        "eTag": etag(task.modified),
        "lastModified": format_instant(task.modified),
        "location": task_url(job, task, base=call.base),
    }


def _changeable(call: Call) -> tuple[JobRecord, TaskRecord]:
    job, task = call.account.task(*call.parts)
    call.check_conditions(task.modified)
    return job, task


def _found(job: JobRecord, test: Filter | None, after: str) -> Iterator[tuple[str, TaskRecord]]:
    """The tasks of a list in the order of their ids; an index is used where it avoids a scan of all tasks."""
    tasks: Iterator[TaskRecord] | list[TaskRecord]
    candidates = None if test is None else _candidates(job, test)
    if candidates is None:
        tasks = job.tasks.after(after)
    else:
        tasks = sorted((task for task in candidates if task.key > after), key=lambda task: task.key)
    yield from examined(test, _FIELDS, ((task.key, task) for task in tasks))


def _candidates(job: JobRecord, test: Filter) -> list[TaskRecord] | None:
    """A superset of the tasks that the filter finds, from an index; None if no index helps."""
    best: list[TaskRecord] | None = None
    for condition in test.conditions:
        found: list[TaskRecord] | None = None
        if condition.name == "id" and condition.op == "eq":
            task = job.tasks.get(str(condition.literal))
            return [] if task is None else [task]
        if condition.name == "state" and condition.op == "eq" and condition.literal in set(TaskState):
            state = TaskState(str(condition.literal))
            if job.tasks.count(state) * _INDEX_SELECTIVITY < len(job.tasks):
                found = job.tasks.in_state(state)
        elif condition.name == "stateTransitionTime" and condition.op in {"gt", "ge"}:
            # A text is no time: no task matches.
            found = [] if isinstance(condition.literal, str) else job.tasks.changed_since(condition.literal)
        if found is not None and (best is None or len(found) < len(best)):
            best = found
    return best


_SUBTASK_INSTANTS = ("startTime", "endTime", "stateTransitionTime", "previousStateTransitionTime")
_SUBTASK_ORDER = (
    *("id", "startTime", "endTime", "state", "stateTransitionTime", "previousState", "previousStateTransitionTime"),
    *("exitCode", "failureInfo", "result"),
)


async def list_subtasks(call: Call) -> Reply:
    """GET /jobs/{id}/tasks/{task}/subtasksinfo: empty unless it is a multi-instance task."""
    job, task = call.account.task(*call.parts)
    subtasks = [selected(call, _subtask(job, task, known, call.base)) for known in job.subtasks.get(task.key, ())]
    return Reply(status=200, document={"odata.metadata": f"{call.base}/$metadata#subtaskinfo", "value": subtasks})


def _subtask(job: JobRecord, task: TaskRecord, known: Json, base: str) -> Json:
    """One subtask, properties in the order of recorded answers."""
    document = {name: known[name] for name in _SUBTASK_ORDER if name in known}
    for name in _SUBTASK_INSTANTS:
        if name in document:
            document[name] = format_instant(document[name])
    where = f"{task.id}/{known['id']}"
    document["nodeInfo"] = node_info_view(job, where, (known["poolId"], known["nodeId"]), base)
    return document
