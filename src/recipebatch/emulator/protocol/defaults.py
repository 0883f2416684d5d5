"""Checks of several properties together, and the defaults that the service fills in.

Source: recorded answers for the defaults; Batch REST API for constraints across properties.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol.auto_scale_settings import settings_with_defaults
from recipebatch.emulator.state import BatchError, find_image, invalid_value, not_implemented
from recipebatch.vocabulary.durations import NO_LIMIT, format_ticks
from recipebatch.vocabulary.limits import MAX_DEPENDENCY_CHARACTERS
from recipebatch.vocabulary.machines.vm_sizes import known_cores

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]

UNLIMITED = format_ticks(NO_LIMIT)
DEFAULT_RESIZE_TIMEOUT = "PT15M"
SLOTS_PER_CORE = 4
"""Source: Batch REST API, "Pool - Add Pool", `taskSlotsPerNode`."""
_VM_SIZE = re.compile(r"(standard|basic)_[a-z0-9_-]+\Z", re.IGNORECASE)
_POOL_ORDER = (
    *("displayName", "vmSize", "taskSlotsPerNode", "taskSchedulingPolicy", "resizeTimeout", "targetDedicatedNodes"),
    *("targetLowPriorityNodes", "enableAutoScale", "enableInterNodeCommunication", "startTask"),
)
"""The first properties of the pool of an auto pool specification (recorded answers)."""
_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
_SOURCES = ("httpUrl", "storageContainerUrl", "autoStorageContainerName")
_FILE_MODE = re.compile(r"[0-7]{3,5}\Z")


def pool_with_defaults(body: Json) -> Json:
    """A pool's definition with its defaults. Raises: BatchError."""
    if not _VM_SIZE.match(body["vmSize"]):
        raise invalid_value("vmSize", body["vmSize"])
    image = _checked_machine(body["virtualMachineConfiguration"])
    _check_slots(body)
    _check_disk(body)
    pool: Json = {
        **body,
        "vmSize": body["vmSize"].lower(),
        "resizeTimeout": body.get("resizeTimeout", DEFAULT_RESIZE_TIMEOUT),
        "targetDedicatedNodes": body.get("targetDedicatedNodes", 0),
        "targetLowPriorityNodes": body.get("targetLowPriorityNodes", 0),
        **settings_with_defaults(body),
        "enableInterNodeCommunication": body.get("enableInterNodeCommunication", False),
        "taskSlotsPerNode": body.get("taskSlotsPerNode", 1),
        "taskSchedulingPolicy": _policy(body.get("taskSchedulingPolicy")),
        "virtualMachineConfiguration": image,
    }
    if "startTask" in body:
        pool["startTask"] = start_task_with_defaults(body["startTask"])
    if "userAccounts" in body:
        windows = image["nodeAgentSKUId"].lower().startswith("batch.node.windows")
        pool["userAccounts"] = [_user_account(account, windows=windows) for account in body["userAccounts"]]
    if "networkConfiguration" in body:
        pool["networkConfiguration"] = _network(body["networkConfiguration"])
    return pool


def _check_slots(body: Json) -> None:
    """At most four times the number of cores. Raises: BatchError InvalidPropertyValue (the code is not recorded).

    Of a size whose name does not say how many cores it has, only the greatest value of all sizes is known.
    """
    known = known_cores(body["vmSize"])
    if known is None:
        return
    most = SLOTS_PER_CORE * known
    if body.get("taskSlotsPerNode", 1) > most:
        reason = f"The value must be less than or equal to {most}, four times the cores of {body['vmSize']}"
        raise invalid_value("taskSlotsPerNode", body["taskSlotsPerNode"], reason)


def _check_disk(body: Json) -> None:
    """No ephemeral OS disk for spot nodes. Raises: BatchError InvalidPropertyValue (the code is not recorded)."""
    disk = body["virtualMachineConfiguration"].get("osDisk", {})
    if disk.get("ephemeralOSDiskSettings") and body.get("targetLowPriorityNodes", 0):
        # The words are those of the portal.
        reason = "Ephemeral OSDisk is only supported for pools consisting exclusively of dedicated nodes."
        raise invalid_value("ephemeralOSDiskSettings", None, reason)


