"""Nodes of a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol import (
    ALL,
    EQUALITY,
    ID,
    Call,
    Field,
    Reply,
    filtered,
    node_view,
    page,
    resource_reply,
    schemas,
    selects,
)
from recipebatch.emulator.state.transitions import pool as pool_transitions

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.emulator.state import Json, NodeRecord, PoolRecord


def _start_task(name: str) -> Callable[[NodeRecord], Any]:
    return lambda node: (node.start_task_info or {}).get(name)


_FIELDS: dict[str, Field[NodeRecord]] = {
    "id": Field(ID, lambda node: node.id),
    "state": Field(EQUALITY, lambda node: node.state),
    "schedulingState": Field(EQUALITY, lambda node: "enabled" if node.scheduling_enabled else "disabled"),
    "isDedicated": Field(EQUALITY, lambda node: node.is_dedicated),
    "stateTransitionTime": Field(ALL, lambda node: node.state_time),
    "lastBootTime": Field(ALL, lambda node: node.boot_time),
    "allocationTime": Field(ALL, lambda node: node.allocation_time),
    "startTaskInfo/state": Field(EQUALITY, _start_task("state")),
    "startTaskInfo/result": Field(EQUALITY, _start_task("result")),
    "startTaskInfo/exitCode": Field(ALL, _start_task("exitCode")),
    "startTaskInfo/startTime": Field(ALL, _start_task("startTime")),
    "startTaskInfo/endTime": Field(ALL, _start_task("endTime")),
}


async def list_nodes(call: Call) -> Reply:
    """GET /pools/{id}/nodes."""
    pool = call.account.pool(call.parts[0])
    found = filtered(call, _FIELDS, sorted(pool.nodes.items()))
    return page(call, "nodes", found, lambda node: _view(call, pool, node))


async def get_node(call: Call) -> Reply:
    """GET /pools/{id}/nodes/{node}."""
    pool, node = call.account.node(*call.parts)
    if selects(call, "state"):
        call.account.listener.record_read(node)
    return resource_reply(call, "nodes", _view(call, pool, node))


async def disable_scheduling(call: Call) -> Reply:
    """POST /pools/{id}/nodes/{node}/disablescheduling."""
    body = call.optional_json(schemas.NODE_DISABLE_SCHEDULING)
    pool, node = call.account.node(*call.parts)
    option = body.get("nodeDisableSchedulingOption", "requeue")
    pool_transitions.set_scheduling(call.account, pool, node, enabled=False, option=option)
    return Reply(status=200, headers={"DataServiceId": call.url})


async def enable_scheduling(call: Call) -> Reply:
    """POST /pools/{id}/nodes/{node}/enablescheduling."""
    pool, node = call.account.node(*call.parts)
    pool_transitions.set_scheduling(call.account, pool, node, enabled=True, option="requeue")
    return Reply(status=200, headers={"DataServiceId": call.url})


def _view(call: Call, pool: PoolRecord, node: NodeRecord) -> Json:
    return node_view(call.account, pool, node, base=call.base, version=call.version)
