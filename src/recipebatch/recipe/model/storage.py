"""Containers, resource files and output files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model.setting import Section, Text
    from recipebatch.recipe.nodes import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """One entry of `storage:`.

    Attributes:
        container: the name in the storage account; None lets recipebatch choose one for the run.
        existing: the container is there before the run and stays after it.
        uploads: sections of `properties.Upload`.
        settings: a section of `properties.ContainerProperties`.
    """

    name: str
    at: SourcePosition
    container: Text
    existing: bool
    uploads: tuple[Section, ...]
    settings: Section


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
    required: bool = True
