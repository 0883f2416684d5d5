"""The files that an output file's pattern matches, and the names of their blobs.

`*` and `?` stay within one name, `**` crosses directories, `[abc]`, `[a-c]` and `[!a]` are one character, and only a
dot matches the dot at the beginning of a name. `$NAME` and `${NAME}` are variables of the task.

Source: Batch REST API, `OutputFile`, `filePattern`, and `OutputFileBlobContainerDestination`, `path`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WILDCARD = re.compile(r"[*?\[]")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
# The first character may be a closing bracket, as in the shell.
_BRACKETS = re.compile(r"\[(!?)([^/][^\]/]*)\]")
_RANGE_OR_ONE = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_NOT_HIDDEN = r"(?!\.)"


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
    first = next((number for number, part in enumerate(parts) if _WILDCARD.search(part)), None)
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
    fits = re.compile(to_regular_expression(pattern.rest), re.DOTALL).fullmatch
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


def to_regular_expression(pattern: str) -> str:
    """The regular expression of a pattern with `/` between its parts. Pure."""
    parts = pattern.split("/")
    expression = ""
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            expression += rf"(?:{_NOT_HIDDEN}[^/]+/)*" + (rf"{_NOT_HIDDEN}[^/]+" if last else "")
        else:
            expression += _part(part) + ("" if last else "/")
    return expression


def _part(part: str) -> str:
    """One part. A star and what stands up to the next star match at their first place for good (an atomic group).

    That is the best place for the stars behind it, and without it the time would grow with the power of their number.
    Only what follows a `**` cannot be settled so while a `*`, which stops at a `/`, comes next.
    """
    pieces = [["", ""]]
    position = 0
    while position < len(part):
        if part.startswith("**", position):
            pieces.append([".*", ""])
            position += 2
        elif part[position] == "*":
            pieces.append(["[^/]*", ""])
            position += 1
        elif part[position] == "?":
            pieces[-1][1] += "[^/]"
            position += 1
        elif found := _BRACKETS.match(part, position):
            pieces[-1][1] += _one_of(found[2], negated=bool(found[1]))
            position = found.end()
        else:
            pieces[-1][1] += re.escape(part[position])
            position += 1
    expression = _NOT_HIDDEN if part[0] in "*?[" else ""
    for (star, text), (following, _) in pairwise([*pieces, ["", ""]]):
        is_settled = following == ".*" or (following and star == "[^/]*")
        expression += f"(?>{star}?{text})" if star and is_settled else star + text
    return expression


def _one_of(characters: str, *, negated: bool) -> str:
    members = ""
    for found in _RANGE_OR_ONE.finditer(characters):
        if found[3] is not None:
            members += re.escape(found[3])
        elif found[1] <= found[2]:  # a reversed range matches nothing
            members += f"{re.escape(found[1])}-{re.escape(found[2])}"
    if not members:
        return "[^/]" if negated else "(?!)"
    return f"(?!/)[{'^' if negated else ''}{members}]"
