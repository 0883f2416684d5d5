"""The manifest of a collected folder: what stands in it, where it came from, and which files are ours."""

from __future__ import annotations

import json
import os
from threading import Lock
from typing import TYPE_CHECKING, Any

from recipebatch.errors import RecipeBatchError
from recipebatch.phases.collect.partial_downloads import discard

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST_VERSION = 1


class CannotWriteError(RecipeBatchError):
    """The local disk does not take what was collected; nothing half written is left under its final name."""

    code = "cannot-write"


class Manifest:
    """What stands in one folder and where it came from; also how a later collect knows its own files."""

    def __init__(self, path: Path, run_id: str) -> None:
        self._path = path
        self._run_id = run_id
        self._lock = Lock()
        self._files: dict[str, Any] = _read_manifest(path)

    def md5_of(self, target: Path) -> str | None:
        """The hash we wrote at that place, or None."""
        entry: Mapping[str, Any] = self._files.get(self._key(target), {})
        value = entry.get("md5")
        return value if isinstance(value, str) else None

    def is_of_another(self, target: Path, source: Mapping[str, str]) -> bool:
        """What stands at that place was collected from another container of the same run."""
        entry: Mapping[str, Any] = self._files.get(self._key(target), {})
        if entry.get("run") != self._run_id or "container" not in entry or "container" not in source:
            return False
        return str(entry["container"]) != source["container"]

    def add(self, target: Path, source: Mapping[str, str], *, size: int, md5: bytes) -> None:
        """Remember one file and where it came from."""
        with self._lock:
            entry = {"run": self._run_id, **source, "size": size, "md5": md5.hex()}
            self._files[self._key(target)] = entry

    def save(self) -> None:
        """Write it beside the files, whole or not at all."""
        if not self._files:
            return
        body = {"version": MANIFEST_VERSION, "files": dict(sorted(self._files.items()))}
        part = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        try:
            part.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            part.replace(self._path)
        except OSError as error:
            raise CannotWriteError(f"cannot write {self._path}: {error.strerror or error}") from None
        finally:
            discard(part)

    def _key(self, target: Path) -> str:
        return target.relative_to(self._path.parent).as_posix()


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    files = body.get("files") if isinstance(body, dict) else None
    return files if isinstance(files, dict) else {}
