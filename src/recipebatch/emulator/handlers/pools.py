"""Pools, supported images and node counts."""

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
    modified_headers,
    node_counts,
    page,
    pool_view,
    resource_reply,
    schemas,
    selects,
)
from recipebatch.emulator.state import IMAGES, BatchError, Image, invalid_value
from recipebatch.emulator.state.transitions import auto_scale
from recipebatch.emulator.state.transitions import pool as pool_transitions
from recipebatch.vocabulary.durations import parse_ticks

if TYPE_CHECKING:
    from recipebatch.emulator.protocol import Json
    from recipebatch.emulator.state import PoolRecord

_FIELDS: dict[str, Field[PoolRecord]] = {
    "id": Field(ID, lambda pool: pool.id),
    "state": Field(EQUALITY, lambda pool: pool.state),
    "allocationState": Field(EQUALITY, lambda pool: pool.allocation_state),
    "stateTransitionTime": Field(ALL, lambda pool: pool.state_time),
    "allocationStateTransitionTime": Field(ALL, lambda pool: pool.allocation_time),
    "creationTime": Field(ALL, lambda pool: pool.created),
    "lastModified": Field(ALL, lambda pool: pool.modified),
    "enableAutoScale": Field(EQUALITY, lambda pool: pool.body["enableAutoScale"]),
    "vmSize": Field(ID, lambda pool: pool.body["vmSize"]),
}
_COUNT_FIELDS: dict[str, Field[PoolRecord]] = {"poolId": Field(EQUALITY, lambda pool: pool.id)}
_IMAGE_FIELDS: dict[str, Field[Image]] = {
    "osType": Field(EQUALITY, lambda image: image.os_type),
    "verificationType": Field(EQUALITY, lambda image: "verified" if image.verified else "unverified"),
    "nodeAgentSKUId": Field(EQUALITY, lambda image: image.node_agent_sku_id),
}


async def add_pool(call: Call) -> Reply:
    """POST /pools."""
    try:
        body = call.json(schemas.POOL_ADD)
    except BatchError as error:
        # PoolExists takes precedence over a missing property (recorded answers).
        if error.code == "MissingRequiredProperty" and str(call.parsed().get("id", "")).lower() in call.account.pools:
            raise BatchError("PoolExists") from None
        raise
    pool_id = body.pop("id")
    body = defaults.pool_with_defaults(body)
    pool = pool_transitions.create_pool(call.account, pool_id, body, resize_timeout=parse_ticks(body["resizeTimeout"]))
    return created(pool.modified, f"{call.base}/pools/{pool.id}")


async def list_pools(call: Call) -> Reply:
    """GET /pools."""
    found = filtered(call, _FIELDS, sorted(call.account.pools.items()))
    return page(call, "pools", found, lambda pool: _view(call, pool))


async def get_pool(call: Call) -> Reply:
    """GET /pools/{id}."""
    pool = call.account.pool(call.parts[0])
    if call.check_conditions(pool.modified):
        return Reply(status=304, headers=modified_headers(pool.modified))
    return resource_reply(call, "pools", _view(call, pool), modified=pool.modified)


async def head_pool(call: Call) -> Reply:
    """HEAD /pools/{id}."""
    pool = call.account.pool(call.parts[0])
    status = 304 if call.check_conditions(pool.modified) else 200
    return Reply(status=status, headers=modified_headers(pool.modified))


async def patch_pool(call: Call) -> Reply:
    """PATCH /pools/{id}: only the given properties change."""
    pool = _changeable(call)
    body = call.json(schemas.POOL_PATCH)
    if pool.nodes or pool.target_dedicated or pool.target_low_priority:
        for name in ("vmSize", "virtualMachineConfiguration", "taskSlotsPerNode", "enableInterNodeCommunication"):
            if name in body:
                reason = f"Property {name} can only be changed while the pool has no nodes"
                raise BatchError("OperationNotValidOnPool", ("Reason", reason))
    whole = {name: value for name, value in pool.body.items() if name != "startTask"} | body
    whole = defaults.pool_with_defaults(whole)
    # An empty list clears the property (recorded requests).
    changes = {name: None if whole[name] == [] else whole[name] for name in body}
    pool_transitions.update_pool(call.account, pool, changes)
    return changed(call, 200, pool.modified)


