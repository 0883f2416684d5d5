"""Values with places for the cursor → text that an editor inserts, in the syntax of snippets.

Source: Language Server Protocol 3.17, "Snippet Syntax".
"""

from __future__ import annotations

import re
from typing import Any

from recipebatch.recipe import value_in_yaml

_PLACE = re.compile(r"\$(?:\d+|\{\d+(?::[^{}]*)?\})")


def snippet(key: str, body: Any, indentation: str = "") -> str:
    """A key with its value as block YAML; `indentation` is that of the key beyond the line that it is put into."""
    return "\n".join(_entry(key, body, indentation)).removeprefix(indentation)


def mapping(body: dict[str, Any], indentation: str = "") -> str:
    """The keys of a mapping as block YAML, the first one where the cursor is."""
    lines = [line for key, value in body.items() for line in _entry(key, value, indentation)]
    return "\n".join(lines).removeprefix(indentation)


def in_flow(body: Any) -> str:
    """A value on one line."""
    if isinstance(body, dict):
        return "{" + ", ".join(f"{key}: {in_flow(value)}" for key, value in body.items()) + "}"
    if isinstance(body, list):
        return "[" + ", ".join(map(in_flow, body)) + "]"
    return _scalar(body)


def plain(text: str) -> str:
    """A snippet for editors that take none: the texts at the places of the cursor, without the places."""
    without = re.sub(r"(?<!\\)\$\{\d+:([^{}]*)\}", r"\1", text)
    without = re.sub(r"(?<!\\)\$(?:\d+|\{\d+\})", "", without)
    return re.sub(r"\\([$}\\])", r"\1", without)


def escaped(text: str) -> str:
    """A text that a snippet inserts as it is."""
    return re.sub(r"([$}\\])", r"\\\1", text)


def _entry(key: str, value: Any, indentation: str) -> list[str]:
    name = _scalar(key)
    if isinstance(value, dict) and value:
        return [f"{indentation}{name}:", *(line for k, v in value.items() for line in _entry(k, v, indentation + "  "))]
    if isinstance(value, list) and any(isinstance(item, dict) or _PLACE.search(str(item)) for item in value):
        return [f"{indentation}{name}:", *(line for item in value for line in _item(item, indentation + "  "))]
    return [f"{indentation}{name}: {in_flow(value)}".rstrip()]


def _item(value: Any, indentation: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{indentation}- {in_flow(value)}"]
    lines = [line for key, inner in value.items() for line in _entry(key, inner, indentation + "  ")]
    return [f"{indentation}- {lines[0].lstrip()}", *lines[1:]]


def _scalar(value: Any) -> str:
    """A scalar, with what is no place of the cursor escaped."""
    if not isinstance(value, str):
        return escaped(value_in_yaml(value))
    if not _PLACE.search(value):
        return escaped(value_in_yaml(value)) if value else ""
    position, parts = 0, []
    for place in _PLACE.finditer(value):
        parts += [escaped(value[position : place.start()]), place[0]]
        position = place.end()
    return "".join([*parts, escaped(value[position:])])
