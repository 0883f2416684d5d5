"""How to write what the schema refused: hints for keys of other tools and for values of the wrong kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_MOST_QUOTED = 60

_BY_KEY = {
    "schema_version": "write: schema_version: 1",
    "version": "put it in quotes",
    "tasks": "write a list, one entry a task template: `- name: NAME`",
    "pools": "write a mapping, one entry a pool: `NAME: {image: …, vm_size: …}`",
    "storage": "write a mapping, one entry a container: `NAME: {uploads: […]}`",
    "jobs": "write a mapping, one entry a job: `NAME: {tasks: […]}`",
    "range": "write range: {start: 1, stop: 10}",
    "schedule": "write `schedule: {recurrence_interval: 1d}`; the service knows intervals, no cron expressions",
}
"""Key → hint where its value is of the wrong kind."""

_RETIRED = {
    "authentication_token_settings": "the service has retired it: give the pool a managed identity, or the task a SAS"
}
"""Keys of earlier versions of the service, which it does not take any more."""

_OTHER_TOOLS = {
    "cron": "the service knows intervals, no cron expressions: recurrence_interval: 1d, first at do_not_run_until",
    "needs": "depends_on",
    "requires": "depends_on",
    "after": "depends_on",
    "env": "environment_settings",
    "environment": "environment_settings",
    "environment_variables": "environment_settings",
    "variables": "environment_settings",
    "run": "commands",
    "script": "commands",
    "cmd": "commands",
    "args": "commands",
    "inputs": "resource_files",
    "outputs": "output_files",
    "matrix": "for_each",
    "loop": "for_each",
    "foreach": "for_each",
    "with_items": "for_each",
    "container": "container_settings: {image_name: …}",
    "containers": "storage",
    "blob_containers": "storage",
    "docker_image": "container_settings: {image_name: …}",
    "values": "items",
    "list": "items",
    "if": "when",
    "condition": "when",
    "nodes": "target_dedicated_nodes",
    "node_count": "target_dedicated_nodes",
    "size": "vm_size",
    "timeout": "constraints: {max_wall_clock_time: 1h}",
    "retries": "constraints: {max_task_retry_count: 2}",
    "schedule": "job: {schedule: {recurrence_interval: 1d}}",
    **dict.fromkeys(("from", "begin", "first", "min"), "start"),
    **dict.fromkeys(("to", "end", "last", "until", "max"), "stop"),
    **dict.fromkeys(("by", "increment", "stride"), "step"),
}
"""Key of another tool → the key to use, with an example where its value has another form; or a sentence."""

_OF_RANGE = ("start", "stop", "step")

NO_POOL = "for example pool: {image: ubuntu-24.04, vm_size: Standard_D2s_v5, target_dedicated_nodes: 1}"

_IDENTITY = (
    "a pool that the recipe makes has no managed identity: make the pool with the identity outside of recipebatch,"
    " and use it: `pool: {existing: POOL_ID}` (recipebatch explain identity-needs-existing-pool)"
)
_IDENTITIES = frozenset(
    ("identity", "identities", "managedidentity", "managedidentities", "userassignedidentities", "batchpoolidentity")
)


def hint_for_key(key: str, known: Sequence[str], holders: Sequence[str] = (), path: Sequence[str | int] = ()) -> str:
    """What to write instead of an unknown key.

    Args:
        key: as written.
        known: the keys of the mapping that it is in.
        holders: those of them whose mapping has this key.
        path: the keys that lead to the mapping.
    """
    match tuple(path):
        case ("pool",) | ("pools", _):
            in_pool = True
        case _:
            in_pool = False
    refused = _IDENTITY if in_pool and re.sub("[-_]", "", key.lower()) in _IDENTITIES else _RETIRED.get(key)
    if refused is not None:
        return refused
    near = did_you_mean(key, known)
    other = _OTHER_TOOLS.get(key.lower().replace("-", "_"))
    if near is not None and near.startswith("did you mean") and other not in known:
        return near
    if other is not None and other.partition(":")[0] in known:
        return f"write {other}" if ":" in other else f"did you mean {other}?"
    if other is not None and key == "cron":
        return other
    holder = "constraints" if "constraints" in holders else holders[0] if len(holders) == 1 else None
    if holder is not None:
        return f"{key} belongs to {holder}: write {holder}: {{{key}: …}}"
    return near or f"known: {', '.join(known)}; free keys begin with x-"


def hint_for_missing_key(key: str, description: str = "") -> str | None:
    """How to write a key that is missing, or what it is for: the first sentence of its description."""
    return _BY_KEY.get(key) or description.partition(". ")[0].rstrip(".") or None


def hint_for_kind(subject: str, kinds: Collection[str], value: Any) -> str | None:
    """How to write a value of another kind than the schema asks for.

    Args:
        subject: the key, or `commands[1]` for an entry of a list.
        kinds: the kinds of JSON Schema that it may have.
        value: what is there.
    """
    if (section := _BY_KEY.get(subject) or _as_section(subject, value)) is not None:
        return section
    if "string" in kinds:
        return _as_text(value, subject)
    if "array" in kinds and isinstance(value, str):
        return f'write a list: {subject}: ["{_short(value)}"]'
    if "array" in kinds and isinstance(value, dict):
        return "write a list: each entry begins with `- `"
    if "object" in kinds and isinstance(value, list):
        return "write `key: value` without `- ` in front"
    return None


def _as_section(subject: str, value: Any) -> str | None:
    """How to write a name, or a list of words, where a section of its own form is needed."""
    if subject == "for_each":
        items = _in_flow(value) if isinstance(value, list) else "…"
        return f"write for_each: {{items: {items}}}, or {{range: {{start: 1, stop: 10}}}} for numbers"
    if _OTHER_TOOLS.get(subject) in _OF_RANGE and isinstance(value, (int, float)):
        return f"the keys of a range are {', '.join(_OF_RANGE)}: write {_OTHER_TOOLS[subject]}: {value}"
    if subject == "pool" and isinstance(value, str):
        return f"write pool: {{existing: {_short(value)}}} for a pool that exists, or a new one, {NO_POOL}"
    if subject.startswith("collect[") and isinstance(value, str):
        return f"write `- container: {_short(value)}`"
    if subject == "collect" and isinstance(value, str):
        return f"write collect: [{{container: {_short(value)}}}]"
    return None


def _as_text(value: Any, subject: str) -> str | None:
    if isinstance(value, dict) and len(value) == 1:
        key, inner = next(iter(value.items()))
        if inner is None:
            return "a value that begins with { or ends with : is a mapping: put the whole text in single quotes"
        if subject.endswith("]") or " " in key:
            quoted = _short(f"{key}: {inner if isinstance(inner, str) else '…'}").replace("'", "''")
            return f"`: ` makes a mapping of it: put the whole text in single quotes, '{quoted}', or below `- |`"
    if isinstance(value, dict):
        return "a value with `key: value` or { } is a mapping: put a text in single quotes"
    if isinstance(value, list):
        return "a value that begins with [ or `- ` is a list: put a text in single quotes"
    if subject.startswith("commands[") and isinstance(value, (bool, int, float)):
        return "put it in quotes"
    return None


def hint_for_duration(value: Any) -> str | None:
    """How to write a number where a duration is needed; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return f"write a duration with its unit: {value}s, {value}m or {value}h"


def _in_flow(values: list[Any]) -> str:
    """A list of plain words and numbers as it is written on one line; `[…]` for any other."""
    words = [str(value) for value in values]
    text = ", ".join(words)
    plain = all(re.fullmatch(r"[\w./-]+", word) for word in words)
    return f"[{text}]" if plain and len(text) <= _MOST_QUOTED else "[…]"


def _short(text: str) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= _MOST_QUOTED and line == text else f"{line[: _MOST_QUOTED - 1]}…"
