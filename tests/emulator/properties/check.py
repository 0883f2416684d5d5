"""Checks an answer against the table of properties of its version: unknown, missing, of another type or form."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from emulator.properties.generate import RENAMED_IN

HERE = Path(__file__).parent
SETS = {
    "pools": ("BatchPool", "CloudPool"),
    "jobs": ("BatchJob", "CloudJob"),
    "tasks": ("BatchTask", "CloudTask"),
    "nodes": ("BatchNode", "ComputeNode"),
    "files": ("BatchNodeFile", "NodeFile"),
    "jobschedules": ("BatchJobSchedule", "CloudJobSchedule"),
    "taskaddresult": ("BatchTaskCreateResult", "TaskAddResult"),
    "subtaskinfo": ("BatchSubtask", "SubtaskInformation"),
    "poolnodecounts": ("BatchPoolNodeCounts", "PoolNodeCounts"),
    "supportedimages": ("BatchSupportedImage", "ImageInformation"),
    "nodevmextensions": ("BatchNodeVMExtension", "NodeVMExtension"),
    "listapplicationsummariesresponses": ("BatchApplication", "ApplicationSummary"),
    "getapplicationsummaryresponse": ("BatchApplication", "ApplicationSummary"),
    "jobpreparationandreleasetaskstatuslist": (
        "BatchJobPreparationAndReleaseTaskStatus",
        "JobPreparationAndReleaseTaskExecutionInformation",
    ),
    "taskcountsresult": ("BatchTaskCountsResult", "TaskCountsResult"),
    "Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun": ("AutoScaleRun", "AutoScaleRun"),
    "Microsoft.Azure.Batch.Protocol.Entities.RemoteLoginSettings": (
        "BatchNodeRemoteLoginSettings",
        "ComputeNodeGetRemoteLoginSettingsResult",
    ),
    "Microsoft.Azure.Batch.Protocol.Entities.UploadBatchServiceLogsResult": (
        "UploadBatchServiceLogsResult",
        "UploadBatchServiceLogsResult",
    ),
    "Microsoft.Azure.Batch.Protocol.Entities.Container.errors": ("BatchError", "BatchError"),
}
LATE = {
    # The tables call them required; recorded answers leave them out until there is something to say, or always.
    *("lastBootTime", "ipv6Address", "nodeUrl", "virtualMachineInfo", "details", "value", "lastRetryTime"),
    *(
        "password",
        "displayName",
        "message",
        "exactVersion",
        "taskRootDirectoryUrl",
        "taskRootDirectory",
        "affinityId",
        "poolId",
        "nodeId",
    ),
}
RECORDED: dict[str, set[str]] = {
    # Shown by recorded answers and missing in the tables.
    "BatchTaskCreateResult": {"error@odata.navigationLinkUrl"},
    "TaskAddResult": {"error@odata.navigationLinkUrl"},
}
FORMS = {
    "instant": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?Z"),
    "duration": re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{0,6}[1-9])?S)?)?"),
}
PLAIN: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "map": dict,
    "any": object,
}


@cache
def table(version: str) -> dict[str, Any]:
    """The table of one version."""
    found: dict[str, Any] = json.loads((HERE / f"{version}.json").read_text(encoding="utf-8"))
    return found


def defects(document: Any, *, version: str, selected: bool = False) -> list[str]:
    """What is wrong with the JSON of an answer.

    Args:
        document: the whole body.
        version: the api-version of the request.
        selected: `$select` asked for some properties only, so the others may be missing.
    """
    if not isinstance(document, dict) or "odata.metadata" not in document:
        return ["no odata.metadata"]
    name, _, element = document["odata.metadata"].partition("$metadata#")[2].partition("/")
    if name not in SETS:
        return [f"unknown set {name}"]
    kind = SETS[name][version < RENAMED_IN]
    body = {key: value for key, value in document.items() if not key.startswith("odata.")}
    # Autoscale runs and the like have their type for a name and no mark of an element.
    if element or "." in name:
        return list(_object(kind, body, name, version, selected))
    if body.keys() != {"value"}:
        return [f"a list with {sorted(body)}"]
    return [defect for entry in body["value"] for defect in _object(kind, entry, name, version, selected)]


def _object(kind: str, value: Any, where: str, version: str, selected: bool) -> list[str]:  # noqa: FBT001
    if not isinstance(value, dict):
        return [f"{where}: not an object"]
    properties = table(version)["types"][kind]
    found = []
    for key, part in value.items():
        if key in RECORDED.get(kind, ()):
            continue
        if key not in properties:
            found.append(f"{where}/{key}: unknown to {kind} of {version}")
            continue
        found += _value(properties[key].rstrip("!"), part, f"{where}/{key}", version)
    if not selected:
        missing = {key for key, rule in properties.items() if rule.endswith("!")} - value.keys() - LATE
        found += [f"{where}/{key}: missing" for key in sorted(missing)]
    return found


def _value(rule: str, value: Any, where: str, version: str) -> list[str]:
    if rule.startswith("["):
        if not isinstance(value, list):
            return [f"{where}: not a list"]
        return [defect for entry in value for defect in _value(rule[1:-1], entry, where, version)]
    if rule in table(version)["types"]:
        return _object(rule, value, where, version, selected=False)
    return [] if _fits(rule, value, where, version) else [f"{where}: {value!r} is no {rule}"]


def _fits(rule: str, value: Any, where: str, version: str) -> bool:
    if rule.startswith("@"):
        known = {text.lower() for text in table(version)["enums"][rule[1:]]}
        return isinstance(value, str) and value.lower() in known
    if rule in FORMS:
        return isinstance(value, str) and FORMS[rule].fullmatch(value) is not None
    # The length of a file is a number as text (recorded answers).
    if rule == "int" and where.endswith("/contentLength"):
        return isinstance(value, str) and value.isdigit()
    return isinstance(value, PLAIN[rule]) and (rule in {"bool", "any"} or not isinstance(value, bool))