async def update_pool_properties(call: Call) -> Reply:
    """POST /pools/{id}/updateproperties: removes the start task if none is given."""
    pool = _changeable(call)
    body = call.json(schemas.POOL_UPDATE_PROPERTIES)
    start_task = body.get("startTask")
    changes: dict[str, Any] = {
        "startTask": None if start_task is None else defaults.start_task_with_defaults(start_task),
        "metadata": body["metadata"] or None,
        "applicationPackageReferences": body["applicationPackageReferences"] or None,
    }
    if schemas.POOL_UPDATE_PROPERTIES.has("targetNodeCommunicationMode", call.version):
        # A property that is not given returns to its default (recorded answers).
        changes["targetNodeCommunicationMode"] = body.get("targetNodeCommunicationMode", "default")
    pool_transitions.update_pool(call.account, pool, changes)
    return changed(call, 204, pool.modified)


async def delete_pool(call: Call) -> Reply:
    """DELETE /pools/{id}."""
    pool = _changeable(call)
    pool_transitions.delete_pool(call.account, pool)
    return Reply(status=202)


async def resize_pool(call: Call) -> Reply:
    """POST /pools/{id}/resize: the body is checked before the pool (recorded answers)."""
    body = call.json(schemas.POOL_RESIZE)
    if "targetDedicatedNodes" not in body and "targetLowPriorityNodes" not in body:
        name = "targetDedicatedNodes and/or targetLowPriorityNodes"
        raise BatchError("MissingRequiredProperty", ("PropertyName", name))
    pool = _changeable(call)
    auto_scale.refuse_scaled(pool)
    pool_transitions.resize_pool(
        call.account,
        pool,
        # A target that is not given becomes 0 (recorded answers).
        dedicated=body.get("targetDedicatedNodes", 0),
        low_priority=body.get("targetLowPriorityNodes", 0),
        timeout=_timeout(body),
        option=_option(body),
    )
    return changed(call, 202, pool.modified)


async def stop_resize(call: Call) -> Reply:
    """POST /pools/{id}/stopresize."""
    pool = _changeable(call)
    pool_transitions.stop_resize(call.account, pool)
    return changed(call, 202, pool.modified)


async def remove_nodes(call: Call) -> Reply:
    """POST /pools/{id}/removenodes."""
    pool = _changeable(call)
    body = call.json(schemas.NODE_REMOVE)
    if not body["nodeList"]:
        raise invalid_value("nodeList", None, "The list of nodes must not be empty")
    nodes = [call.account.node(pool.id, node_id)[1] for node_id in body["nodeList"]]
    auto_scale.refuse_scaled(pool)
    pool_transitions.remove_nodes(call.account, pool, nodes, timeout=_timeout(body), option=_option(body))
    return changed(call, 202, pool.modified)


async def list_node_counts(call: Call) -> Reply:
    """GET /nodecounts."""
    found = filtered(call, _COUNT_FIELDS, sorted(call.account.pools.items()))
    return page(call, "poolnodecounts", found, lambda pool: node_counts(pool, version=call.version))


async def list_supported_images(call: Call) -> Reply:
    """GET /supportedimages."""
    numbered = ((f"{number:06d}", image) for number, image in enumerate(IMAGES))
    found = filtered(call, _IMAGE_FIELDS, numbered)
    return page(call, "supportedimages", found, lambda image: image.to_json())


async def retired_usage_metrics(_call: Call) -> Reply:
    """GET /poolusagemetrics."""
    raise BatchError("PoolUsageMetricAPIRetired")


def _changeable(call: Call) -> PoolRecord:
    pool = call.account.pool(call.parts[0])
    call.check_conditions(pool.modified)
    return pool


def _view(call: Call, pool: PoolRecord) -> Json:
    if selects(call, "state", "allocationState"):
        call.account.listener.record_read(pool)
    return pool_view(pool, base=call.base, version=call.version)


def _timeout(body: Json) -> int:
    return parse_ticks(body.get("resizeTimeout", defaults.DEFAULT_RESIZE_TIMEOUT))


def _option(body: Json) -> str:
    return str(body.get("nodeDeallocationOption", "requeue"))
