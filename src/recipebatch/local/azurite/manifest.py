"""The manifest of an installation: the hash of each file with code, against which verify.cjs checks what it loads."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.local.folders import write_private

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = (".js", ".cjs", ".mjs", ".json", ".node")
"""Suffixes of the files that are loaded from the packages of the lock file."""


def manifest_file(folder: Path) -> Path:
    """The file with the manifest of an installation."""
    return folder / "manifest.json"


def write_manifest(folder: Path) -> None:
    """Write the SHA-256 of each file with code below `folder`/node_modules, by its path relative to `folder`."""
    hashes = {str(path.relative_to(folder)): _sha256(path) for path in _code_files(folder / "node_modules")}
    write_private(manifest_file(folder), json.dumps(hashes, separators=(",", ":")) + "\n")


def _code_files(folder: Path) -> Iterator[Path]:
    for parent, _, files in os.walk(folder):
        yield from (Path(parent, name) for name in sorted(files) if name.endswith(CODE))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
