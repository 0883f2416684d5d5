"""Planned values and `raw:` → the JSON of requests, by the tables of `recipebatch.properties`; pure but for SAS."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from azure.batch import models

from recipebatch.errors import ExitCode, RecipeBatchError
from recipebatch.properties.deferred import DeferredText
from recipebatch.properties.table import SAME, OutputFiles, Pairs, ResourceFiles, Shape
from recipebatch.vocabulary.blob_names import TASK_MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from recipebatch.properties.files import OutputFile, ResourceFile
    from recipebatch.properties.table import Row
    from recipebatch.service.protocols import NodeAccess

    Body = dict[str, Any]
    ToJson = Callable[[Any, Any, NodeAccess], Any]

RequestBody = TypeVar("RequestBody", bound="MutableMapping[str, Any]")


class RawConflictError(RecipeBatchError):
    """A `raw:` block would overwrite what the recipe says elsewhere."""

    code = "raw-modelled"
    exit_code = ExitCode.INVALID_RECIPE


def request_body(value: object, shape: Shape, access: NodeAccess) -> Body:
    """What a request says of a planned value, by REST names.

    What has no value is left out, and so is a service's default that not every account may set.
    """
    body: Body = dict(shape.constants)
    for number, (name, row) in enumerate(shape.rows.items()):
        if not row.wire or row.by_code or (row.unless and getattr(value, row.unless) is not None):
            continue
        item = value[number] if isinstance(value, tuple) else getattr(value, name)
        if item is None or item == () or (row.omit_default and item == row.default):
            continue
        to_json: ToJson = _REST.get(type(row), _scalar)
        _put(body, row.wire, to_json(item, row, access))
    return body


def merged(body: RequestBody, raw: Mapping[str, object] | None, *, what: str) -> RequestBody:
    """The body with the properties of `raw:`; mappings are merged, everything else is put in.

    The models of azure-batch are mappings with the names of the REST API.

    Raises:
        RawConflictError: a property is there already.
    """
    for name, value in (raw or {}).items():
        there = body.get(name)
        if there is None:
            body[name] = value
        elif isinstance(value, dict) and hasattr(there, "keys"):
            merged(there, value, what=f"{what}.{name}")
        else:
            raise RawConflictError(
                f"raw of {what}: {name} is set by the recipe already", hint="remove it from raw, or from the recipe"
            )
    return body


def mark_outputs(body: MutableMapping[str, Any], job_id: str, task_id: str) -> None:
    """Have the blobs that the output files of a task become say in their metadata whose they are."""
    # Source: Batch REST API, `OutputFileBlobContainerDestination`, `uploadHeaders`; Blob service, "Put Blob".
    header = {"name": f"x-ms-meta-{TASK_MARK}", "value": f"{job_id}/{task_id}"}
    for file in body.get("outputFiles") or ():
        file["destination"]["container"]["uploadHeaders"] = [header]


def filled(value: Any, access: NodeAccess) -> Any:
    """Properties with their deferred values filled in."""
    if isinstance(value, dict):
        return {name: filled(item, access) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, access) for item in value]
    return access.text(value) if isinstance(value, DeferredText) else value


def _put(body: Body, wire: str, item: Any) -> None:
    """Put an item at a path of REST names; mappings that are there already are added to."""
    below = item
    for name in () if wire == SAME else reversed(wire.split(".")):
        below = {name: below}
    merged(body, below, what="the request")


def _block(item: Any, row: Shape, access: NodeAccess) -> Any:
    if row.make is None:
        return filled(item, access)
    return [request_body(each, row, access) for each in item] if row.many else request_body(item, row, access)


def _pairs(items: Any, _row: Pairs, access: NodeAccess) -> list[Body]:
    return [{"name": name, "value": filled(value, access)} for name, value in items]


def _scalar(item: Any, _row: Row, access: NodeAccess) -> Any:
    if isinstance(item, DeferredText):
        return access.text(item)
    if isinstance(item, (timedelta, datetime)):
        return _in_words(item)
    return list(item) if isinstance(item, tuple) else item


@lru_cache(maxsize=256)
def _in_words(value: timedelta | datetime) -> object:
    """A duration or a time as the SDK sends it."""
    if isinstance(value, timedelta):
        return models.BatchTaskConstraints(max_wall_clock_time=value)["maxWallClockTime"]
    return models.BatchJobScheduleConfiguration(do_not_run_until=value)["doNotRunUntil"]


def _output_file(file: OutputFile, access: NodeAccess) -> Body:
    destination = {
        "containerUrl": access.upload_url(file.container),
        "path": file.path,
        "identityReference": _identity(access.identity_of(file.container)),
    }
    return {
        "filePattern": file.file_pattern,
        "destination": {"container": _without_none(destination)},
        "uploadOptions": {"uploadCondition": file.upload_condition},
    }


def _resource_file(file: ResourceFile, access: NodeAccess) -> Body:
    body: Body = {"filePath": file.file_path, "fileMode": file.file_mode}
    if file.auto_storage_container_name is not None:
        body |= {"autoStorageContainerName": file.auto_storage_container_name, "blobPrefix": file.blob_prefix}
        return _without_none(body)
    body["identityReference"] = _identity(access.identity_of(file.container))
    if file.container is not None and file.blob is None:
        body |= {"storageContainerUrl": access.resource_url(file), "blobPrefix": file.blob_prefix}
    else:
        body["httpUrl"] = access.resource_url(file)
    return _without_none(body)


def _identity(resource_id: str | None) -> Body | None:
    return None if resource_id is None else {"resourceId": resource_id}


def _without_none(body: Body) -> Body:
    return {name: value for name, value in body.items() if value is not None}


_REST: Mapping[type[Row], ToJson] = {
    Shape: _block,
    Pairs: _pairs,
    ResourceFiles: lambda files, _row, access: [_resource_file(file, access) for file in files],
    OutputFiles: lambda files, _row, access: [_output_file(file, access) for file in files],
}
