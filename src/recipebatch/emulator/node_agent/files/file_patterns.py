"""The files that an output file's pattern matches, and the names of their blobs.

`*` and `?` stay within one name, `**` crosses directories, `[abc]`, `[a-c]` and `[!a]` are one character, and only a
dot matches the dot at the beginning of a name. `$NAME` and `${NAME}` are variables of the task.

Source: Batch REST API, `OutputFile`, `filePattern`, and `OutputFileBlobContainerDestination`, `path`.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.text.file_names import without_surrogates
from recipebatch.text.globs import has_wildcard, path_matcher

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_ENTRIES = 200_000
"""Files and directories that one pattern looks at."""

MAX_MATCHES = 50_000
"""Files that one pattern may match."""

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""There is no such file or directory, or it was deleted meanwhile; a link in a circle leads to none."""

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


class TooManyFilesError(Exception):
    """A pattern looks at, or matches, more files than it may."""


class UnreadableFolderError(Exception):
    """A directory that may hold files of the pattern cannot be read."""

    def __init__(self, error: OSError, directory: str) -> None:
        super().__init__(f"cannot read {without_surrogates(directory)}: {error.strerror}")


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
    """Parse a pattern; it is relative to the working directory unless it is absolute. Pure.

    The working directory, and a directory of the node that a variable at the beginning names, are paths: a `[` or a
    star in their names is no wildcard. In the values of other variables it is.
    """
    root = working
    first = _VARIABLE.match(text)
    if first is not None and text[first.end() :][:1] in {"", "/"}:
        value = environment.get(first[1] or first[2], "")
        if (first[1] or first[2]).startswith("AZ_BATCH_") and value.startswith("/"):
            root, text = value, text[first.end() :].lstrip("/")
    expanded = _VARIABLE.sub(lambda match: environment.get(match[1] or match[2], match[0]), text)
    if expanded.startswith("/"):
        root = "/"
    parts = expanded.split("/")
    wild = next((number for number, part in enumerate(parts) if has_wildcard(part)), None)
    cut = len(parts) - 1 if wild is None else wild
    base = os.path.normpath("/".join([root, *parts[:cut]]))
    rest = "/".join(part for part in parts[cut:] if part not in {"", "."})
    if wild is None and not rest:  # a directory, which matches nothing
        base, rest = os.path.split(base)
    return FilePattern(f"/{base.lstrip('/')}", rest, wild is not None)


def matches(pattern: FilePattern) -> Iterator[str]:
    """The matching files, relative to `base`, in order; links to files match, linked directories are not searched.

    Raises:
        UnreadableFolderError: a directory cannot be read; raised after all files that were found.
        InvalidPatternError: the pattern is too large.
        TooManyFilesError: it looks at more than `MAX_ENTRIES` files and directories, or matches more than
            `MAX_MATCHES`.
    """
    if not pattern.has_wildcard:
        if pattern.rest and _is_regular(f"{pattern.base}/{pattern.rest}"):
            yield pattern.rest
        return
    fits = path_matcher(pattern.rest)
    asks_for_hidden = any(part.startswith(".") for part in pattern.rest.split("/"))
    deepest = None if "**" in pattern.rest else pattern.rest.count("/")
    found = 0
    for relative in _files_below(pattern.base, deepest=deepest, hidden=asks_for_hidden):
        if fits(relative):
            found += 1
            if found > MAX_MATCHES:
                raise TooManyFilesError(f"it matches more than {MAX_MATCHES:,} files")
            yield relative


def _files_below(base: str, *, deepest: int | None, hidden: bool) -> Iterator[str]:
    """The files of a directory in order, then those of each directory in it."""
    looked_at = 0
    unreadable: list[UnreadableFolderError] = []
    waiting = [("", 0)]
    while waiting:
        prefix, depth = waiting.pop()
        files, folders = [], []
        for entry in _entries(f"{base}/{prefix}", unreadable):
            looked_at += 1
            if looked_at > MAX_ENTRIES:
                raise TooManyFilesError(f"it would look at more than {MAX_ENTRIES:,} files and directories")
            if _is_folder(entry):
                folders.append(entry.name)
            elif _is_file(entry):
                files.append(entry.name)
        yield from (f"{prefix}{name}" for name in sorted(files))
        if depth != deepest:
            below = sorted((name for name in folders if hidden or not name.startswith(".")), reverse=True)
            waiting += [(f"{prefix}{name}/", depth + 1) for name in below]
    if unreadable:
        raise unreadable[0]


def _entries(directory: str, unreadable: list[UnreadableFolderError]) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            yield from entries
    except OSError as error:
        if error.errno not in _ABSENT:
            unreadable.append(UnreadableFolderError(error, directory))


def _is_regular(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116  # a Path would drop a slash at the end
    except OSError as error:
        if error.errno in _ABSENT:
            return False
        raise UnreadableFolderError(error, path) from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link in a circle
        return False


def blob_name(pattern: FilePattern, relative: str, path: str | None) -> str:
    """The blob name of a matched file. Pure.

    Without a wildcard `path` is the blob's name, with one it is the folder put before the file's relative name.
    Without a path it is the relative name.
    """
    if not path:
        return relative
    return f"{path.rstrip('/')}/{relative}" if pattern.has_wildcard else path
