"""Operations on one node: reboot, reimage, deallocate, start, user accounts, remote login, extensions, agent logs."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote

from recipebatch.emulator.protocol import Call, Reply, page, schemas
from recipebatch.emulator.state import BatchError, agent_log, parse_instant
from recipebatch.emulator.state.transitions import node as node_transitions

if TYPE_CHECKING:
    from recipebatch.emulator.protocol import Json

_SSH_PORT = 22


async def reboot(call: Call) -> Reply:
    """POST /pools/{id}/nodes/{node}/reboot."""
    body = call.optional_json(schemas.NODE_REBOOT)
    pool, node = call.account.node(*call.parts)
    node_transitions.reboot_node(call.account, pool, node, body.get("nodeRebootOption", "requeue"))
    return _accepted(call)


async def reimage(call: Call) -> Reply:
    """POST /pools/{id}/nodes/{node}/reimage: invalid for virtual machine configurations (recorded answers)."""
    call.optional_json(schemas.NODE_REIMAGE)
    call.account.node(*call.parts)
    reason = "Operation reimage can be invoked only on pools created with cloudServiceConfiguration"
    raise BatchError("OperationNotValidOnNode", ("Reason", reason))


async def deallocate(call: Call) -> Reply:
    """POST /pools/{id}/nodes/{node}/deallocate."""
    body = call.optional_json(schemas.NODE_DEALLOCATE)
    pool, node = call.account.node(*call.parts)
    node_transitions.deallocate_node(call.account, pool, node, body.get("nodeDeallocateOption", "requeue"))
    return _accepted(call)


async def start(call: Call) -> Reply:
    """POST /pools/{id}/nodes/{node}/start."""
    pool, node = call.account.node(*call.parts)
    node_transitions.start_node(call.account, pool, node)
    return _accepted(call)


async def add_user(call: Call) -> Reply:
    """POST /pools/{id}/nodes/{node}/users; its password and key are discarded."""
    user = call.json(schemas.NODE_USER_ADD)
    pool, node = call.account.node(*call.parts)
    if "password" in user and "sshPublicKey" in user:
        raise BatchError(
            "InvalidPropertyValue",
            ("PropertyName", "sshPublicKey"),
            ("Reason", "Only one of password and sshPublicKey may be specified"),
        )
    node_transitions.add_user(call.account, pool, node, {"isAdmin": False} | _without_credentials(user))
    location = f"{call.url}/{quote(user['name'], safe='')}"
    return Reply(status=201, headers={"Location": location, "DataServiceId": location})


async def put_user(call: Call) -> Reply:
    """PUT /pools/{id}/nodes/{node}/users/{name}."""
    body = call.json(schemas.NODE_USER_PUT)
    pool, node = call.account.node(*call.parts[:2])
    node_transitions.change_user(call.account, pool, node, call.parts[2], _without_credentials(body))
    return Reply(status=200, headers={"DataServiceId": call.url})


async def delete_user(call: Call) -> Reply:
    """DELETE /pools/{id}/nodes/{node}/users/{name}."""
    pool, node = call.account.node(*call.parts[:2])
    node_transitions.remove_user(call.account, pool, node, call.parts[2])
    return Reply(status=200)


async def remote_login_settings(call: Call) -> Reply:
    """GET /pools/{id}/nodes/{node}/remoteloginsettings: points to this machine, which hosts all nodes."""
    call.account.node(*call.parts)
    kind = "Microsoft.Azure.Batch.Protocol.Entities.RemoteLoginSettings"
    document: Json = {
        "odata.metadata": f"{call.base}/$metadata#{kind}",
        "remoteLoginIPAddress": "127.0.0.1",
        "remoteLoginPort": _SSH_PORT,
    }
    return Reply(status=200, document=document, headers={"DataServiceId": call.url})


async def list_extensions(call: Call) -> Reply:
    """GET /pools/{id}/nodes/{node}/extensions: always empty, because pools with extensions are refused."""
    call.account.node(*call.parts)
    return page(call, "nodevmextensions", [], lambda _extension: {})


async def get_extension(call: Call) -> Reply:
    """GET /pools/{id}/nodes/{node}/extensions/{name}."""
    call.account.node(*call.parts[:2])
    raise BatchError("ResourceNotFound")


async def upload_service_logs(call: Call) -> Reply:
    """POST /pools/{id}/nodes/{node}/uploadbatchservicelogs: replies at once; the upload follows."""
    body = call.json(schemas.SERVICE_LOGS)
    pool, node = call.account.node(*call.parts)
    end = parse_instant(body["endTime"]) if "endTime" in body else call.account.clock.now()
    files = agent_log.files(call.account, pool, node, start=parse_instant(body["startTime"]), end=end)
    directory = agent_log.directory(call.account, pool, node, uuid.uuid4())
    blobs = {f"{directory}/{name}": content for name, content in files.items()}
    call.account.listener.upload_requested(body["containerUrl"], blobs)
    kind = "Microsoft.Azure.Batch.Protocol.Entities.UploadBatchServiceLogsResult"
    document: Json = {
        "odata.metadata": f"{call.base}/$metadata#{kind}",
        "virtualDirectoryName": directory,
        "numberOfFilesUploaded": len(blobs),
    }
    return Reply(status=200, document=document)


def _accepted(call: Call) -> Reply:
    return Reply(status=202, headers={"DataServiceId": call.url})


def _without_credentials(user: Json) -> Json:
    return {name: value for name, value in user.items() if name not in {"password", "sshPublicKey"}}
