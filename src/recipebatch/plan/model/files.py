"""Containers of a plan, and what is uploaded to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.properties.files import ContainerProperties

if TYPE_CHECKING:
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
class PlannedContainer(ContainerProperties):
    """One blob container of the run.

    Attributes:
        logical: the name in the recipe.
        name: the name in the storage account.
        existing: the run uses it but did not make it: it is neither created nor purged.
    """

    logical: str
    name: ContainerName
    existing: bool
    uploads: tuple[PlannedUpload, ...]
