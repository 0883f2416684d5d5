"""What has to be done so that a mounted container and its files on a node agree. Pure."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class FileMark(NamedTuple):
    """What shows, without reading it, whether a file was written since; times in nanoseconds."""

    inode: int
    size: int
    modified: int
    changed: int


FOLDER = FileMark(0, 0, 0, 0)
"""The mark of a folder. Its name ends with a slash, here and in `Synced`; only empty ones count as entries."""

MADE = "made"
FOUND = "found"
"""The digests of folders: whether this node marked the folder in the container, or found the mark there."""


class Synced(NamedTuple):
    """A file as it was when it was equal to its blob.

    Attributes:
        etag: of the blob.
        digest: of the content; empty if it is not known.
        mark: of the file.
    """

    etag: str
    digest: str
    mark: FileMark


class Step(Enum):
    """What happens to one file and its blob."""

    UPLOAD = "upload"
    DOWNLOAD = "download"
    COMPARE = "compare"
    DELETE_BLOB = "delete blob"
    DELETE_FILE = "delete file"
    FORGET = "forget"


def decide(
    known: Mapping[str, Synced], files: Mapping[str, FileMark], blobs: Mapping[str, str]
) -> tuple[dict[str, Step], set[str]]:
    """The steps, by name, and the names of those that were changed on the node.

    Args:
        known: the files as they were when they last agreed.
        files: those on the node now.
        blobs: the ETags of those in the container now.
    """
    steps: dict[str, Step] = {}
    changed_here = set()
    for name in sorted({*known, *files, *blobs}):
        synced, file, blob = known.get(name), files.get(name), blobs.get(name)
        here = file != (None if synced is None else synced.mark)
        there = blob != (None if synced is None else synced.etag)
        if here:
            changed_here.add(name)
        if here or there:
            steps[name] = _step(file, blob, here=here, there=there)
    return steps, changed_here


def _step(file: FileMark | None, blob: str | None, *, here: bool, there: bool) -> Step:
    if here and there:
        if file is None:
            # Deleted here, and changed by another client: the newer blob is not deleted.
            return Step.FORGET if blob is None else Step.DOWNLOAD
        return Step.UPLOAD if blob is None else Step.COMPARE
    if here:
        return Step.DELETE_BLOB if file is None else Step.UPLOAD
    return Step.DELETE_FILE if blob is None else Step.DOWNLOAD
