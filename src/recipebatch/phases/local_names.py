"""Blob and task file names → paths below one local folder; whatever the name, the file stays in that folder."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

# What Windows cannot have in a name, control characters, and % itself, so that two names never meet in one file.
_UNSAFE = re.compile(r'[%<>:"|?*\\\x00-\x1f\x7f]')
MANIFEST = "recipebatch-manifest.json"
"""The one name in a collected folder that is ours."""

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\Z")


def local_path(folder: Path, name: str) -> Path:
    """The file for a blob or task file: `/` makes folders, everything a file system could stumble on is %-encoded.

    Two different names never give the same path on a case-sensitive disk, and none leaves `folder`.
    """
    segments = [_segment(segment) for segment in name.split("/")]
    if len(segments) == 1 and segments[0].lower() == MANIFEST:
        segments = [f"%{ord(name[0]):02X}{name[1:]}"]
    return folder.joinpath(PurePosixPath(*segments))


def _segment(segment: str) -> str:
    if segment in {"", ".", ".."}:
        return segment.replace(".", "%2E") or "%"
    safe = _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", segment)
    if _RESERVED.match(safe):
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    if safe[-1] in " .":
        safe = f"{safe[:-1]}%{ord(safe[-1]):02X}"
    return safe
