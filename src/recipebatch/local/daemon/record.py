"""`service.json`, the record by which other processes find the background service."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from recipebatch.local.daemon.processes import ProcessIdentity, identity_of
from recipebatch.local.folders import read_private, write_private

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SCHEMA = 1
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

    @property
    def is_valid(self) -> bool:
        """Whether all values have their types; a damaged file may hold anything."""
        texts = (self.batch_endpoint, self.blob_endpoint, self.storage_account, self.started_at)
        numbers = isinstance(self.time_scale, int | float)
        values: object = self.versions
        return all(isinstance(text, str) for text in texts) and isinstance(values, dict) and numbers

    def write(self, path: Path) -> None:
        """Replace the file atomically."""
        write_private(path, json.dumps({"schema_version": _SCHEMA, **asdict(self)}, indent=2) + "\n")


def read_record(path: Path) -> ServiceRecord | None:
    """The record, or None if there is none that this version can read."""
    content = read_json(path)
    if not isinstance(content, dict) or content.pop("schema_version", None) != _SCHEMA:
        return None
    service, azurite = _identity(content.pop("service", None)), _identity(content.pop("azurite", None))
    # Another version may have written more.
    known = {each.name for each in fields(ServiceRecord)}
    try:
        if service is not None and azurite is not None:
            record = ServiceRecord(service=service, azurite=azurite, **{k: v for k, v in content.items() if k in known})
            return record if record.is_valid else None
    except TypeError:
        pass
    return None


def is_of_other_version(path: Path) -> bool:
    """Whether a version wrote the record whose form this version does not know."""
    content = read_json(path)
    return isinstance(content, dict) and content.get("schema_version", _SCHEMA) != _SCHEMA


def read_identities(path: Path) -> list[ProcessIdentity]:
    """The processes that a record of any version, or a lock file, names; empty if it cannot be read."""
    content = read_json(path)
    if not isinstance(content, dict):
        return []
    found = [_identity(content.get(name)) for name in ("service", "azurite")]
    return [identity for identity in found if identity is not None]


def write_processes(path: Path, processes: Iterable[ProcessIdentity]) -> None:
    """Replace the list of the processes of tasks."""
    write_private(path, json.dumps([asdict(process) for process in processes]) + "\n")


def read_processes(path: Path) -> list[ProcessIdentity]:
    """The list of the processes of tasks; empty if it cannot be read."""
    content = read_json(path)
    found = map(_identity, content if isinstance(content, list) else ())
    return [identity for identity in found if identity is not None]


def note_holder(descriptor: int) -> None:
    """Write this process into the lock file that it holds; ignored on a full disk."""
    identity = identity_of(os.getpid())
    if identity is not None:
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps({"service": asdict(identity)}).encode("ascii"), 0)


def _identity(content: object) -> ProcessIdentity | None:
    if not isinstance(content, dict):
        return None
    pid, started = content.get("pid"), content.get("started")
    usable = isinstance(pid, int) and not isinstance(pid, bool) and pid > 1 and isinstance(started, str)
    return ProcessIdentity(pid, started) if usable and pid is not None and isinstance(started, str) else None


def read_json(path: Path) -> Any:
    """The content of a small JSON file, or None if it is missing or invalid."""
    try:
        return json.loads(read_private(path))
    except (OSError, ValueError, RecursionError):
        return None
