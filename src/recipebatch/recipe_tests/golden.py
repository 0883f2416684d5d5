"""A plan as the text of a golden file: readable in a review, without anything that differs between machines."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from recipebatch.plan import commands_of, plan_as_json

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.plan import Plan


def golden(plan: Plan, folder: Path) -> str:
    """A plan as JSON, without unset properties; local files are relative to the recipe's folder.

    File sizes are left out: they change with every edit of an input.
    """
    return json.dumps(_readable(plan_as_json(plan), folder), indent=1, ensure_ascii=False) + "\n"


def _readable(value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_readable(item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for key, item in value.items():
        if item is None or item in ("", [], {}):
            continue
        if key == "command_line" and isinstance(item, str):
            kept[key] = _lines(item)
        elif key == "source" and "blob" in value:
            kept[key] = os.path.relpath(item, folder.resolve()).replace(os.sep, "/")
        elif key != "size" or "blob" not in value:
            kept[key] = _readable(item, folder)
    return kept


def _lines(command_line: str) -> str | list[str]:
    text = commands_of(command_line)
    return text if text == command_line else text.split("\n")
