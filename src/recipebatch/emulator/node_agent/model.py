"""TaskRun and TaskEnd: the input and the result of one attempt of a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFile:
    """A file, or the files of a container, that the node downloads before the command runs.

    Exactly one of `http_url` and `storage_container_url` is set; both may carry a SAS, so repr leaves them out.

    Attributes:
        blob_prefix: only blobs whose names begin with it.
        file_path: the file's path below the working directory; for a container the directory its blobs go to.
        file_mode: octal text such as `0755`; None is the service's default, 0770.

    Source: Batch REST API, `ResourceFile`.
    """

    http_url: str | None = field(default=None, repr=False)
    storage_container_url: str | None = field(default=None, repr=False)
    blob_prefix: str | None = None
    file_path: str | None = None
    file_mode: str | None = None

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The REST form, already validated; unknown properties are ignored."""
        return cls(
            http_url=document.get("httpUrl"),
            storage_container_url=document.get("storageContainerUrl"),
            blob_prefix=document.get("blobPrefix"),
            file_path=document.get("filePath"),
            file_mode=document.get("fileMode"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFile:
    """Files that the node uploads after the command.

    Attributes:
        file_pattern: relative to the working directory, absolute, or beginning with a variable; may have wildcards.
        container_url: where they go; carries a SAS, so repr leaves it out.
        path: blob name, or with a wildcard the folder put before each name; None is the container's root.
        upload_headers: sent with each blob, such as `x-ms-blob-content-type`.
        upload_condition: `taskcompletion`, `tasksuccess` or `taskfailure`.

    Source: Batch REST API, `OutputFile`.
    """

    file_pattern: str
    container_url: str = field(repr=False)
    path: str | None = None
    upload_headers: tuple[tuple[str, str], ...] = ()
    upload_condition: str = "taskcompletion"

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The REST form, already validated; unknown properties are ignored."""
        container = document["destination"]["container"]
        return cls(
            file_pattern=document["filePattern"],
            container_url=container["containerUrl"],
            path=container.get("path"),
            upload_headers=tuple((h["name"], h.get("value") or "") for h in container.get("uploadHeaders") or ()),
            upload_condition=((document.get("uploadOptions") or {}).get("uploadCondition") or "taskcompletion").lower(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRun:
    """One attempt of one task.

    Attributes:
        directory: the task's directory (`AZ_BATCH_TASK_DIR`); created if it is missing.
        command_line: split into program and arguments without a shell.
        environment: the whole environment of the process.
        max_wall_clock_time: of this attempt, downloads included; None is no limit.
    """

    directory: Path
    command_line: str
    environment: Mapping[str, str] = field(repr=False)
    resource_files: tuple[ResourceFile, ...] = ()
    output_files: tuple[OutputFile, ...] = ()
    max_wall_clock_time: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an attempt failed: `failureInfo` of the REST API.

    Attributes:
        category: `UserError` or `ServerError`, as on the wire.
        details: names and values; URLs in them have no query.
    """

    category: str
    code: str
    message: str
    details: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The REST form; `details` is absent when there are none."""
        document: dict[str, Any] = {"category": self.category, "code": self.code, "message": self.message}
        if self.details:
            document["details"] = [{"name": name, "value": value} for name, value in self.details]
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEnd:
    """How an attempt ended.

    Attributes:
        start_time: when the attempt began, before its downloads; UTC.
        end_time: after the last upload; UTC.
        exit_code: None when no process ran; 128 + n when signal n ended it, as in a shell.
        failure: None exactly when the attempt succeeded.
        pre_processing_error: it failed before the process started; for `exitConditions.preProcessingError`.
        file_upload_error: an output file could not be uploaded; for `exitConditions.fileUploadError`. With an exit code
            other than 0 the failure is still that of the exit code, which has precedence.
        container: `containerInfo` of the REST API; None if it ran without a container.
    """

    start_time: datetime
    end_time: datetime
    exit_code: int | None
    failure: Failure | None
    pre_processing_error: bool = False
    file_upload_error: bool = False
    container: Mapping[str, str] | None = None
