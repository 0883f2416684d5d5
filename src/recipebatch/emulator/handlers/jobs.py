"""Jobs and their task counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol import (
    ALL,
    EQUALITY,
    ID,
    Call,
    Field,
    Reply,
    changed,
    created,
    defaults,
    filtered,
    job_view,
    modified_headers,
    page,
    preparation_status_view,
    resource_reply,
    schemas,
    selects,
    task_counts,
)
from recipebatch.emulator.state import BatchError, invalid_value
from recipebatch.emulator.state.transitions import job as job_transitions
from recipebatch.vocabulary.states import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from recipebatch.emulator.protocol import Json
    from recipebatch.emulator.state import JobRecord

_FIELDS: dict[str, Field[JobRecord]] = {
    "id": Field(ID, lambda job: job.id),
    "state": Field(EQUALITY, lambda job: job.state),
    "stateTransitionTime": Field(ALL, lambda job: job.state_time),
    "creationTime": Field(ALL, lambda job: job.created),
    "lastModified": Field(ALL, lambda job: job.modified),
    "executionInfo/startTime": Field(ALL, lambda job: job.start_time),
    "executionInfo/endTime": Field(ALL, lambda job: job.end_time),
    "executionInfo/poolId": Field(ID, lambda job: job.pool_id),
}


def _info(kind: str, name: str) -> Callable[[Json], Any]:
    return lambda known: known.get(kind, {}).get(name)


_STATUS_FIELDS: dict[str, Field[Json]] = {
    f"{property_name}/{name}": Field(operators, _info(kind, name))
    for property_name, kind in (
        ("jobPreparationTaskExecutionInfo", "preparation"),
        ("jobReleaseTaskExecutionInfo", "release"),
    )
    for name, operators in (
        ("state", EQUALITY),
        ("result", EQUALITY),
        ("exitCode", ALL),
        ("startTime", ALL),
        ("endTime", ALL),
    )
}
_USER_TERMINATE = "UserTerminate"


async def add_job(call: Call) -> Reply:
    """POST /jobs. The headers call every job `job-1`, as the service has since 2016 (recorded answers)."""
    body = call.json(schemas.JOB_ADD)
    job_id = body.pop("id")
    body = defaults.job_with_defaults(body)
    job = job_transitions.create_job(call.account, call.registry.next_job_seq(), job_id, body)
    return created(job.modified, f"{call.base}/jobs/job-1")


async def list_jobs(call: Call) -> Reply:
    """GET /jobs."""
    return job_page(call, call.account.jobs.values())


def job_page(call: Call, jobs: Iterable[JobRecord]) -> Reply:
    """One page of the given jobs."""
    found = filtered(call, _FIELDS, sorted(((job.key, job) for job in jobs), key=lambda entry: entry[0]))
    return page(call, "jobs", found, lambda job: _view(call, job))


async def get_job(call: Call) -> Reply:
    """GET /jobs/{id}."""
    job = call.account.job(call.parts[0])
    if call.check_conditions(job.modified):
        return Reply(status=304, headers=modified_headers(job.modified))
    return resource_reply(call, "jobs", _view(call, job), modified=job.modified)


async def patch_job(call: Call) -> Reply:
    """PATCH /jobs/{id}: only the given properties change."""
    job = _changeable(call)
    body = call.json(schemas.JOB_PATCH)
    kept = "poolInfo" not in body
    whole = defaults.job_with_defaults(job.body | body, in_schedule=":" in job.id, pool_is_checked=kept)
    _check_change(job, whole)
    # An empty list clears the property (recorded requests).
    changes = {name: None if whole[name] == [] else whole[name] for name in body}
    job_transitions.update_job(call.account, job, changes)
    return changed(call, 200, job.modified)


async def put_job(call: Call) -> Reply:
    """PUT /jobs/{id}: properties that are not given take their defaults."""
    job = _changeable(call)
    body = call.json(schemas.JOB_PUT)
    whole = defaults.job_with_defaults(body, in_schedule=":" in job.id)
    _check_change(job, whole)
    names = ("priority", "maxParallelTasks", "allowTaskPreemption", "constraints", "onAllTasksComplete", "poolInfo")
    changes = {name: whole[name] for name in names} | {"metadata": whole.get("metadata") or None}
    job_transitions.update_job(call.account, job, changes)
    return changed(call, 200, job.modified)


async def delete_job(call: Call) -> Reply:
    """DELETE /jobs/{id}."""
    job_transitions.delete_job(call.account, _changeable(call), force=call.flag("force"))
    return Reply(status=202)


async def disable_job(call: Call) -> Reply:
    """POST /jobs/{id}/disable."""
    job = _changeable(call)
    body = call.json(schemas.JOB_DISABLE)
    job_transitions.disable_job(call.account, job, body["disableTasks"])
    return changed(call, 202, job.modified)


async def enable_job(call: Call) -> Reply:
    """POST /jobs/{id}/enable."""
    job = _changeable(call)
    job_transitions.enable_job(call.account, job)
    return changed(call, 202, job.modified)


async def terminate_job(call: Call) -> Reply:
    """POST /jobs/{id}/terminate."""
    force = call.flag("force")
    job = _changeable(call)
    body = call.optional_json(schemas.JOB_TERMINATE)
    job_transitions.terminate_job(call.account, job, body.get("terminateReason") or _USER_TERMINATE, force=force)
    return changed(call, 202, job.modified)


async def get_task_counts(call: Call) -> Reply:
    """GET /jobs/{id}/taskcounts."""
    job = call.account.job(call.parts[0])
    return resource_reply(call, "taskcountsresult", task_counts(job))


async def preparation_and_release_status(call: Call) -> Reply:
    """GET /jobs/{id}/jobpreparationandreleasetaskstatus."""
    job = call.account.job(call.parts[0])
    if not {"jobPreparationTask", "jobReleaseTask"} & job.body.keys():
        raise BatchError("JobPreparationTaskOrReleaseTaskNotSpecified")
    found = filtered(call, _STATUS_FIELDS, sorted(job.on_nodes.items()))
    entries = ((node_id, (node_id, known)) for node_id, known in found)
    return page(
        call,
        "jobpreparationandreleasetaskstatuslist",
        entries,
        lambda entry: preparation_status_view(job, *entry, base=call.base),
    )


def _changeable(call: Call) -> JobRecord:
    job = call.account.job(call.parts[0])
    call.check_conditions(job.modified)
    return job


def _check_change(job: JobRecord, whole: Json) -> None:
    """Refuse changes that are never valid, or not in this state. Raises: BatchError."""
    if job.body["onAllTasksComplete"] == "terminatejob" and whole["onAllTasksComplete"] == "noaction":
        reason = "onAllTasksComplete cannot be changed from terminatejob to noaction"
        raise invalid_value("onAllTasksComplete", "noaction", reason)
    old, new = job.body["poolInfo"], whole["poolInfo"]
    if "autoPoolSpecification" in old or "autoPoolSpecification" in new:
        _check_auto_pool(old.get("autoPoolSpecification"), new.get("autoPoolSpecification"))
    elif new["poolId"].lower() != old["poolId"].lower() and job.state is not JobState.DISABLED:
        reason = "The pool of a job can only be changed while the job is disabled"
        raise BatchError("OperationInvalidForCurrentState", ("Reason", reason))


def _check_auto_pool(old: Json | None, new: Json | None) -> None:
    """Only `keepAlive` of an auto pool can change, and only if the pool's lifetime is the job. Raises: BatchError."""
    if old is None or new is None or _unchangeable(old) != _unchangeable(new):
        reason = "Only the property keepAlive of an autoPoolSpecification can be changed"
        raise invalid_value("autoPoolSpecification", None, reason)
    if old["keepAlive"] != new["keepAlive"] and old["poolLifetimeOption"] != "job":
        reason = "keepAlive can only be changed if poolLifetimeOption is job"
        raise invalid_value("keepAlive", new["keepAlive"], reason)


def _unchangeable(specification: Json) -> Json:
    """The part of an auto pool that cannot change; `jobDefaultOrder` is not known to every api-version."""
    pool = specification["pool"]
    policy = {name: value for name, value in pool["taskSchedulingPolicy"].items() if name != "jobDefaultOrder"}
    return {**specification, "keepAlive": None, "pool": {**pool, "taskSchedulingPolicy": policy}}


def _view(call: Call, job: JobRecord) -> Json:
    if selects(call, "state"):
        call.account.listener.record_read(job)
    return job_view(job, base=call.base, version=call.version)
