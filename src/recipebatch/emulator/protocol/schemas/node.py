"""What the bodies of the operations on one node may contain."""

from __future__ import annotations

from typing import Any

from recipebatch.emulator.protocol.schemas.core import V2024_07, V2025_06
from recipebatch.emulator.protocol.validation import ObjectSchema, Property, boolean, one_of, refused, text, url
from recipebatch.emulator.state import invalid_value, parse_instant

SINCE_2024_07 = frozenset({V2024_07, V2025_06})
_MAX_USER_NAME = 20
_NO_LOGIN = "a node is a directory of this machine: nobody logs in to it, and no password or key is kept"
_EMPTYING = one_of("requeue", "terminate", "taskcompletion", "retaineddata")


def instant(name: str, value: Any, _version: str) -> str:
    """An ISO 8601 moment; kept as it came."""
    try:
        parse_instant(value)
    except (TypeError, ValueError, AttributeError):
        raise invalid_value(name, value if isinstance(value, str) else None) from None
    return str(value)


NODE_REBOOT = ObjectSchema("NodeReboot", {"nodeRebootOption": Property(_EMPTYING)})
NODE_REIMAGE = ObjectSchema("NodeReimage", {"nodeReimageOption": Property(_EMPTYING)})
NODE_DEALLOCATE = ObjectSchema("NodeDeallocate", {"nodeDeallocateOption": Property(_EMPTYING)})
_CREDENTIALS = {
    "password": Property(text(), echo=_NO_LOGIN),
    "expiryTime": Property(instant, echo=_NO_LOGIN),
    "sshPublicKey": Property(text(), echo=_NO_LOGIN),
}
NODE_USER_ADD = ObjectSchema(
    "ComputeNodeUser",
    {
        "name": Property(text(least=1, longest=_MAX_USER_NAME), required=True),
        "isAdmin": Property(boolean, echo=_NO_LOGIN),
        **_CREDENTIALS,
    },
)
NODE_USER_PUT = ObjectSchema("NodeUpdateUser", _CREDENTIALS)
SERVICE_LOGS = ObjectSchema(
    "UploadBatchServiceLogs",
    {
        "containerUrl": Property(url("ContainerUrl"), required=True),
        "startTime": Property(instant, required=True),
        "endTime": Property(instant),
        "identityReference": Property(refused("A node of this emulator has no managed identity; use a SAS")),
    },
)
