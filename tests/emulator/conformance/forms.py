"""The forms that are compared: operations, formats of values, and texts without values that differ in every run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_SERVED = "OperationNotImplementedByEmulator"
OF_OTHER_VERSIONS = frozenset(
    {"certificateReferences", "targetNodeCommunicationMode", "currentNodeCommunicationMode", "resourceTags"}
)
"""Properties of pools that came and went with versions."""
NEWEST = "2025-06-01"
MIDDLE = "2024-07-01.20.0"
OLDEST = "2024-02-01.19.0"

_NAMED = frozenset({"pools", "jobs", "tasks", "nodes", "files", "users", "jobschedules", "applications", "extensions"})
_FORMATS = (
    ("duration", r"P(?!$)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"),
    ("node time", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z"),
    ("time", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[1-9]Z"),
    ("eTag", r"0x[0-9A-F]{15}"),
    ("id of a node", r"tvm(ps)?[-_][A-Za-z0-9_-]{8,}"),
    ("guid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("GUID", r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"),
    ("number as text", r"-?\d+"),
    ("address", r"(\d{1,3}\.){3}\d{1,3}"),
    ("http date", r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"),
    ("metadata", r"(\{base\}|https?://[^/]+)/\$metadata#.+"),
    ("url", r"(https?://|\{base\}/).+"),
    ("word", r"[A-Za-z]+"),
)
FORMATS = tuple((name, re.compile(pattern, re.ASCII)) for name, pattern in _FORMATS)


class Disagreement(NamedTuple):
    """One difference from the recordings; `where` is the same in every run, `what` may contain values of this run."""

    where: str
    what: str


def operation(method: str, path: str) -> str:
    """`GET /pools/{}/nodes/{}` for any pool and node; a file's name is one part, however many slashes it has."""
    parts: list[str] = []
    rest = iter(path.partition("?")[0].split("(")[0].strip("/").split("/"))
    for part in rest:
        parts.append(part)
        if part in _NAMED and next(rest, None) is not None:
            parts.append("{}")
            if part == "files":
                break
    return f"{method} /{'/'.join(parts)}"


_ENTITIES = {
    "GET /pools": "pool",
    "GET /pools/{}": "pool",
    "GET /jobs": "job",
    "GET /jobs/{}": "job",
    "GET /jobschedules/{}/jobs": "job",
    "GET /jobs/{}/tasks": "task",
    "GET /jobs/{}/tasks/{}": "task",
    "GET /pools/{}/nodes": "node",
    "GET /pools/{}/nodes/{}": "node",
    "GET /jobschedules": "job schedule",
    "GET /jobschedules/{}": "job schedule",
}


def entity_of(asked: str) -> str | None:
    """The kind of entity an operation answers, alone or in a list; what was recorded of it in either holds in both."""
    return _ENTITIES.get(asked)


def served_version(recorded: str) -> str:
    """The version in which a recorded request is asked again: its own, or the oldest one that is served."""
    return recorded if recorded in {NEWEST, MIDDLE} else OLDEST


def kind_of(value: Any) -> str:
    """The JSON type of a value."""
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    return kinds.get(type(value), "null")


def format_of(text: str) -> str:
    """What a text looks like; `text` if it looks like nothing known."""
    return next((name for name, pattern in FORMATS if pattern.fullmatch(text)), "text")


def shape(value: Any) -> str:
    """The JSON type of a value; of a text its format."""
    return format_of(value) if isinstance(value, str) else kind_of(value)


def properties(document: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a document with its path: `value[].executionInfo`."""
    if isinstance(document, dict):
        yield path, document
        for name, value in document.items():
            yield from properties(value, f"{path}.{name}" if path else name)
    elif isinstance(document, list):
        for value in document:
            yield from properties(value, f"{path}[]")


def without_trace(message: str) -> str:
    """An error's message without the id of its request and its time."""
    return message.partition("\nRequestId:")[0]


def link_form(location: str, path: str, body: Any) -> str:
    """What a Location or DataServiceId names, seen from the request."""
    target = unquote(re.sub(r"^(https?://[^/]+|\{base\})", "", location)).rstrip("/")
    asked = unquote(path).rstrip("/")
    if target == asked:
        return "the request"
    name = (body.get("id") or body.get("name")) if isinstance(body, dict) else None
    if name and target == f"{asked}/{name}":
        return "the new one"
    return target
