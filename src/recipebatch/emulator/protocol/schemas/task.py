"""Refines the specification of tasks of all kinds: their files, users, constraints and exit conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.emulator.protocol.schemas.builder import Refinement, TypeRules, echoed
from recipebatch.emulator.protocol.schemas.pool import DISPLAY_NAME, NO_MANAGED_IDENTITY
from recipebatch.emulator.protocol.validation import duration, identifier, integer, list_of, one_of, refused, text, url
from recipebatch.vocabulary import ids, limits
from recipebatch.vocabulary.durations import TICKS_PER_SECOND

if TYPE_CHECKING:
    from recipebatch.emulator.protocol.validation import Rule

_SAME_USER = "all tasks, elevated ones too, run as the user who started the emulator"
_GOES_WITH_THE_JOB = "the files of preparation and release tasks are removed with the job"
_RETRIES = integer(-1)
_MAX_RANGES = 1000
"""Ranges of ids that one task may depend on; each is looked at when a task ends. A limit of the emulator."""
# A container has a command of its own, so the line may be empty.
_COMMAND_LINE = text()
_TASK: dict[str, Rule | Refinement] = {
    "id": identifier(ids.task_id),
    "displayName": DISPLAY_NAME,
    "commandLine": _COMMAND_LINE,
    "requiredSlots": integer(1, limits.MAX_TASK_SLOTS_PER_NODE),
    "authenticationTokenSettings": refused("Authentication tokens are not implemented by this emulator"),
}

RULES: dict[str, TypeRules] = {
    "TaskAddParameter": TypeRules(type_name="CloudTask", properties=_TASK),
    "TaskUpdateParameter": TypeRules(type_name="CloudTask"),
    "JobManagerTask": TypeRules(properties=_TASK),
    "JobPreparationTask": TypeRules(properties={"id": identifier(ids.task_id), "commandLine": _COMMAND_LINE}),
    "JobReleaseTask": TypeRules(
        properties={
            "id": identifier(ids.task_id),
            "commandLine": _COMMAND_LINE,
            "maxWallClockTime": duration(most=15 * 60 * TICKS_PER_SECOND),
            **echoed(_GOES_WITH_THE_JOB, "retentionTime"),
        }
    ),
    "StartTask": TypeRules(properties={"commandLine": _COMMAND_LINE, "maxTaskRetryCount": _RETRIES}),
    "TaskConstraints": TypeRules(properties={"maxTaskRetryCount": _RETRIES}),
    "MultiInstanceSettings": TypeRules(properties={"numberOfInstances": integer(1)}),
    "TaskDependencies": TypeRules(
        properties={"taskIds": list_of(text(least=1)), "taskIdRanges": Refinement(longest=_MAX_RANGES)}
    ),
    "UserIdentity": TypeRules(properties={"username": text(least=1), **echoed(_SAME_USER, "autoUser")}),
    "AutoUserSpecification": TypeRules(echo=_SAME_USER),
    "ResourceFile": TypeRules(
        properties={
            "httpUrl": url("HttpUrl"),
            "storageContainerUrl": url("StorageContainerUrl"),
            "autoStorageContainerName": text(least=1),
            "identityReference": NO_MANAGED_IDENTITY,
        }
    ),
    "OutputFileDestination": TypeRules(properties={"container": Refinement(required=True)}),
    "OutputFileBlobContainerDestination": TypeRules(
        properties={"containerUrl": url("ContainerUrl"), "identityReference": NO_MANAGED_IDENTITY}
    ),
    "OutputFileUploadOptions": TypeRules(
        # Capitals on the wire, however a client writes it (recorded answers).
        properties={"uploadCondition": one_of("TaskSuccess", "TaskFailure", "TaskCompletion")}
    ),
}
