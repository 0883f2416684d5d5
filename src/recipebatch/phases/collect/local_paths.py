"""Blob and task file names → paths below one local folder; whatever the name, the file stays in that folder."""

from __future__ import annotations

import hashlib
import re
import tempfile
import unicodedata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# What Windows cannot have in a name, control characters, and % itself, so that two names never meet in one file.
_UNSAFE = re.compile(r'[%<>:"|?*\\\x00-\x1f\x7f]')
MANIFEST = "recipebatch-manifest.json"
"""The one name in a collected folder that is ours."""

# Bytes of one name on the usual disks are 255; a suffix must still fit.
_LONGEST, _KEPT, _HASH = 240, 200, 8
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\Z")


def local_path(folder: Path, name: str) -> Path:
    """The file for a blob or task file: `/` makes folders, everything a file system could stumble on is %-encoded.

    Two different names never give the same path on a case-sensitive disk, and none leaves `folder`.
    """
    segments = [_segment(segment) for segment in name.split("/")]
    if len(segments) == 1 and segments[0].lower() == MANIFEST:
        segments = [f"%{ord(name[0]):02X}{name[1:]}"]
    return folder.joinpath(PurePosixPath(*segments))


def local_paths(folder: Path, names: Iterable[str], *, folds: bool) -> tuple[dict[str, Path], int]:
    """The files for many blobs, of which no two meet: neither by their case nor as a file and a folder.

    Args:
        folder: what all of them stay in.
        names: of the blobs.
        folds: the disk takes `A` and `a` for one name, and other forms of one letter.

    Returns:
        A path for each name, and how many got another one than alone: `%~` and a part of the name's hash at the end.
    """
    paths = {name: local_path(folder, name) for name in sorted(names)}

    def key(path: Path) -> Path:
        return Path(unicodedata.normalize("NFC", str(path)).casefold()) if folds else path

    keys = {name: key(path) for name, path in paths.items()}
    folders = {parent for path in keys.values() for parent in path.parents}
    taken: set[Path] = set()
    moved = 0
    for name, path in paths.items():
        if keys[name] in taken or keys[name] in folders:
            paths[name] = path.with_name(f"{path.name}%~{hashlib.sha256(name.encode()).hexdigest()[:_HASH]}")
            moved += 1
        taken.add(keys[name])
    return paths, moved


def folds_case(folder: Path) -> bool:
    """Whether the disk of a folder, which may not be there yet, takes upper and lower case for the same."""
    there = next((each for each in (folder, *folder.absolute().parents) if each.is_dir()), None)
    try:
        with tempfile.NamedTemporaryFile(prefix=".recipebatch-case-", dir=there) as probe:
            path = Path(probe.name)
            return path.with_name(path.name.upper()).exists()
    except OSError:
        return False


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a link on the way leads from a folder to somewhere outside of it."""
    try:
        return not path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # RuntimeError: links in a circle, before Python 3.13
        return True


def _segment(segment: str) -> str:
    if segment in {"", ".", ".."}:
        return segment.replace(".", "%2E") or "%"
    safe = _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", segment)
    if _RESERVED.match(safe):
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    if safe[-1] in " .":
        safe = f"{safe[:-1]}%{ord(safe[-1]):02X}"
    encoded = safe.encode("utf-8", "surrogateescape")
    if len(encoded) > _LONGEST:
        # Shortened, with a part of the hash that distinguishes it from others with the same start.
        kept = encoded[:_KEPT].decode("utf-8", "ignore")
        safe = f"{kept}%~{hashlib.sha256(segment.encode('utf-8', 'surrogateescape')).hexdigest()[:_HASH]}"
    return safe
