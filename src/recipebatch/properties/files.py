"""Files: what is uploaded to containers, what comes to a node, what leaves it, and what is collected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.properties import value_types
from recipebatch.properties.table import Pairs, Reference, Value, azure_id, duration, prop, text

if TYPE_CHECKING:
    from datetime import timedelta


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
        required: a task that succeeds and has no such file has failed.
    """

    file_pattern: str
    container: str
    path: str | None
    upload_condition: str
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerProperties:
    """What a recipe says of a container beyond its name.

    Attributes:
        identity: the managed identity by which nodes reach it; None lets a SAS do it.
        retention: how long it is kept, from the begin of the run.
        account: the storage account, by its name in `accounts.yaml`; None is the run's own.
    """

    identity: str | None = prop(azure_id("", key="access.managed_identity"))
    retention: timedelta | None = prop(duration(""))
    account: str | None = prop(text(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A path or pattern of local files that become blobs, or a text that becomes one.

    Attributes:
        source: relative to the recipe's folder.
        exclude: patterns on the path below the pattern's fixed part.
        prefix: put before every blob's name.
        content: a text in place of files, under the name `blob`.
        blob: in place of the one file's own name.
        metadata: of the blobs.
    """

    source: str | None = prop(Value(convert=value_types.path_pattern))
    exclude: tuple[str, ...] = prop(Value(convert=value_types.path_pattern, many=True, default=()))
    prefix: str = prop(Value(convert=value_types.text, default=""))
    content: str | None = prop(Value(convert=value_types.content))
    blob: str | None = prop(text(""))
    content_type: str | None = prop(text(""))
    metadata: tuple[tuple[str, str], ...] = prop(Pairs())


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """One entry of `collect:`. Either `container` (blobs) or `task_files` (files of every task) is set.

    Attributes:
        container: logical name of the container whose blobs are downloaded.
        task_files: names of task files such as `stdout.txt`, each stored below `into/<task id>/`.
        include: patterns on the blob name; empty means all.
        into: where they go: as the recipe says it, relative to the folder of the recipe's user (not of the recipe).
    """

    container: str | None = prop(Reference())
    task_files: tuple[str, ...] = prop(text("", many=True, default=()))
    include: tuple[str, ...] = prop(Value(convert=value_types.path_pattern, many=True, default=()))
    into: str = prop(Value(convert=value_types.folder_below))
