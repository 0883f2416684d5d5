"""A plan as the text of a golden file: what a person reads in a review, and nothing that differs between machines."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING, Any

from recipebatch.plan import plan_as_json

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.plan import Plan

_BEGIN, _END = "set -e\n", "\n(exit $?)\n"
"""What `recipebatch.plan.expressions.shell_quoting` puts around the commands of `commands:`."""


def golden(plan: Plan, folder: Path) -> str:
    """A plan as JSON, without what is not set; local files relative to the recipe's folder.

    The sizes of files are left out: they change with every correction of an input.
    """
    return json.dumps(_shown(plan_as_json(plan), folder), indent=1, ensure_ascii=False) + "\n"


def commands_of(command_line: str) -> str:
    """What a person wrote: one of `commands:` per line, without the shell around them; else the command line."""
    try:
        words = shlex.split(command_line)
    except ValueError:
        return command_line
    if words[:2] != ["/bin/sh", "-c"] or len(words) != len(("sh", "-c", "script")) or not words[2].startswith(_BEGIN):
        return command_line
    script = words[2].removeprefix(_BEGIN)
    return script.removesuffix(_END).replace(_END, "\n")


def _shown(value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_shown(item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    shown: dict[str, Any] = {}
    for key, item in value.items():
        if item is None or item in ("", [], {}):
            continue
        if key == "command_line" and isinstance(item, str):
            shown[key] = _lines(item)
        elif key == "source" and "blob" in value:
            shown[key] = os.path.relpath(item, folder.resolve()).replace(os.sep, "/")
        elif key != "size" or "blob" not in value:
            shown[key] = _shown(item, folder)
    return shown


def _lines(command_line: str) -> str | list[str]:
    text = commands_of(command_line)
    return text if text == command_line else text.split("\n")
