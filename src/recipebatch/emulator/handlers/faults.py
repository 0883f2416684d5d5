"""The control endpoint for faults in tests, and quotas. Azure has no such endpoint; paths begin with `/$emulator`.

Requests are signed like all others and affect their own account only. `api-version` may be left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol import Call, ObjectSchema, Property, Reply, integer, one_of, text
from recipebatch.emulator.state import (
    ANY,
    ERROR_CODES,
    REQUEST_ACTIONS,
    UNTIL_REMOVED,
    Action,
    BatchError,
    Fault,
    invalid_value,
)
from recipebatch.emulator.state.transitions import node_faults
from recipebatch.vocabulary.durations import TICKS_PER_SECOND

if TYPE_CHECKING:
    from recipebatch.emulator.protocol import Json

PREFIX = "/$emulator/"
_PREEMPT = "preempt"
_LOSE = "lose"
_RESTORE = "restore"
_NEVER = -1
_MAX_SECONDS = 86_400
_MAX_FAULTS = 100
_LONGEST_TEXT = 1000
_RESIZE_ERRORS = (
    *("AccountCoreQuotaReached", "AccountLowPriorityCoreQuotaReached", "AllocationFailed", "AllocationTimedout"),
    *("AccountVMSeriesCoreQuotaReached", "AccountSpotCoreQuotaReached", "Unknown"),
)


def _seconds(name: str, value: Any, _version: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MAX_SECONDS:
        raise invalid_value(name, None, f"The value must be a number of seconds, at most {_MAX_SECONDS}")
    return float(value)


_TEXT = text(least=1, longest=_LONGEST_TEXT)
_FAULT = ObjectSchema(
    "Fault",
    {
        "action": Property(one_of(*(action.value for action in Action), _PREEMPT, _LOSE, _RESTORE), required=True),
        "method": Property(_TEXT),
        "path": Property(_TEXT),
        "poolId": Property(_TEXT),
        "nodeId": Property(_TEXT),
        "skip": Property(integer(0)),
        "count": Property(integer(UNTIL_REMOVED)),
        "when": Property(one_of("before", "after")),
        "code": Property(_TEXT),
        "retryAfter": Property(integer(0)),
        "delaySeconds": Property(_seconds),
        "nodes": Property(integer(0)),
        "state": Property(one_of("unknown", "unusable")),
        "backSeconds": Property(integer(_NEVER)),
    },
)
_REQUEST = frozenset({"method", "path", "skip", "count", "when", "delaySeconds"})
_POOL = frozenset({"poolId", "skip", "count"})
_MEANS: dict[str, frozenset[str]] = {
    "answer": _REQUEST | {"code", "retryAfter"},
    "close": _REQUEST,
    "delay": _REQUEST,
    "allocation": _POOL | {"code", "delaySeconds", "nodes"},
    "starttask": _POOL,
    _PREEMPT: frozenset({"poolId", "nodeId", "backSeconds"}),
    _LOSE: frozenset({"poolId", "nodeId", "state", "backSeconds"}),
    _RESTORE: frozenset({"poolId", "nodeId"}),
}


async def add_fault(call: Call) -> Reply:
    """POST /$emulator/faults: adds a fault; a node fault is applied immediately."""
    body = call.json(_FAULT)
    action = body["action"]
    for name in body.keys() - {"action"} - _MEANS[action]:
        raise invalid_value(name, None, f"Property {name} does not apply to a fault with action {action}")
    if action in {_PREEMPT, _LOSE, _RESTORE}:
        return _inject_node_fault(call, body)
    if len(call.account.faults.all()) >= _MAX_FAULTS:
        raise invalid_value("action", action, f"An account must not have more than {_MAX_FAULTS} faults")
    fault = _fault(call.account.faults.next_id(), body)
    call.account.faults.add(fault)
    return Reply(status=201, document=_view(fault), headers={"Location": f"{call.url}/{fault.id}"})


async def list_faults(call: Call) -> Reply:
    """GET /$emulator/faults: lists the faults that still apply."""
    return Reply(status=200, document={"value": [_view(fault) for fault in call.account.faults.all()]})


async def list_quotas(call: Call) -> Reply:
    """GET /$emulator/quotas: the quotas of the account, which Azure tells through Azure Resource Manager only."""
    quotas = call.account.settings.quotas
    document = {
        "dedicatedCoreQuota": quotas.dedicated_cores,
        "lowPriorityCoreQuota": quotas.low_priority_cores,
        "nodeQuota": quotas.nodes,
        "poolQuota": quotas.pools,
        "activeJobAndJobScheduleQuota": quotas.active_jobs_and_job_schedules,
    }
    return Reply(status=200, document=document)


async def clear_faults(call: Call) -> Reply:
    """DELETE /$emulator/faults: removes all faults."""
    call.account.faults.clear()
    return Reply(status=204)


async def delete_fault(call: Call) -> Reply:
    """DELETE /$emulator/faults/{id}."""
    if not call.account.faults.remove(call.parts[0]):
        raise BatchError("ResourceNotFound")
    return Reply(status=204)


def _fault(fault_id: str, body: Json) -> Fault:
    action = Action(body["action"])
    code = body.get("code")
    if action is Action.ANSWER and code not in ERROR_CODES:
        raise invalid_value("code", code, "The value must be an error code of the service")
    if action is Action.ALLOCATION and code is not None and code not in _RESIZE_ERRORS:
        raise invalid_value("code", code, "The value must be a resize error code of the service")
    if body.get("count") == 0:
        raise invalid_value("count", 0, "The value must be -1 or greater than 0")
    return Fault(
        id=fault_id,
        action=action,
        method=body.get("method", ANY),
        path=body.get("path", "/**"),
        pool=body.get("poolId", ANY),
        skip=body.get("skip", 0),
        count=body.get("count", 1),
        after=body.get("when") == "after",
        code=code,
        retry_after=body.get("retryAfter"),
        delay=body.get("delaySeconds", 0.0),
        nodes=body.get("nodes", 0),
    )


def _inject_node_fault(call: Call, body: Json) -> Reply:
    for name in ("poolId", "nodeId"):
        if name not in body:
            raise BatchError("MissingRequiredProperty", ("PropertyName", name))
    pool, node = call.account.node(body["poolId"], body["nodeId"])
    asked = body.get("backSeconds")
    back = None if asked in {None, _NEVER} else asked * TICKS_PER_SECOND
    if body["action"] == _RESTORE:
        node_faults.restore_node(call.account, pool, node)
    elif body["action"] == _PREEMPT:
        back = node_faults.BACK_TICKS if asked is None else back
        node_faults.preempt_node(call.account, pool, node, back=back)
    else:
        usable_again = body.get("state", "unknown") == "unknown"
        node_faults.lose_node(call.account, pool, node, usable_again=usable_again, back=back)
    return Reply(status=200, document={"poolId": pool.id, "nodeId": node.id, "state": node.state})


def _view(fault: Fault) -> Json:
    document: Json = {"id": fault.id, "action": fault.action.value, "skip": fault.skip, "count": fault.count}
    if fault.action in REQUEST_ACTIONS:
        document |= {"method": fault.method, "path": fault.path, "when": "after" if fault.after else "before"}
    else:
        document["poolId"] = fault.pool
    if fault.action is Action.ALLOCATION:
        document["nodes"] = fault.nodes
    if fault.code is not None:
        document["code"] = fault.code
    if fault.retry_after is not None:
        document["retryAfter"] = fault.retry_after
    if fault.delay:
        document["delaySeconds"] = fault.delay
    return document
