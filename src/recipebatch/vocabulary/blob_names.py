"""What a blob can be called. Source: "Naming and Referencing Containers, Blobs, and Metadata", blob names."""

from __future__ import annotations

import re

from recipebatch.vocabulary.reserved_characters import MARK_NAMES, has_mark

MAX_BLOB_NAME = 1024
"""Characters of a blob's name."""

MAX_SEGMENTS = 254
"""Parts of a blob's name between its slashes."""

MAX_FILE_NAME = 255
"""Bytes of one part: disks have no longer name, and a node downloads a blob under the name that it has."""

_NOT_CHARACTERS = re.compile(
    "[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef"
    + "".join(f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
"""Control characters, and code points that are no characters: the service refuses them, or cannot list them as XML."""


def unfit(blob: str) -> str | None:
    """Why a text cannot be a blob's name, as the end of a sentence; None if it can."""
    if has_mark(blob):
        return f"has a reserved character ({MARK_NAMES}) in its name"
    try:
        blob.encode("utf-8")
    except UnicodeEncodeError:
        return "has a name that is not UTF-8"
    if (found := _NOT_CHARACTERS.search(blob)) is not None:
        return f"has a control character in its name, U+{ord(found[0]):04X}"
    if not 0 < len(blob) <= MAX_BLOB_NAME:
        return f"has a name of {len(blob)} characters; a blob's has at most {MAX_BLOB_NAME}"
    if "\\" in blob:
        return "has a backslash in its name, which the storage service makes a slash"
    return _unfit_parts(blob.split("/"))


def _unfit_parts(parts: list[str]) -> str | None:
    if {".", ".."} & set(parts):
        return "has `.` or `..` as a part of its name, which addresses do not keep"
    if len(parts) > MAX_SEGMENTS:
        return f"has a name of {len(parts)} parts; a blob's has at most {MAX_SEGMENTS}"
    return _too_long(parts)


def too_long_for_a_disk(path: str) -> str | None:
    """Why no disk can have a file of this path, as the end of a sentence; None if one can."""
    return _too_long(path.split("/"))


def _too_long(parts: list[str]) -> str | None:
    if (longest := max(len(part.encode(errors="surrogatepass")) for part in parts)) > MAX_FILE_NAME:
        return f"has a part of {longest} bytes in its name; a file's name has at most {MAX_FILE_NAME}"
    return None


TASK_MARK = "recipebatch_task"
"""The metadata of blobs that output files became: the ids of the job and the task, with a slash between."""
