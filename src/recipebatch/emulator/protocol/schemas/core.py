"""What the body of each request may contain: the properties this emulator serves, shows again, or refuses.

A property with `echo` is kept and shown again without any effect, for the reason it gives; one with `refused`
exists in Azure Batch and is answered with 400 `UnsupportedProperty` and a reason. There is no third kind of
property that is taken and forgotten. Source: OpenAPI of 2024-02-01.19.0 and 2024-07-01.20.0, and the client of
2025-06-01.
"""

from __future__ import annotations

import re
from typing import Any

from recipebatch.emulator.protocol.schemas.machine import (
    JOB_NETWORK,
    MACHINE_PROPERTIES,
    NETWORK,
    TASK_CONTAINER,
    UPGRADE_POLICY,
    mounts,
    user_accounts,
)
from recipebatch.emulator.protocol.validation import (
    ObjectSchema,
    Property,
    boolean,
    duration,
    identifier,
    integer,
    list_of,
    one_of,
    pairs,
    refused,
    text,
    url,
)
from recipebatch.emulator.state import BatchError, invalid_value
from recipebatch.vocabulary import ids, limits
from recipebatch.vocabulary.durations import TICKS_PER_SECOND

V2024_02 = "2024-02-01.19.0"
V2024_07 = "2024-07-01.20.0"
V2025_06 = "2025-06-01"
VERSIONS = (V2024_02, V2024_07, V2025_06)
_OLD = (V2024_02, V2024_07)

_LABEL = "a label for people; the service itself never reads it"
_SAME_USER = "tasks run as the user who started the emulator, elevated ones too"
_ONE_MACHINE = "all nodes are directories of one machine, so they always reach each other and the service"
_GOES_WITH_THE_JOB = "the files of preparation and release tasks are removed with the job"
_NO_LICENCE = "nodes are directories of this machine and need no licence"

_MIN_RESIZE = int(limits.MIN_RESIZE_TIMEOUT.total_seconds()) * TICKS_PER_SECOND


def _retired(_name: str, _value: Any, _version: str) -> None:
    raise BatchError("CloudServiceConfigurationRetired")


_DISPLAY_NAME = Property(text(longest=limits.MAX_DISPLAY_NAME_LENGTH), echo=_LABEL)

APPLICATION_PACKAGE = ObjectSchema(
    "ApplicationPackageReference",
    {"applicationId": Property(text(least=1), required=True), "version": Property(text())},
)
METADATA_ITEM = ObjectSchema(
    "MetadataItem", {"name": Property(text(least=1), required=True), "value": Property(text(), required=True)}
)
_PACKAGES = Property(list_of(APPLICATION_PACKAGE))
_METADATA = Property(list_of(METADATA_ITEM), echo=_LABEL)
ENVIRONMENT_SETTING = ObjectSchema(
    "EnvironmentSetting", {"name": Property(text(least=1), required=True), "value": Property(text())}
)
_ENVIRONMENT = Property(list_of(ENVIRONMENT_SETTING))
USER_IDENTITY = ObjectSchema(
    "UserIdentity",
    {
        "username": Property(text(least=1)),
        "autoUser": Property(
            ObjectSchema(
                "AutoUserSpecification",
                {
                    "scope": Property(one_of("pool", "task"), echo=_SAME_USER),
                    "elevationLevel": Property(one_of("nonadmin", "admin"), echo=_SAME_USER),
                },
            ),
            echo=_SAME_USER,
        ),
    },
)
RESOURCE_FILE = ObjectSchema(
    "ResourceFile",
    {
        "httpUrl": Property(url("HttpUrl")),
        "storageContainerUrl": Property(url("StorageContainerUrl")),
        "autoStorageContainerName": Property(text(least=1)),
        "blobPrefix": Property(text()),
        "filePath": Property(text()),
        "fileMode": Property(text()),
        "identityReference": Property(refused("A node of this emulator has no managed identity; use a SAS")),
    },
)
OUTPUT_FILE = ObjectSchema(
    "OutputFile",
    {
        "filePattern": Property(text(least=1), required=True),
        "destination": Property(
            ObjectSchema(
                "OutputFileDestination",
                {
                    "container": Property(
                        ObjectSchema(
                            "OutputFileBlobContainerDestination",
                            {
                                "containerUrl": Property(url("ContainerUrl"), required=True),
                                "path": Property(text()),
                                "identityReference": Property(
                                    refused("A node of this emulator has no managed identity; use a SAS")
                                ),
                                "uploadHeaders": Property(
                                    list_of(
                                        ObjectSchema(
                                            "HttpHeader",
                                            {
                                                "name": Property(text(least=1), required=True),
                                                "value": Property(text()),
                                            },
                                        )
                                    )
                                ),
                            },
                        ),
                        required=True,
                    )
                },
            ),
            required=True,
        ),
        "uploadOptions": Property(
            ObjectSchema(
                "OutputFileUploadOptions",
                # Capitals on the wire, however a client writes it (recorded answers).
                {"uploadCondition": Property(one_of("TaskSuccess", "TaskFailure", "TaskCompletion"), required=True)},
            ),
            required=True,
        ),
    },
)
_RESOURCE_FILES = Property(list_of(RESOURCE_FILE))
_TOKEN = Property(refused("Authentication tokens are not implemented by this emulator"), versions=_OLD)
_CONTAINER = Property(TASK_CONTAINER)
START_TASK = ObjectSchema(
    "StartTask",
    {
        "commandLine": Property(text(), required=True),
        "containerSettings": _CONTAINER,
        "resourceFiles": _RESOURCE_FILES,
        "environmentSettings": _ENVIRONMENT,
        "userIdentity": Property(USER_IDENTITY),
        "maxTaskRetryCount": Property(integer(-1)),
        "waitForSuccess": Property(boolean),
    },
)
_GALLERY = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute"
    "/galleries/{galleryName}/images/{galleryImageName}"
)
_GALLERY_IMAGE = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(_GALLERY)) + r"(/versions/[^/]+)?", re.IGNORECASE)


