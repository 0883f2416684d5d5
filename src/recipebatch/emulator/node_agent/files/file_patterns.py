"""The files that an output file's pattern matches, and the names of their blobs.

`*` and `?` stay within one name, `**` crosses directories, `[abc]`, `[a-c]` and `[!a]` are one character, and only a
dot matches the dot at the beginning of a name. `$NAME` and `${NAME}` are variables of the task.

Source: Batch REST API, `OutputFile`, `filePattern`, and `OutputFileBlobContainerDestination`, `path`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.text.globs import has_wildcard, path_matcher

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class FilePattern:
    """A parsed pattern.

    Attributes:
        base: absolute directory before the first part with a wildcard; without one, the file's directory.
        rest: the pattern below it, with `/` between parts.
        has_wildcard: False: `rest` is one file's name.
    """

    base: str
    rest: str
    has_wildcard: bool


def parse_pattern(text: str, *, working: str, environment: Mapping[str, str]) -> FilePattern:
    """Parse a pattern; it is relative to the working directory unless it is absolute. Pure."""
    expanded = _VARIABLE.sub(lambda match: environment.get(match[1] or match[2], match[0]), text)
    parts = os.path.join(working, expanded).split("/")  # noqa: PTH118  # Path would drop what `**/` needs
    first = next((number for number, part in enumerate(parts) if has_wildcard(part)), None)
    cut = len(parts) - 1 if first is None else first
    base = os.path.normpath("/".join(parts[:cut]) or "/")
    return FilePattern(base, "/".join(part for part in parts[cut:] if part not in {"", "."}), first is not None)


def matches(pattern: FilePattern) -> Iterator[str]:
    """The matching files, relative to `base`, in order; links to files match, linked directories are not searched.

    Unreadable directories are skipped.
    """
    if not pattern.has_wildcard:
        if pattern.rest and os.path.isfile(f"{pattern.base}/{pattern.rest}"):  # noqa: PTH113
            yield pattern.rest
        return
    fits = path_matcher(pattern.rest)
    asks_for_hidden = any(part.startswith(".") for part in pattern.rest.split("/"))
    deepest = None if "**" in pattern.rest else pattern.rest.count("/")
    for directory, folders, names in os.walk(pattern.base):
        below = os.path.relpath(directory, pattern.base)
        depth = 0 if below == "." else below.count("/") + 1
        if depth == deepest:
            folders.clear()
        elif not asks_for_hidden:
            folders[:] = [name for name in folders if not name.startswith(".")]
        folders.sort()
        for name in sorted(names):
            relative = name if below == "." else f"{below}/{name}"
            if fits(relative) and os.path.isfile(f"{directory}/{name}"):  # noqa: PTH113
                yield relative


def blob_name(pattern: FilePattern, relative: str, path: str | None) -> str:
    """The blob name of a matched file. Pure.

    Without a wildcard `path` is the blob's name, with one it is the folder put before the file's relative name.
    Without a path it is the relative name.
    """
    if not path:
        return relative
    return f"{path.rstrip('/')}/{relative}" if pattern.has_wildcard else path
