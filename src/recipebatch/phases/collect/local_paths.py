"""Blob and task file names → paths below one local folder; whatever the name, the file stays in that folder."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from recipebatch.folder_files import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

# What Windows cannot have in a name, control characters, and % itself, so that two names never meet in one file.
# Half a surrogate pair is in no name that a disk takes.
_UNSAFE = re.compile('[%<>:"|?*\\\\\x00-\x1f\x7f\ud800-\udfff]')
MANIFEST = "recipebatch-manifest.json"
"""The one name in a collected folder that is ours."""

# Bytes of one name on the usual disks are 255; a suffix must still fit.
_LONGEST, _KEPT, _HASH = 240, 200, 8
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\Z")

_REPOSITORIES = frozenset((".git", ".hg"))
"""What is in a folder of such a name names programs that `git` and `hg` run."""


def local_path(folder: Path, name: str, *, is_shared: bool = False) -> Path:
    """The file for a blob or task file: `/` makes folders, everything a file system could stumble on is %-encoded.

    Two different names never give the same path on a case-sensitive disk, and none leaves `folder`.

    Args:
        folder: what the file stays in.
        name: of the blob, or of the task's file.
        is_shared: the folder is the one the user works in: no file in it is hidden, as programs read settings there.
    """
    segments = [_segment(segment) for segment in name.split("/")]
    if is_shared and segments[0].startswith("."):
        segments[0] = f"%2E{segments[0][1:]}"
    if len(segments) == 1 and segments[0].lower() == MANIFEST:
        segments = [f"%{ord(name[0]):02X}{name[1:]}"]
    return folder.joinpath(PurePosixPath(*segments))


def local_paths(
    folder: Path, names: Iterable[str], *, folds: bool, is_shared: bool = False
) -> tuple[dict[str, Path], int]:
    """The files for many blobs, of which no two meet: neither by their case nor as a file and a folder.

    Args:
        folder: what all of them stay in.
        names: of the blobs.
        folds: the disk takes `A` and `a` for one name, and other forms of one letter.
        is_shared: as of `local_path`.

    Returns:
        A path for each name, and how many got another one than alone: `%~` and a part of the name's hash at the end.
    """
    paths = {name: local_path(folder, name, is_shared=is_shared) for name in sorted(names)}

    def key(path: Path) -> Path:
        return Path(unicodedata.normalize("NFC", str(path)).casefold()) if folds else path

    keys = {name: key(path) for name, path in paths.items()}
    folders = {parent for path in keys.values() for parent in path.parents}
    taken: set[Path] = set()
    moved = 0
    for name, path in paths.items():
        if keys[name] in taken or keys[name] in folders:
            paths[name] = path.with_name(
                f"{path.name}%~{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:_HASH]}"
            )
            moved += 1
        taken.add(keys[name])
    return paths, moved


def folds_case(folder: Path, below: str = "") -> bool:
    """Whether the disk of a folder, which may not be there yet, takes upper and lower case for the same.

    Args:
        folder: may be, or be reached by, a link.
        below: a folder below it, to which no link leads.
    """
    name = f".recipebatch-case-{secrets.token_hex(8)}"
    places = [(folder, below), *((parent, "") for parent in (folder, *folder.absolute().parents))]
    for place, relative in places:
        try:
            directory = open_folder(place, relative)
        except FileNotFoundError:
            continue
        except OSError:
            return False
        with directory:
            try:
                os.close(directory.new_file(name, 0o600))
                return directory.status(name.upper()) is not None
            except OSError:
                return False
            finally:
                directory.remove(name)
    return False


def _segment(segment: str) -> str:
    if segment in {"", ".", ".."}:
        return segment.replace(".", "%2E") or "%"
    safe = _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", segment)
    if _RESERVED.match(safe) or safe.lower() in _REPOSITORIES:
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    if safe[-1] in " .":
        safe = f"{safe[:-1]}%{ord(safe[-1]):02X}"
    encoded = safe.encode()
    if len(encoded) > _LONGEST:
        # Shortened, with a part of the hash that distinguishes it from others with the same start.
        kept = encoded[:_KEPT].decode("utf-8", "ignore")
        safe = f"{kept}%~{hashlib.sha256(segment.encode('utf-8', 'surrogatepass')).hexdigest()[:_HASH]}"
    return safe
