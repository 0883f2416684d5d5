"""Job schedules and their jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from recipebatch.emulator.handlers import jobs
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
    job_specification_view,
    modified_headers,
    page,
    resource_reply,
    schemas,
    selects,
)
from recipebatch.emulator.state import etag, format_instant, invalid_value, parse_instant
from recipebatch.emulator.state.transitions import schedule as schedule_transitions

if TYPE_CHECKING:
    from recipebatch.emulator.protocol import Json
    from recipebatch.emulator.state import ScheduleRecord

_FIELDS: dict[str, Field[ScheduleRecord]] = {
    "id": Field(ID, lambda schedule: schedule.id),
    "state": Field(EQUALITY, lambda schedule: schedule.state),
    "stateTransitionTime": Field(ALL, lambda schedule: schedule.state_time),
    "creationTime": Field(ALL, lambda schedule: schedule.created),
    "lastModified": Field(ALL, lambda schedule: schedule.modified),
}


async def add_schedule(call: Call) -> Reply:
    """POST /jobschedules."""
    body = call.json(schemas.SCHEDULE_ADD)
    schedule_id = body.pop("id")
    schedule = schedule_transitions.create_schedule(call.account, schedule_id, _with_defaults(body))
    return created(schedule.modified, f"{call.base}/jobschedules/{schedule.id}")


async def list_schedules(call: Call) -> Reply:
    """GET /jobschedules."""
    found = filtered(call, _FIELDS, sorted(call.account.schedules.items()))
    return page(call, "jobschedules", found, lambda schedule: _view(call, schedule))


async def get_schedule(call: Call) -> Reply:
    """GET /jobschedules/{id}."""
    schedule = call.account.schedule(call.parts[0])
    if call.check_conditions(schedule.modified):
        return Reply(status=304, headers=modified_headers(schedule.modified))
    return resource_reply(call, "jobschedules", _view(call, schedule), modified=schedule.modified)


async def head_schedule(call: Call) -> Reply:
    """HEAD /jobschedules/{id}."""
    schedule = call.account.schedule(call.parts[0])
    status = 304 if call.check_conditions(schedule.modified) else 200
    return Reply(status=status, headers=modified_headers(schedule.modified))


async def patch_schedule(call: Call) -> Reply:
    """PATCH /jobschedules/{id}: each property that is given is replaced as a whole."""
    schedule = _changeable(call)
    changes = _with_defaults(call.json(schemas.SCHEDULE_PATCH))
    if changes.get("metadata") == []:
        changes["metadata"] = None
    schedule_transitions.update_schedule(call.account, schedule, changes)
    return changed(call, 200, schedule.modified)


async def put_schedule(call: Call) -> Reply:
    """PUT /jobschedules/{id}: metadata that is not given is removed."""
    schedule = _changeable(call)
    changes = _with_defaults(call.json(schemas.SCHEDULE_PUT))
    changes["metadata"] = changes.get("metadata") or None
    schedule_transitions.update_schedule(call.account, schedule, changes)
    return changed(call, 200, schedule.modified)


async def delete_schedule(call: Call) -> Reply:
    """DELETE /jobschedules/{id}: with its jobs and their tasks."""
    call.flag("force")
    schedule_transitions.delete_schedule(call.account, _changeable(call))
    return Reply(status=202)


async def disable_schedule(call: Call) -> Reply:
    """POST /jobschedules/{id}/disable."""
    schedule = _changeable(call)
    schedule_transitions.disable_schedule(call.account, schedule)
    return changed(call, 204, schedule.modified)


async def enable_schedule(call: Call) -> Reply:
    """POST /jobschedules/{id}/enable."""
    schedule = _changeable(call)
    schedule_transitions.enable_schedule(call.account, schedule)
    return changed(call, 204, schedule.modified)


async def terminate_schedule(call: Call) -> Reply:
    """POST /jobschedules/{id}/terminate."""
    call.flag("force")
    schedule = _changeable(call)
    schedule_transitions.terminate_schedule(call.account, schedule)
    return changed(call, 202, schedule.modified)


async def list_jobs_of_schedule(call: Call) -> Reply:
    """GET /jobschedules/{id}/jobs."""
    schedule = call.account.schedule(call.parts[0])
    return jobs.job_page(call, schedule_transitions.jobs_of(call.account, schedule))


def _changeable(call: Call) -> ScheduleRecord:
    schedule = call.account.schedule(call.parts[0])
    call.check_conditions(schedule.modified)
    return schedule


def _with_defaults(body: Json) -> Json:
    """A schedule's definition with the defaults of its jobs. Raises: BatchError."""
    whole = dict(body)
    times = body.get("schedule", {})
    until, after = (times.get(name) for name in ("doNotRunUntil", "doNotRunAfter"))
    if until is not None and after is not None and parse_instant(after) <= parse_instant(until):
        raise invalid_value("doNotRunAfter", after, "doNotRunAfter must be later than doNotRunUntil")
    if "jobSpecification" in body:
        whole["jobSpecification"] = defaults.job_with_defaults(body["jobSpecification"], in_schedule=True)
    return whole


def _view(call: Call, schedule: ScheduleRecord) -> Json:
    """A schedule as GET returns it, properties in the order of recorded answers."""
    if selects(call, "state"):
        call.account.listener.record_read(schedule)
    body = schedule.body
    document: Json = {"id": schedule.id}
    if "displayName" in body:
        document["displayName"] = body["displayName"]
    document |= {
        "url": f"{call.base}/jobschedules/{schedule.id}",
        "eTag": etag(schedule.modified),
        "lastModified": format_instant(schedule.modified),
        "creationTime": format_instant(schedule.created),
        "state": schedule.state,
        "stateTransitionTime": format_instant(schedule.state_time),
    }
    if schedule.previous_state is not None and schedule.previous_state_time is not None:
        document["previousState"] = schedule.previous_state
        document["previousStateTransitionTime"] = format_instant(schedule.previous_state_time)
    document["schedule"] = body.get("schedule", {})
    document["jobSpecification"] = job_specification_view(body["jobSpecification"], version=call.version)
    document["executionInfo"] = _execution_info(schedule, call.base)
    if "metadata" in body:
        document["metadata"] = body["metadata"]
    return document


def _execution_info(schedule: ScheduleRecord, base: str) -> Json:
    info: Json = {}
    if schedule.next_run is not None:
        info["nextRunTime"] = format_instant(schedule.next_run)
    if schedule.recent_job is not None:
        info["recentJob"] = {"url": f"{base}/jobs/{quote(schedule.recent_job, safe=':')}", "id": schedule.recent_job}
    if schedule.end_time is not None:
        info["endTime"] = format_instant(schedule.end_time)
    return info