def _gallery_image(name: str, value: Any, version: str) -> None:
    """An image of one's own: one that cannot be is refused as the service does, every other one too."""
    if isinstance(value, str) and not _GALLERY_IMAGE.fullmatch(value):
        formats = f"{_GALLERY}/versions/{{galleryImageVersionName}} or {_GALLERY}"
        raise invalid_value(name, value, f"The specified resource id must be of the format {formats}")
    refused("Only marketplace images are implemented by this emulator")(name, value, version)


IMAGE_REFERENCE = ObjectSchema(
    "ImageReference",
    {
        "publisher": Property(text()),
        "offer": Property(text()),
        "sku": Property(text()),
        "version": Property(text()),
        "virtualMachineImageId": Property(_gallery_image),
        "sharedGalleryImageId": Property(refused("Only marketplace images are implemented by this emulator")),
        "communityGalleryImageId": Property(refused("Only marketplace images are implemented by this emulator")),
    },
)
VIRTUAL_MACHINE = ObjectSchema(
    "VirtualMachineConfiguration",
    {
        "imageReference": Property(IMAGE_REFERENCE, required=True),
        "nodeAgentSKUId": Property(text(least=1), required=True),
        "licenseType": Property(text(), echo=_NO_LICENCE),
        **MACHINE_PROPERTIES,
    },
)
SCHEDULING_POLICY = ObjectSchema(
    "TaskSchedulingPolicy",
    {
        # Capital S on the wire (recorded answers).
        "nodeFillType": Property(one_of("Spread", "Pack"), required=True),
        "jobDefaultOrder": Property(one_of("none", "creationtime"), versions=(V2025_06,)),
    },
)
_FORMULA = Property(text(least=1))
_INTERVAL = Property(duration(least=5 * 60 * TICKS_PER_SECOND, most=7 * 24 * 3600 * TICKS_PER_SECOND))
ENABLE_AUTO_SCALE = ObjectSchema(
    "EnablePoolAutoScale", {"autoScaleFormula": _FORMULA, "autoScaleEvaluationInterval": _INTERVAL}
)
EVALUATE_AUTO_SCALE = ObjectSchema(
    "EvaluatePoolAutoScale", {"autoScaleFormula": Property(text(least=1), required=True)}
)
_POOL_DEFINITION = {
    "displayName": _DISPLAY_NAME,
    "vmSize": Property(text(least=1), required=True),
    "virtualMachineConfiguration": Property(VIRTUAL_MACHINE, required=True),
    "cloudServiceConfiguration": Property(_retired, versions=(V2024_02,)),
    "resizeTimeout": Property(duration(least=_MIN_RESIZE)),
    "targetDedicatedNodes": Property(integer(0)),
    "targetLowPriorityNodes": Property(integer(0)),
    "enableAutoScale": Property(boolean),
    "autoScaleFormula": _FORMULA,
    "autoScaleEvaluationInterval": _INTERVAL,
    "enableInterNodeCommunication": Property(boolean),
    "networkConfiguration": Property(NETWORK),
    "startTask": Property(START_TASK),
    "applicationPackageReferences": _PACKAGES,
    "applicationLicenses": Property(refused(), versions=(V2024_02,)),
    "certificateReferences": Property(refused("Certificates are not implemented by this emulator"), versions=_OLD),
    "taskSlotsPerNode": Property(integer(1, limits.MAX_TASK_SLOTS_PER_NODE)),
    "taskSchedulingPolicy": Property(SCHEDULING_POLICY),
    "userAccounts": Property(user_accounts),
    "metadata": _METADATA,
    "mountConfiguration": Property(mounts),
    "targetNodeCommunicationMode": Property(
        one_of("default", "classic", "simplified"), versions=_OLD, echo=_ONE_MACHINE
    ),
    "resourceTags": Property(pairs, versions=_OLD, echo="tags of Azure resources; there are none here"),
    "upgradePolicy": Property(UPGRADE_POLICY, echo="nodes are never upgraded"),
}
POOL_ADD = ObjectSchema("CloudPool", {"id": Property(identifier(ids.pool_id), required=True), **_POOL_DEFINITION})
_PATCHABLE = ("displayName", "startTask", "applicationPackageReferences", "certificateReferences", "metadata")
_PATCHABLE_IF_EMPTY = ("vmSize", "virtualMachineConfiguration", "taskSlotsPerNode", "enableInterNodeCommunication")
POOL_PATCH = ObjectSchema(
    "CloudPool",
    {
        **{name: _POOL_DEFINITION[name] for name in _PATCHABLE},
        **{name: Property(_POOL_DEFINITION[name].rule) for name in _PATCHABLE_IF_EMPTY},
        **{
            name: _POOL_DEFINITION[name]
            for name in (
                *("taskSchedulingPolicy", "networkConfiguration", "userAccounts", "mountConfiguration"),
                *("targetNodeCommunicationMode", "resourceTags", "upgradePolicy"),
            )
        },
    },
)
POOL_UPDATE_PROPERTIES = ObjectSchema(
    "CloudPool",
    {
        "startTask": Property(START_TASK),
        "applicationPackageReferences": Property(list_of(APPLICATION_PACKAGE), required=True),
        "metadata": Property(list_of(METADATA_ITEM), required=True, echo=_LABEL),
        "certificateReferences": _POOL_DEFINITION["certificateReferences"],
        "targetNodeCommunicationMode": _POOL_DEFINITION["targetNodeCommunicationMode"],
    },
)
_DEALLOCATION = Property(one_of("requeue", "terminate", "taskcompletion", "retaineddata"))
POOL_RESIZE = ObjectSchema(
    "ResizePool",
    {
        "targetDedicatedNodes": Property(integer(0)),
        "targetLowPriorityNodes": Property(integer(0)),
        "resizeTimeout": Property(duration(least=_MIN_RESIZE)),
        "nodeDeallocationOption": _DEALLOCATION,
    },
)
NODE_REMOVE = ObjectSchema(
    "RemoveNodes",
    {
        "nodeList": Property(list_of(text(least=1), longest=100), required=True),
        "resizeTimeout": Property(duration(least=_MIN_RESIZE)),
        "nodeDeallocationOption": _DEALLOCATION,
    },
)
NODE_DISABLE_SCHEDULING = ObjectSchema(
    "DisableScheduling",
    {"nodeDisableSchedulingOption": Property(one_of("requeue", "terminate", "taskcompletion"))},
)

