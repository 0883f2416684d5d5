"""Refines the specification of pools, of their nodes and of the operations on both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol.schemas.builder import Refinement, TypeRules, echoed, shared
from recipebatch.emulator.protocol.schemas.network import MAX_MOUNTS, check_mounts, check_user_accounts
from recipebatch.emulator.protocol.validation import duration, identifier, integer, list_of, one_of, refused, text, url
from recipebatch.emulator.state import BatchError, invalid_value, parse_instant
from recipebatch.vocabulary import ids, limits
from recipebatch.vocabulary.durations import TICKS_PER_SECOND

if TYPE_CHECKING:
    from recipebatch.emulator.protocol.validation import Rule

LABEL = "a label for people; the service itself never reads it"
ONE_MACHINE = "all nodes are directories of one machine, so they always reach each other and the service"
_NO_LOGIN = "a node is a directory of this machine: it has no logins, and no password or key is kept"
NO_MANAGED_IDENTITY = refused("A node of this emulator has no managed identity; use a SAS")
_MAX_USER_NAME = 20
_RESIZE_TIMEOUT = duration(least=int(limits.MIN_RESIZE_TIMEOUT.total_seconds()) * TICKS_PER_SECOND)
_FORMULA = text(least=1)
_INTERVAL = duration(least=5 * 60 * TICKS_PER_SECOND, most=7 * 24 * 3600 * TICKS_PER_SECOND)
DISPLAY_NAME = Refinement(rule=text(longest=limits.MAX_DISPLAY_NAME_LENGTH), echo=LABEL)


def _retired(_name: str, _value: Any, _version: str) -> None:
    raise BatchError("CloudServiceConfigurationRetired")


def moment_as_sent(name: str, value: Any, _version: str) -> str:
    """An ISO 8601 time; stored as sent."""
    try:
        parse_instant(value)
    except (TypeError, ValueError, AttributeError):
        raise invalid_value(name, value if isinstance(value, str) else None) from None
    return str(value)


_POOL: dict[str, Rule | Refinement] = {
    "displayName": DISPLAY_NAME,
    "vmSize": text(least=1),
    "cloudServiceConfiguration": _retired,
    "resizeTimeout": _RESIZE_TIMEOUT,
    "targetDedicatedNodes": integer(0),
    "targetLowPriorityNodes": integer(0),
    "autoScaleFormula": _FORMULA,
    "autoScaleEvaluationInterval": _INTERVAL,
    "applicationLicenses": refused(),
    "certificateReferences": Refinement(
        rule=refused("Certificates are not implemented by this emulator"), required=False
    ),
    "taskSlotsPerNode": integer(1, limits.MAX_TASK_SLOTS_PER_NODE),
    "userAccounts": Refinement(then=check_user_accounts),
    **echoed(LABEL, "metadata"),
    "mountConfiguration": Refinement(then=check_mounts, longest=MAX_MOUNTS),
    **echoed(ONE_MACHINE, "targetNodeCommunicationMode"),
    **echoed("tags apply to Azure resources, which the emulator does not have", "resourceTags"),
    **echoed("nodes are never upgraded", "upgradePolicy"),
}
# Required by the service: there is nothing else a pool could be made of.
_NEW_POOL = _POOL | {"virtualMachineConfiguration": Refinement(required=True)}
_CREDENTIALS = echoed(_NO_LOGIN, "password", "sshPublicKey", expiryTime=moment_as_sent)

RULES: dict[str, TypeRules] = {
    "PoolAddParameter": TypeRules(type_name="CloudPool", properties={"id": identifier(ids.pool_id), **_NEW_POOL}),
    "PoolSpecification": TypeRules(properties=_NEW_POOL),
    "PoolPatchParameter": TypeRules(type_name="CloudPool", properties=shared("PoolPatchParameter", _POOL)),
    "PoolUpdatePropertiesParameter": TypeRules(
        type_name="CloudPool", properties=shared("PoolUpdatePropertiesParameter", _POOL)
    ),
    "PoolResizeParameter": TypeRules(type_name="ResizePool", properties=shared("PoolResizeParameter", _POOL)),
    "PoolEnableAutoScaleParameter": TypeRules(
        type_name="EnablePoolAutoScale", properties=shared("PoolEnableAutoScaleParameter", _POOL)
    ),
    "PoolEvaluateAutoScaleParameter": TypeRules(type_name="EvaluatePoolAutoScale"),
    "MetadataItem": TypeRules(properties={"value": text()}),
    # Capital S on the wire (recorded answers).
    "TaskSchedulingPolicy": TypeRules(properties={"nodeFillType": one_of("Spread", "Pack")}),
    "NodeRemoveParameter": TypeRules(
        type_name="RemoveNodes",
        properties={
            "nodeList": list_of(text(least=1), longest=100),
            "resizeTimeout": _RESIZE_TIMEOUT,
        },
    ),
    "NodeDisableSchedulingParameter": TypeRules(type_name="DisableScheduling"),
    "NodeRebootParameter": TypeRules(type_name="NodeReboot"),
    "NodeReimageParameter": TypeRules(type_name="NodeReimage"),
    "NodeDeallocateParameter": TypeRules(type_name="NodeDeallocate"),
    "ComputeNodeUser": TypeRules(
        properties={
            "name": text(least=1, longest=_MAX_USER_NAME),
            **echoed(_NO_LOGIN, "isAdmin"),
            **_CREDENTIALS,
        }
    ),
    "NodeUpdateUserParameter": TypeRules(type_name="NodeUpdateUser", properties=_CREDENTIALS),
    "UploadBatchServiceLogsConfiguration": TypeRules(
        type_name="UploadBatchServiceLogs",
        properties={
            "containerUrl": url("ContainerUrl"),
            "startTime": moment_as_sent,
            "endTime": moment_as_sent,
            "identityReference": NO_MANAGED_IDENTITY,
        },
    ),
}
