"""What a blob can be called. Source: "Naming and Referencing Containers, Blobs, and Metadata", blob names."""

from __future__ import annotations

MAX_BLOB_NAME = 1024
"""Characters of a blob's name."""

_RESERVED = "\ue000\ue001"
"""Private characters that marked secrets in records of former versions."""


def has_reserved(blob: str) -> bool:
    """Whether a blob's name, as the service lists it, has characters that no recipe may use."""
    return any(character in blob for character in _RESERVED)


def unfit(blob: str) -> str | None:
    """Why a text cannot be a blob's name, as the end of a sentence; None if it can."""
    if has_reserved(blob):
        return "has a reserved character (U+E000 or U+E001) in its name"
    try:
        blob.encode("utf-8")
    except UnicodeEncodeError:
        return "has a name that is not UTF-8"
    if not 0 < len(blob) <= MAX_BLOB_NAME:
        return f"has a name of {len(blob)} characters; a blob's has at most {MAX_BLOB_NAME}"
    if "\\" in blob:
        return "has a backslash in its name, which the storage service makes a slash"
    if {".", ".."} & set(blob.split("/")):
        return "has `.` or `..` as a part of its name, which addresses do not keep"
    return None