def _user_account(body: Json, *, windows: bool) -> Json:
    """A user account with its defaults. Raises: BatchError: it is configured for another operating system."""
    other = "linuxUserConfiguration" if windows else "windowsUserConfiguration"
    if other in body:
        reason = (
            f"The user configuration for user account '{body['name']}' has a mismatch with the OS (Windows/Linux) "
            "configuration specified in VirtualMachineConfiguration"
        )
        raise invalid_value(other, None, reason)
    return {"windowsUserConfiguration": {"loginMode": "batch"}, **body} if windows else body


def _network(body: Json) -> Json:
    """A security rule without source ports covers all ports. Raises: BatchError: unknown subscription in `subnetId`."""
    subnet = body.get("subnetId", "")
    if subnet.startswith(f"/subscriptions/{_NO_SUBSCRIPTION}/"):
        reason = (
            "The specified subnetId is in a different subscription and cannot be used with the current Batch account "
            f"in subscription {_NO_SUBSCRIPTION}"
        )
        raise invalid_value("subnetId", subnet, reason)
    if "endpointConfiguration" not in body:
        return body
    pools = [
        {**nat, "networkSecurityGroupRules": [{"sourcePortRanges": ["*"], **rule} for rule in rules]}
        if (rules := nat.get("networkSecurityGroupRules"))
        else nat
        for nat in body["endpointConfiguration"]["inboundNATPools"]
    ]
    return {**body, "endpointConfiguration": {**body["endpointConfiguration"], "inboundNATPools": pools}}


def start_task_with_defaults(body: Json) -> Json:
    """A start task with its defaults. Raises: BatchError."""
    _check_command_line(body)
    check_resource_files(body.get("resourceFiles", ()))
    return {
        **body,
        "userIdentity": user_identity(body.get("userIdentity")),
        "maxTaskRetryCount": body.get("maxTaskRetryCount", 0),
        "waitForSuccess": body.get("waitForSuccess", True),
    }


def job_with_defaults(body: Json, *, in_schedule: bool = False, pool_is_checked: bool = False) -> Json:
    """The definition of a job, or of the jobs of a schedule, with its defaults.

    Args:
        in_schedule: the job is created by a schedule.
        pool_is_checked: its `poolInfo` is that of an existing job.

    Raises:
        BatchError: properties contradict each other.
    """
    if body.get("maxParallelTasks", -1) == 0:
        raise invalid_value("maxParallelTasks", 0, "The value must be -1 or greater than 0")
    return {
        **body,
        "priority": body.get("priority", 0),
        "maxParallelTasks": body.get("maxParallelTasks", -1),
        "usesTaskDependencies": body.get("usesTaskDependencies", False),
        "allowTaskPreemption": body.get("allowTaskPreemption", False),
        "constraints": job_constraints(body.get("constraints")),
        "poolInfo": body["poolInfo"] if pool_is_checked else _pool_info(body["poolInfo"], in_schedule=in_schedule),
        "onAllTasksComplete": body.get("onAllTasksComplete", "noaction"),
        "onTaskFailure": body.get("onTaskFailure", "noaction"),
        **_preparation_and_release(body),
        **_job_manager(body),
    }


def _pool_info(body: Json, *, in_schedule: bool) -> Json:
    """An existing pool, or an auto pool. Raises: BatchError."""
    auto_pool = body.get("autoPoolSpecification")
    if auto_pool is None and "poolId" not in body:
        raise BatchError("MissingRequiredProperty", ("PropertyName", "poolId or autoPoolSpecification"))
    if auto_pool is None:
        return body
    if "poolId" in body:
        reason = "Only one of poolId and autoPoolSpecification may be specified"
        raise invalid_value("poolInfo", None, reason)
    if auto_pool["poolLifetimeOption"] == "jobschedule" and not in_schedule:
        reason = "The pool of a job that is not made by a schedule cannot live as long as a schedule"
        raise invalid_value("poolLifetimeOption", auto_pool["poolLifetimeOption"], reason)
    pool = pool_with_defaults(auto_pool["pool"])
    ordered = {name: pool[name] for name in _POOL_ORDER if name in pool}
    return {
        "autoPoolSpecification": {**auto_pool, "keepAlive": auto_pool.get("keepAlive", False), "pool": ordered | pool}
    }


