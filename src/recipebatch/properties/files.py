"""ResourceFile, OutputFile: files that come to a node, and files that leave it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFile:
    """A file or the files of a container, downloaded to the node before the command runs.

    Exactly one of these forms: `container` and `blob` (one file); `container` alone or with `blob_prefix`
    (all blobs whose names begin so); `http_url` (anything reachable by HTTP); `auto_storage_container_name` (a
    container of the storage account that is linked to the Batch account, alone or with `blob_prefix`).

    Attributes:
        container: logical name of the container.
        file_path: the file's path below the working directory; for a whole container, the directory to use.
        file_mode: octal text such as `0755`, or None for the service's default (0770).
    """

    container: str | None = None
    blob: str | None = None
    blob_prefix: str | None = None
    http_url: str | None = None
    file_path: str | None = None
    file_mode: str | None = None
    auto_storage_container_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFile:
    """Files uploaded from the node after the command.

    Attributes:
        file_pattern: relative to the working directory; `*`, `**` and `?` match.
        container: logical name of the container they go to.
        path: blob name, or the folder when `file_pattern` has a wildcard; None is the container's root.
        upload_condition: `taskcompletion`, `tasksuccess` or `taskfailure`.
    """

    file_pattern: str
    container: str
    path: str | None
    upload_condition: str
