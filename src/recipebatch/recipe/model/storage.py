"""Containers, uploads, resource files, output files and what is collected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model.setting import EnvironmentSpec, Setting, Text
    from recipebatch.recipe.nodes import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSpec:
    """Local files that become blobs.

    Attributes:
        source: a path or pattern relative to the recipe's folder.
        exclude: patterns on the path below the pattern's fixed part.
        prefix: put before every blob's name.
        content: a text in place of files, under the name `blob`.
        blob: in place of the one file's own name.
    """

    at: SourcePosition
    source: Text
    exclude: tuple[Text, ...]
    prefix: Setting[str, str]
    content: Setting[str, None]
    blob: Text
    content_type: Text
    metadata: EnvironmentSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """One entry of `storage:`.

    Attributes:
        container: the name in the storage account; None lets recipebatch choose one for the run.
        existing: the container is there before the run and stays after it.
        identity: the managed identity by which nodes reach it; None lets a SAS do it.
        retention: how long it is kept, from the begin of the run.
        account: the storage account, by its name in `accounts.yaml`; None is the run's own.
    """

    name: str
    at: SourcePosition
    container: Text
    existing: bool
    uploads: tuple[UploadSpec, ...]
    identity: Text
    retention: Setting[timedelta, timedelta | None]
    account: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFileSpec:
    """One entry of `resource_files:`: the blob of a files loop (`file`), or the settings of one of the other forms.

    Attributes:
        this_file: the short form `file`: the blob of the task's files loop.
    """

    at: SourcePosition
    file: Node | None
    container: str | None
    blob: Text
    blob_prefix: Text
    http_url: Text
    file_path: Text
    file_mode: str | None
    auto_storage_container_name: Text
    this_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFileSpec:
    """One entry of `output_files:`; `upload_condition` in the words of the wire."""

    at: SourcePosition
    file_pattern: Text
    container: str
    path: Text
    upload_condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSpec:
    """One entry of `collect:`; either `container` or `task_files` is set."""

    at: SourcePosition
    container: str | None
    task_files: tuple[Text, ...]
    include: tuple[Text, ...]
    into: Setting[str, str]