TASK_CONSTRAINTS = ObjectSchema(
    "TaskConstraints",
    {
        "maxWallClockTime": Property(duration()),
        "retentionTime": Property(duration()),
        "maxTaskRetryCount": Property(integer(-1)),
    },
)
JOB_CONSTRAINTS = ObjectSchema(
    "JobConstraints", {"maxWallClockTime": Property(duration()), "maxTaskRetryCount": Property(integer(-1))}
)
AUTO_POOL = ObjectSchema(
    "AutoPoolSpecification",
    {
        "autoPoolIdPrefix": Property(text(longest=limits.MAX_AUTO_POOL_PREFIX_LENGTH)),
        "poolLifetimeOption": Property(one_of("jobschedule", "job"), required=True),
        "keepAlive": Property(boolean),
        # Required by the service: there is nothing else a pool could be made of.
        "pool": Property(ObjectSchema("PoolSpecification", _POOL_DEFINITION), required=True),
    },
)
_POOL_INFO = ObjectSchema(
    "PoolInformation",
    {
        "poolId": Property(text(least=1)),
        "autoPoolSpecification": Property(AUTO_POOL),
    },
)
_MAX_PARALLEL = Property(integer(-1))
_JOB_NETWORK = Property(JOB_NETWORK, echo=_ONE_MACHINE)
_JOB_CHANGES = {
    "priority": Property(integer(limits.MIN_JOB_PRIORITY, limits.MAX_JOB_PRIORITY)),
    "allowTaskPreemption": Property(boolean),
    "maxParallelTasks": _MAX_PARALLEL,
    "constraints": Property(JOB_CONSTRAINTS),
    "onAllTasksComplete": Property(one_of("noaction", "terminatejob")),
    "metadata": _METADATA,
}
JOB_MANAGER_TASK = ObjectSchema(
    "JobManagerTask",
    {
        "id": Property(identifier(ids.task_id), required=True),
        "displayName": _DISPLAY_NAME,
        "commandLine": Property(text(), required=True),
        "containerSettings": _CONTAINER,
        "resourceFiles": _RESOURCE_FILES,
        "outputFiles": Property(list_of(OUTPUT_FILE)),
        "environmentSettings": _ENVIRONMENT,
        "constraints": Property(TASK_CONSTRAINTS),
        "requiredSlots": Property(integer(1, limits.MAX_TASK_SLOTS_PER_NODE)),
        "killJobOnCompletion": Property(boolean),
        "userIdentity": Property(USER_IDENTITY),
        "runExclusive": Property(boolean),
        "applicationPackageReferences": _PACKAGES,
        "authenticationTokenSettings": _TOKEN,
        "allowLowPriorityNode": Property(boolean),
    },
)
JOB_PREPARATION_TASK = ObjectSchema(
    "JobPreparationTask",
    {
        "id": Property(identifier(ids.task_id)),
        "commandLine": Property(text(), required=True),
        "containerSettings": _CONTAINER,
        "resourceFiles": _RESOURCE_FILES,
        "environmentSettings": _ENVIRONMENT,
        "constraints": Property(TASK_CONSTRAINTS),
        "waitForSuccess": Property(boolean),
        "userIdentity": Property(USER_IDENTITY),
        "rerunOnNodeRebootAfterSuccess": Property(boolean),
    },
)
JOB_RELEASE_TASK = ObjectSchema(
    "JobReleaseTask",
    {
        "id": Property(identifier(ids.task_id)),
        "commandLine": Property(text(), required=True),
        "containerSettings": _CONTAINER,
        "resourceFiles": _RESOURCE_FILES,
        "environmentSettings": _ENVIRONMENT,
        "maxWallClockTime": Property(duration(most=15 * 60 * TICKS_PER_SECOND)),
        "retentionTime": Property(duration(), echo=_GOES_WITH_THE_JOB),
        "userIdentity": Property(USER_IDENTITY),
    },
)
JOB_ADD = ObjectSchema(
    "CloudJob",
    {
        "id": Property(identifier(ids.job_id), required=True),
        "displayName": _DISPLAY_NAME,
        **_JOB_CHANGES,
        "usesTaskDependencies": Property(boolean),
        "jobManagerTask": Property(JOB_MANAGER_TASK),
        "jobPreparationTask": Property(JOB_PREPARATION_TASK),
        "jobReleaseTask": Property(JOB_RELEASE_TASK),
        "commonEnvironmentSettings": _ENVIRONMENT,
        "poolInfo": Property(_POOL_INFO, required=True),
        "onTaskFailure": Property(one_of("noaction", "performexitoptionsjobaction")),
        "networkConfiguration": _JOB_NETWORK,
    },
)
JOB_PATCH = ObjectSchema(
    "CloudJob", {**_JOB_CHANGES, "poolInfo": Property(_POOL_INFO), "networkConfiguration": _JOB_NETWORK}
)
JOB_PUT = ObjectSchema(
    "CloudJob",
    {**_JOB_CHANGES, "poolInfo": Property(_POOL_INFO, required=True), "networkConfiguration": _JOB_NETWORK},
)
JOB_DISABLE = ObjectSchema(
    "DisableJob", {"disableTasks": Property(one_of("requeue", "terminate", "wait"), required=True)}
)
JOB_TERMINATE = ObjectSchema("TerminateJob", {"terminateReason": Property(text())})

