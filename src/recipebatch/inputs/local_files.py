"""The local files that a plan needs: which (RequiredInputs), and what was found (LocalInputs).

LocalInputs is plain data with a JSON form, so another process on another machine can resolve the same plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recipebatch.properties.files import Upload

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.errors import SourcePosition
    from recipebatch.inputs.factories import RequiredItems


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredUpload(Upload):
    """An upload of a container, and where it is written."""

    container: str
    at: SourcePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredTable:
    """A table that a task template loops over."""

    file: str
    at: SourcePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredNames:
    """A pattern of local files whose names a task template loops over."""

    pattern: str
    at: SourcePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredInputs:
    """What `read_local_inputs` shall look for.

    Attributes:
        folder: where relative paths start.
        folders: the same for the files of the recipe that stand elsewhere, by the name positions give them.
    """

    folder: Path
    uploads: tuple[RequiredUpload, ...]
    tables: tuple[RequiredTable, ...]
    items: tuple[RequiredItems, ...] = ()
    names: tuple[RequiredNames, ...] = ()
    folders: dict[str, Path] = field(default_factory=dict)

    def folder_of(self, at: SourcePosition) -> Path:
        """Where the relative paths start that are written there."""
        return self.folders.get(at.file, self.folder)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LocalFile:
    """One local file, or a text, that becomes a blob.

    Attributes:
        source: its absolute path; empty for a text.
        size: bytes.
        content: the text.
        metadata: of the blob.
    """

    blob: str
    source: str
    size: int
    content: str = ""
    content_type: str = ""
    metadata: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, without what it does not have."""
        more = {"content": self.content, "content_type": self.content_type, "metadata": dict(self.metadata)}
        return {
            "blob": self.blob,
            "source": self.source,
            "size": self.size,
            **{name: value for name, value in more.items() if value},
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LocalFile:
        """The inverse of `to_json`."""
        return cls(**{**value, "metadata": tuple(value.get("metadata", {}).items())})


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalInputs:
    """What was found.

    Attributes:
        files: of each container, in the order of their blobs' names.
        tables: texts by path.
        items: what custom factories gave, by `RequiredItems.key`.
        names: paths of local files below the recipe's folder, by pattern.
        warnings: what was not as expected, and stops nothing; each begins with its position.
    """

    files: dict[str, tuple[LocalFile, ...]]
    tables: dict[str, str]
    items: dict[str, list[Any]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "files": {container: [file.to_json() for file in files] for container, files in self.files.items()},
            "tables": dict(self.tables),
            # Records of runs without a factory stay as they were.
            **({"items": dict(self.items)} if self.items else {}),
            **({"names": dict(self.names)} if self.names else {}),
            **({"warnings": list(self.warnings)} if self.warnings else {}),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LocalInputs:
        """The inverse of `to_json`."""
        return cls(
            files={
                container: tuple(LocalFile.from_json(file) for file in files)
                for container, files in value["files"].items()
            },
            tables=dict(value["tables"]),
            items=dict(value.get("items", {})),
            names=dict(value.get("names", {})),
            warnings=tuple(value.get("warnings", ())),
        )