def _job_manager(body: Json) -> Json:
    manager = body.get("jobManagerTask")
    if manager is None:
        return {}
    for name, code, default in (
        ("jobPreparationTask", "TaskIdSameAsJobPreparationTask", "jobpreparation"),
        ("jobReleaseTask", "TaskIdSameAsJobReleaseTask", "jobrelease"),
    ):
        if name in body and body[name].get("id", default).lower() == manager["id"].lower():
            raise BatchError(code)
    _check_command_line(manager)
    check_resource_files(manager.get("resourceFiles", ()))
    retries = job_constraints(body.get("constraints"))["maxTaskRetryCount"]
    return {
        "jobManagerTask": {
            **manager,
            "constraints": task_constraints(manager.get("constraints"), job_retries=retries),
            "requiredSlots": manager.get("requiredSlots", 1),
            "userIdentity": user_identity(manager.get("userIdentity")),
            "runExclusive": manager.get("runExclusive", True),
            "allowLowPriorityNode": manager.get("allowLowPriorityNode", True),
            "killJobOnCompletion": manager.get("killJobOnCompletion", True),
        }
    }


def _preparation_and_release(body: Json) -> Json:
    preparation, release = body.get("jobPreparationTask"), body.get("jobReleaseTask")
    if release is not None and preparation is None:
        raise invalid_value("jobReleaseTask", None, "A job release task requires a job preparation task")
    found: Json = {}
    if preparation is not None:
        _check_command_line(preparation)
        check_resource_files(preparation.get("resourceFiles", ()))
        found["jobPreparationTask"] = {
            **preparation,
            "id": preparation.get("id", "jobpreparation"),
            "constraints": task_constraints(preparation.get("constraints"), job_retries=0),
            "userIdentity": user_identity(preparation.get("userIdentity")),
            "waitForSuccess": preparation.get("waitForSuccess", True),
            "rerunOnNodeRebootAfterSuccess": preparation.get("rerunOnNodeRebootAfterSuccess", True),
        }
    if release is not None:
        _check_command_line(release)
        check_resource_files(release.get("resourceFiles", ()))
        found["jobReleaseTask"] = {
            **release,
            "id": release.get("id", "jobrelease"),
            "maxWallClockTime": release.get("maxWallClockTime", "PT15M"),
            "retentionTime": release.get("retentionTime", "P7D"),
            "userIdentity": user_identity(release.get("userIdentity")),
        }
    return found


def job_constraints(body: Json | None) -> Json:
    """A job's constraints with their defaults."""
    return {"maxWallClockTime": UNLIMITED, "maxTaskRetryCount": 0} | (body or {})


def task_with_defaults(body: Json, job: Json) -> Json:
    """A task's definition with its defaults.

    Args:
        body: the task, its properties checked.
        job: the definition of its job.

    Raises:
        BatchError: properties contradict each other.
    """
    _check_command_line(body)
    check_resource_files(body.get("resourceFiles", ()))
    _check_dependencies(body, uses=job["usesTaskDependencies"])
    _check_exit_conditions(body.get("exitConditions", {}), job)
    _check_instances(body)
    retries = job["constraints"]["maxTaskRetryCount"]
    return {
        **body,
        "userIdentity": user_identity(body.get("userIdentity")),
        "constraints": task_constraints(body.get("constraints"), job_retries=retries),
        "requiredSlots": body.get("requiredSlots", 1),
    }


def task_constraints(body: Json | None, *, job_retries: int) -> Json:
    """A task's constraints with their defaults."""
    defaults = {"maxWallClockTime": UNLIMITED, "retentionTime": "P7D", "maxTaskRetryCount": job_retries}
    return defaults | (body or {})


