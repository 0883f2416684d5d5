"""`service.json`, the record by which other processes find the background service."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from recipebatch.local.daemon.processes import ProcessIdentity
from recipebatch.local.folders import write_private

if TYPE_CHECKING:
    from pathlib import Path

BATCH_ACCOUNT = "local"
"""The name of the Batch account on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRecord:
    """The content of `service.json`, which exists from when the service is ready until it begins to stop.

    Attributes:
        started_at: UTC, ISO 8601.
        versions: of recipebatch, Azurite, Node.js and the SDKs, by name.
        time_scale: divisor of the delays of the Batch service.
    """

    service: ProcessIdentity
    azurite: ProcessIdentity
    batch_endpoint: str
    blob_endpoint: str
    storage_account: str
    started_at: str
    versions: dict[str, str]
    time_scale: float = 1.0

    def write(self, path: Path) -> None:
        """Replace the file atomically."""
        write_private(path, json.dumps({"schema_version": 1, **asdict(self)}, indent=2) + "\n")


def read_record(path: Path) -> ServiceRecord | None:
    """The record, or None if there is none that this version can read."""
    content = read_json(path)
    if not isinstance(content, dict) or content.pop("schema_version", None) != 1:
        return None
    try:
        service, azurite = ProcessIdentity(**content.pop("service")), ProcessIdentity(**content.pop("azurite"))
        return ServiceRecord(service=service, azurite=azurite, **content)
    except (KeyError, TypeError):
        return None


def read_json(path: Path) -> Any:
    """The content of a small JSON file, or None if it is missing or invalid."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
