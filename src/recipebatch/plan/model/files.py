"""Files of a plan: containers, uploads, resource files and output files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from recipebatch.vocabulary.ids import ContainerName


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedUpload:
    """One local file, or a text, that becomes one blob.

    Attributes:
        blob: the blob's name in its container; `/` separates folders.
        source: absolute path of the file; None for a text.
        size: bytes when the plan was made.
        content: the text.
        content_type, metadata: of the blob; None and nothing leave them to the service.
    """

    blob: str
    source: Path | None
    size: int
    content: str = ""
    content_type: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedContainer:
    """One blob container of the run.

    Attributes:
        logical: the name in the recipe.
        name: the name in the storage account.
        existing: the run uses it but did not make it: it is neither created nor purged.
        identity: the managed identity by which nodes reach it; None lets a SAS do it.
        retention: how long it is kept, from the begin of the run.
        account: the storage account, by its name in `accounts.yaml`; None is the run's own.
    """

    logical: str
    name: ContainerName
    existing: bool
    uploads: tuple[PlannedUpload, ...]
    identity: str | None = None
    retention: timedelta | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedResourceFile:
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
class PlannedOutputFile:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class UserIdentity:
    """`userIdentity`: scope `pool` or `task` and elevation_level `nonadmin` or `admin`, or one of the pool's users."""

    scope: str = "pool"
    elevation_level: str = "nonadmin"
    user_name: str | None = None
