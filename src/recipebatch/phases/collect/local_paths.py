"""Blob and task file names → paths below one local folder; whatever the name, the file stays in that folder."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.phases.collect.disk import Disk

# What some disks cannot have in a name, such as those of Windows; each disk is asked.
_UNSAFE = re.compile('[<>:"|?*\\\\\x01-\x1f\x7f]')
# What none can have: NUL, and half a surrogate pair.
_IMPOSSIBLE = re.compile("[\x00\ud800-\udfff]")
MANIFEST = "recipebatch-manifest.json"
"""The one name in a collected folder that is ours."""

_HASH = 8
_CUT = 40
"""Bytes that a name is cut by when it is too long, which leaves room for the hash and for a suffix."""

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?\Z", re.DOTALL)

_REPOSITORIES = frozenset((".git", ".hg"))
"""What is in a folder of such a name names programs that `git` and `hg` run."""


def local_path(folder: Path, name: str, disk: Disk, *, is_shared: bool = False) -> Path:
    """The file for a blob or task file: `/` makes folders; the name is kept as far as the disk can have it.

    What the disk cannot have is %-encoded, and so is what would leave `folder`, or names a program that others run.

    Args:
        folder: what the file stays in.
        name: of the blob, or of the task's file.
        disk: of the folder.
        is_shared: the folder is the one the user works in: no file in it is hidden, as programs read settings there.
    """
    segments = [_segment(segment, disk) for segment in name.split("/")]
    if is_shared and segments[0].startswith("."):
        segments[0] = f"%2E{segments[0][1:]}"
    if len(segments) == 1 and segments[0].lower() == MANIFEST:
        segments = [f"%{ord(name[0]):02X}{name[1:]}"]
    return folder.joinpath(PurePosixPath(*segments))


def local_paths(
    folder: Path, names: Iterable[str], disk: Disk, *, is_shared: bool = False
) -> tuple[dict[str, Path], int]:
    """The files for many blobs, of which no two meet: neither by their case nor as a file and a folder.

    Args:
        folder: what all of them stay in.
        names: of the blobs.
        disk: of the folder; it may take `A` and `a` for one name, and other forms of one letter.
        is_shared: as of `local_path`.

    Returns:
        A path for each name, and how many are not at the place that their names say. Where two would meet, one has
        `%~` and a part of its name's hash at the end.
    """
    paths = {name: local_path(folder, name, disk, is_shared=is_shared) for name in sorted(names)}

    def key(path: Path) -> Path:
        return Path(unicodedata.normalize("NFC", str(path)).casefold()) if disk.folds_case else path

    keys = {name: key(path) for name, path in paths.items()}
    folders = {parent for path in keys.values() for parent in path.parents}
    taken: set[Path] = set()
    # Those that keep their names come first.
    for name in sorted(paths, key=lambda name: (not is_kept(folder, name, paths[name]), name)):
        if keys[name] in taken or keys[name] in folders:
            path = paths[name]
            paths[name] = path.with_name(_with_hash(path.name, name, disk))
        taken.add(keys[name])
    return paths, sum(not is_kept(folder, name, path) for name, path in paths.items())


def is_kept(folder: Path, name: str, path: Path) -> bool:
    """Whether a file is where its name says."""
    return path.relative_to(folder).as_posix() == name


def _segment(segment: str, disk: Disk) -> str:
    if segment in {"", ".", ".."}:
        return segment.replace(".", "%2E") or "%"
    safe = _IMPOSSIBLE.sub(lambda match: f"%{ord(match[0]):02X}", segment)
    safe = _UNSAFE.sub(lambda match: match[0] if disk.takes(f"a{match[0]}b") else f"%{ord(match[0]):02X}", safe)
    reserved = _RESERVED.match(safe)
    if safe.lower() in _REPOSITORIES or (reserved is not None and not disk.takes(reserved[1])):
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    if safe[-1] in " ." and not disk.takes(f"a{safe[-1]}"):
        safe = f"{safe[:-1]}%{ord(safe[-1]):02X}"
    return safe if len(safe.encode()) <= disk.longest_name else _with_hash(safe, segment, disk)


def _with_hash(name: str, of: str, disk: Disk) -> str:
    """A name, shortened if need be, with a part of a hash that distinguishes it from others with the same start."""
    kept = name.encode()[: disk.longest_name - _CUT].decode("utf-8", "ignore")
    return f"{kept}%~{hashlib.sha256(of.encode('utf-8', 'surrogatepass')).hexdigest()[:_HASH]}"


def changed_names(count: int, target: Path) -> list[str]:
    """A line about files that could not keep their names."""
    if not count:
        return []
    files = "1 file has another name here than its source" if count == 1 else f"{count} files have other names here"
    why = "this disk cannot have it, something else has it, or it is not safe"
    return [f"{files} ({why}): see {target / MANIFEST}"]
