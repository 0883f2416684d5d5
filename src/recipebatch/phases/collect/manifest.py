"""The manifest of a collected folder: what stands in it, where it came from, and which files are ours.

One line for each file, so that what someone else wrote there is read within limits.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING, Any

from recipebatch.errors import RecipeBatchError
from recipebatch.folder_files import parent_directory, read_below

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST_VERSION = 1
MAX_BYTES = 48 * 1024 * 1024
"""Bytes of a manifest that is read; of a larger one no file is known."""

MAX_WHOLE_BYTES = 8 * 1024 * 1024
"""Bytes of a manifest in another form than ours: one of an earlier version, with several lines for a file."""

_DECODER = json.JSONDecoder()
_BEGIN = '{"version": 1, "files": {\n'


class CannotWriteError(RecipeBatchError):
    """The local disk does not take what was collected; nothing half written is left under its final name."""

    code = "cannot-write"


class Manifest:
    """What stands in one folder and where it came from; also how a later collect knows its own files."""

    def __init__(self, folder: Path, path: str, run_id: str) -> None:
        """Read the manifest; without one, or with one that cannot be read, no file is known.

        Args:
            folder: below which no link is followed.
            path: of the manifest below it.
            run_id: the run that is collected.
        """
        self._folder = folder
        self._path = PurePosixPath(path)
        self._run_id = run_id
        self._lock = Lock()
        self._files = _read_manifest(folder, path)

    def md5_of(self, target: Path) -> str | None:
        """The hash we wrote at that place, or None."""
        value = self._entry(target).get("md5")
        return value if isinstance(value, str) else None

    def is_of_another(self, target: Path, source: Mapping[str, str]) -> bool:
        """What stands at that place was collected from another container of the same run."""
        entry = self._entry(target)
        if entry.get("run") != self._run_id or "container" not in entry or "container" not in source:
            return False
        return str(entry["container"]) != source["container"]

    def add(self, target: Path, source: Mapping[str, str], *, size: int, md5: bytes) -> None:
        """Remember one file and where it came from."""
        entry = {"run": self._run_id, **source, "size": size, "md5": md5.hex()}
        with self._lock:
            self._files[self._key(target)] = json.dumps(entry, ensure_ascii=False)

    def save(self) -> None:
        """Write it beside the files, whole or not at all."""
        if not self._files:
            return
        lines = (f"{json.dumps(key, ensure_ascii=False)}: {entry}" for key, entry in sorted(self._files.items()))
        text = _BEGIN + ",\n".join(lines) + "\n}}\n"
        try:
            with parent_directory(self._folder, str(self._path)) as (directory, name):
                # Half a surrogate pair of a blob's name becomes an escape of JSON.
                directory.write(name, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            path = self._folder / self._path
            raise CannotWriteError(f"cannot write {path}: {error.strerror or error}") from None

    def _entry(self, target: Path) -> Mapping[str, Any]:
        text = self._files.get(self._key(target))
        entry = None if text is None else _parsed(text)
        return entry if isinstance(entry, dict) else {}

    def _key(self, target: Path) -> str:
        return target.relative_to(self._folder / self._path.parent).as_posix()


def _read_manifest(folder: Path, path: str) -> dict[str, str]:
    """The JSON text of each file's entry."""
    try:
        text = read_below(folder, path, max_bytes=MAX_BYTES).decode("utf-8")
    except (OSError, ValueError):
        return {}
    if text.startswith(_BEGIN):
        return dict(filter(None, map(_file_of, text[len(_BEGIN) :].split("\n"))))
    body = _parsed(text) if len(text) <= MAX_WHOLE_BYTES else None
    files = body.get("files") if isinstance(body, dict) else None
    entries = files.items() if isinstance(files, dict) else ()
    return {key: json.dumps(entry, ensure_ascii=False) for key, entry in entries if isinstance(entry, dict)}


def _file_of(line: str) -> tuple[str, str] | None:
    """The key and the JSON text of one line; None for another one, such as the last."""
    line = line.removesuffix(",")
    try:
        key, end = _DECODER.raw_decode(line)
    except (ValueError, RecursionError):
        return None
    entry = line[end:].removeprefix(": ")
    return (key, entry) if isinstance(key, str) and isinstance(_parsed(entry), dict) else None


def _parsed(text: str) -> Any:  # any JSON
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