_INT32 = integer(-(2**31), 2**31 - 1)
_EXIT_OPTIONS = ObjectSchema(
    "ExitOptions",
    {
        "jobAction": Property(one_of("none", "disable", "terminate")),
        "dependencyAction": Property(one_of("satisfy", "block")),
    },
)
EXIT_CONDITIONS = ObjectSchema(
    "ExitConditions",
    {
        "exitCodes": Property(
            list_of(
                ObjectSchema(
                    "ExitCodeMapping",
                    {
                        "code": Property(_INT32, required=True),
                        "exitOptions": Property(_EXIT_OPTIONS, required=True),
                    },
                )
            )
        ),
        "exitCodeRanges": Property(
            list_of(
                ObjectSchema(
                    "ExitCodeRangeMapping",
                    {
                        "start": Property(_INT32, required=True),
                        "end": Property(_INT32, required=True),
                        "exitOptions": Property(_EXIT_OPTIONS, required=True),
                    },
                )
            )
        ),
        "preProcessingError": Property(_EXIT_OPTIONS),
        "fileUploadError": Property(_EXIT_OPTIONS),
        "default": Property(_EXIT_OPTIONS),
    },
)
DEPENDS_ON = ObjectSchema(
    "TaskDependencies",
    {
        "taskIds": Property(list_of(text(least=1))),
        "taskIdRanges": Property(
            list_of(
                ObjectSchema(
                    "TaskIdRange",
                    {"start": Property(_INT32, required=True), "end": Property(_INT32, required=True)},
                )
            )
        ),
    },
)
MULTI_INSTANCE = ObjectSchema(
    "MultiInstanceSettings",
    {
        "numberOfInstances": Property(integer(1)),
        "coordinationCommandLine": Property(text(least=1), required=True),
        "commonResourceFiles": _RESOURCE_FILES,
    },
)
TASK_ADD = ObjectSchema(
    "CloudTask",
    {
        "id": Property(identifier(ids.task_id), required=True),
        "displayName": _DISPLAY_NAME,
        "exitConditions": Property(EXIT_CONDITIONS),
        "commandLine": Property(text(), required=True),
        "containerSettings": _CONTAINER,
        "resourceFiles": _RESOURCE_FILES,
        "outputFiles": Property(list_of(OUTPUT_FILE)),
        "environmentSettings": _ENVIRONMENT,
        "affinityInfo": Property(
            ObjectSchema("AffinityInformation", {"affinityId": Property(text(least=1), required=True)})
        ),
        "constraints": Property(TASK_CONSTRAINTS),
        "requiredSlots": Property(integer(1, limits.MAX_TASK_SLOTS_PER_NODE)),
        "userIdentity": Property(USER_IDENTITY),
        "multiInstanceSettings": Property(MULTI_INSTANCE),
        "dependsOn": Property(DEPENDS_ON),
        "applicationPackageReferences": _PACKAGES,
        "authenticationTokenSettings": _TOKEN,
    },
)
TASK_COLLECTION = ObjectSchema(
    # The entries are checked one by one: a bad one does not spoil the others.
    "TaskAddCollection",
    {"value": Property(list_of(lambda _name, value, _version: value), required=True)},
)
TASK_PUT = ObjectSchema("CloudTask", {"constraints": Property(TASK_CONSTRAINTS)})