def user_identity(body: Json | None) -> Json:
    """A user identity with its defaults. Raises: BatchError."""
    given = body or {}
    if "username" in given:
        if "autoUser" in given:
            raise invalid_value("userIdentity", None, "Only one of username and autoUser may be specified")
        return given
    return {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"} | given.get("autoUser", {})}


def _check_command_line(body: Json) -> None:
    """Only a container task may have an empty command line. Raises: BatchError InvalidPropertyValue."""
    if not body["commandLine"] and "containerSettings" not in body:
        raise invalid_value("commandLine", "", "The value must have at least 1 characters")


def check_resource_files(files: Iterable[Json]) -> None:
    """Check that each has exactly one source and a path below the working directory. Raises: BatchError."""
    for file in files:
        sources = [name for name in _SOURCES if name in file]
        if not sources:
            raise BatchError(
                "MissingRequiredProperty",
                ("PropertyName", " or ".join(_SOURCES)),
            )
        if len(sources) > 1:
            raise invalid_value("resourceFiles", None, f"Only one of {', '.join(_SOURCES)} may be specified")
        if "httpUrl" in file and not file.get("filePath"):
            raise BatchError("MissingRequiredProperty", ("PropertyName", "filePath"))
        if "httpUrl" in file and "blobPrefix" in file:
            raise invalid_value("blobPrefix", file["blobPrefix"], "blobPrefix may only be used with a container")
        path = file.get("filePath", "")
        if path.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", path):
            raise invalid_value("filePath", path, "The path must stay below the task's working directory")
        if "fileMode" in file and not _FILE_MODE.match(file["fileMode"]):
            raise invalid_value("fileMode", file["fileMode"], "The value must be octal digits such as 0755")


def _check_dependencies(body: Json, *, uses: bool) -> None:
    depends_on = body.get("dependsOn")
    if depends_on is None:
        return
    if not uses:
        raise BatchError("TaskDependenciesNotSpecifiedOnJob")
    if sum(map(len, depends_on.get("taskIds", ()))) > MAX_DEPENDENCY_CHARACTERS:
        raise BatchError("TaskDependencyListTooLong")
    for span in depends_on.get("taskIdRanges", ()):
        if span["end"] < span["start"]:
            raise invalid_value("taskIdRanges", None, "The end of a range must not be less than its start")


def _check_instances(body: Json) -> None:
    settings = body.get("multiInstanceSettings")
    if settings is None:
        return
    settings.setdefault("numberOfInstances", 1)
    if "containerSettings" in body:
        raise not_implemented("containerSettings", "A multi-instance task of this emulator runs in no container")
    check_resource_files(settings.get("commonResourceFiles", ()))
    if body.get("requiredSlots", 1) != 1:
        reason = "A multi-instance task must not specify requiredSlots"
        raise invalid_value("requiredSlots", body["requiredSlots"], reason)


def _check_exit_conditions(conditions: Json, job: Json) -> None:
    """Check that job actions are used only in a job that allows them. Raises: BatchError InvalidPropertyValue."""
    mappings = [*conditions.get("exitCodes", ()), *conditions.get("exitCodeRanges", ())]
    names = ("preProcessingError", "fileUploadError", "default")
    every = [m["exitOptions"] for m in mappings] + [conditions[name] for name in names if name in conditions]
    for options in every:
        if "jobAction" in options and job["onTaskFailure"] != "performexitoptionsjobaction":
            reason = "jobAction requires the job's onTaskFailure to be performExitOptionsJobAction"
            raise invalid_value("jobAction", options["jobAction"], reason)
        if "dependencyAction" in options and not job["usesTaskDependencies"]:
            reason = "dependencyAction requires the job's usesTaskDependencies to be true"
            raise invalid_value("dependencyAction", options["dependencyAction"], reason)


def _checked_machine(body: Json) -> Json:
    reference = body["imageReference"]
    for name in ("publisher", "offer", "sku"):
        if not reference.get(name):
            raise BatchError("MissingRequiredProperty", ("PropertyName", f"imageReference/{name}"))
    publisher, offer, sku = reference["publisher"], reference["offer"], reference["sku"]
    image = find_image(publisher, offer, sku)
    named = f"publisher {publisher} offer {offer} sku {sku}"
    if image is None:
        raise invalid_value("imageReference", None, f"The specified imageReference with {named} is not supported.")
    agent = body["nodeAgentSKUId"]
    if agent.lower() != image.node_agent_sku_id:
        reason = f"The specified nodeAgentSKUId {agent} does not support the imageReference with {named}"
        raise invalid_value("nodeAgentSKUId", agent, reason)
    if "containerConfiguration" in body and "DockerCompatible" not in image.capabilities:
        reason = f"The specified imageReference with {named} does not support container feature."
        raise invalid_value("containerConfiguration", None, reason)
    machine = {**body, "imageReference": {**reference, "version": reference.get("version") or "latest"}}
    if "osDisk" in body:
        # Present, but empty, for every disk that is not ephemeral (recorded answers).
        machine["osDisk"] = {"ephemeralOSDiskSettings": {}, **body["osDisk"]}
    return machine


def _policy(body: Json | None) -> Json:
    return {"nodeFillType": "Spread", "jobDefaultOrder": "none"} | (body or {})
