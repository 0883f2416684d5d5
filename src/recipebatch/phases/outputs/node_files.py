"""What the list of a task's files says of an output file: whether there was something to upload. Pure.

Names are relative to the task's directory, as "File - List From Task" gives them: `stdout.txt`, `wd/a.txt`.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from recipebatch.phases.outputs.promises import after_first_variable
from recipebatch.text.globs import has_wildcard, path_matcher
from recipebatch.text.patterns import InvalidPatternError

if TYPE_CHECKING:
    from collections.abc import Collection

_ROOTS = {"": "wd", "AZ_BATCH_TASK_WORKING_DIR": "wd", "AZ_BATCH_TASK_DIR": ""}
_NOT_KNOWN = re.compile(r"[$%\\]")


def wrote(pattern: str, files: Collection[str]) -> bool | None:
    """Whether one of a task's files fits the pattern of an output file; None if the list cannot say that."""
    place = _place(pattern)
    if place is None:
        return None
    base, rest = place
    names = _names(files)
    if not has_wildcard(rest):
        return posixpath.normpath(posixpath.join(base, rest)) in names
    prefix = f"{base}/" if base else ""
    try:
        fits = path_matcher(rest)
    except InvalidPatternError:
        return None
    return any(name.startswith(prefix) and fits(name[len(prefix) :]) for name in names)


def is_folder(pattern: str, files: Collection[str]) -> bool:
    """Whether a pattern without wildcards names a folder of the task, which uploads nothing."""
    place = _place(pattern)
    if place is None or has_wildcard(place[1]):
        return False
    folder = posixpath.normpath(posixpath.join(*place))
    return any(name.startswith(f"{folder}/") for name in _names(files))


def _place(pattern: str) -> tuple[str, str] | None:
    """The folder, relative to the task's directory, and the rest from the first wildcard, or the file, on.

    None: it is not in the task's directory, or a variable stands for a part of it.
    """
    variable, text = after_first_variable(pattern)
    root = _ROOTS.get(variable)
    if root is None or text.startswith("/") or _NOT_KNOWN.search(text):
        return None
    parts = [part for part in text.split("/") if part not in {"", "."}]
    number = next((number for number, part in enumerate(parts) if has_wildcard(part)), max(0, len(parts) - 1))
    base = posixpath.normpath("/".join([root or ".", *parts[:number]]))
    if base == ".." or base.startswith("../"):
        return None
    return "" if base == "." else base, "/".join(parts[number:])


def _names(files: Collection[str]) -> frozenset[str]:
    # Nodes with Windows part folders by backslashes.
    return frozenset(name.replace("\\", "/") if name.startswith("wd\\") else name for name in files)
