"""The commands and their options as plain data, kept in the user's cache: a completion does not wait for the parser."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from recipebatch._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

_SOURCES = Path(__file__).resolve().parents[1]


def cache_folder() -> Path:
    """Where completions are kept; nothing in it is lost if it is deleted."""
    if folder := os.environ.get("RECIPEBATCH_COMPLETION_CACHE"):
        return Path(folder)
    import platformdirs

    return platformdirs.user_cache_path("recipebatch") / "completion"


def command_tree(root: Callable[[], Any]) -> dict[str, Any]:
    """The root command: `options`, `arguments`, and `commands` by their names; `values` are words of ours.

    Read from the cache, if it is of this version of the program.

    Args:
        root: gives the root command of the parser; called only where the cache does not have it.
    """
    file = cache_folder() / "commands.json"
    key = _version()
    with suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["key"] == key:
            return dict(kept["tree"])
    tree = build_tree(root())
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f"{file.name}.{os.getpid()}")
        beside.write_text(json.dumps({"key": key, "tree": tree}), encoding="utf-8")
        beside.replace(file)
    return tree


def build_tree(root: Any) -> dict[str, Any]:
    """The same from the commands themselves, which takes as long as `--help`."""
    from recipebatch.execution import SORT_KEYS, TASK_STATES
    from recipebatch.phases import PHASES
    from recipebatch.vocabulary.causes import Cause

    words = {"phase": [phase.name for phase in PHASES], "cause": list(map(str, Cause))}
    return {**_node(root), "values": {**words, "state": list(TASK_STATES), "sort": list(SORT_KEYS)}}


def _node(command: Any) -> dict[str, Any]:
    from recipebatch.cli.typer_app import with_common_options

    parameters = with_common_options(list(command.params))
    commands = getattr(command, "commands", {})
    return {
        "help": _first_line(command.help or ""),
        "options": [_option(each) for each in parameters if each.param_type_name == "option" and not each.hidden],
        "arguments": [
            {"name": each.name, "many": each.nargs == -1 or each.multiple}
            for each in parameters
            if each.param_type_name == "argument"
        ],
        "commands": {name: _node(each) for name, each in commands.items() if not each.hidden},
        "default": getattr(command, "default", ""),
    }


def _option(option: Any) -> dict[str, Any]:
    return {
        "names": [*option.opts, *option.secondary_opts],
        "flag": bool(option.is_flag),
        "many": bool(option.multiple),
        "choices": _choices(option),
        "metavar": str(option.metavar or ""),
        "help": _first_line(option.help or ""),
    }


def _choices(option: Any) -> list[str]:
    """The words that an option takes, where it takes no others."""
    annotation = getattr(getattr(option, "type_descriptor", None), "annotation", None)
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, Enum):
            return [str(each.value) for each in kind]
    return [str(each) for each in getattr(getattr(option, "type", None), "choices", None) or ()]


def _first_line(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split()).split(". ")[0].rstrip(".")


def _version() -> str:
    """Changes when the program does, also one that is worked on."""
    newest = max(
        file.stat().st_mtime_ns for folder in (_SOURCES, _SOURCES / "commands") for file in folder.glob("*.py")
    )
    return f"{__version__} {newest}"
