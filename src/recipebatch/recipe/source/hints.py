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
    "nodes": "target_dedicated_nodes",
    "node_count": "target_dedicated_nodes",
    "size": "vm_size",
    "timeout": "constraints: {max_wall_clock_time: 1h}",
    "retries": "constraints: {max_task_retry_count: 2}",
    "schedule": "job: {schedule: {recurrence_interval: 1d}}",
}
"""Key of another tool → the key to use, with an example where its value has another form; or a sentence."""

NO_POOL = "for example pool: {image: ubuntu-24.04, vm_size: Standard_D2s_v5, target_dedicated_nodes: 1}"


_IDENTITY = (
    "a pool that the recipe makes has no managed identity: make the pool with the identity outside of recipebatch,"
    " and use it: `pool: {existing: POOL_ID}` (recipebatch explain identity-needs-existing-pool)"
)
_IDENTITIES = frozenset(
    ("identity", "identities", "managedidentity", "managedidentities", "userassignedidentities", "batchpoolidentity")
)


def hint_for_key(key: str, known: Sequence[str], path: Sequence[str | int] = ()) -> str:
    """What to write instead of an unknown key.

    Args:
        key: as written.
        known: the keys of the mapping that it is in.
        path: the keys that lead to the mapping.
    """
    in_pool = tuple(path) == ("pool",) or (len(path) == 2 and path[0] == "pools")  # noqa: PLR2004
    if in_pool and re.sub("[-_]", "", key.lower()) in _IDENTITIES:
        return _IDENTITY
    if key in _RETIRED:
        return _RETIRED[key]
    near = did_you_mean(key, known)
    if near is not None and near.startswith("did you mean"):
        return near
    other = _OTHER_TOOLS.get(key.lower().replace("-", "_"))
    if other is not None and other.partition(":")[0] in known:
        return f"write {other}" if ":" in other else f"did you mean {other}?"
    if other is not None and key == "cron":
        return other
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
    if subject in _BY_KEY:
        return _BY_KEY[subject]
    if "string" in kinds:
        return _as_text(value, subject)
    if "array" in kinds and isinstance(value, str):
        return f'write a list: {subject}: ["{_short(value)}"]'
    if "array" in kinds and isinstance(value, dict):
        return "write a list: each entry begins with `- `"
    if "object" in kinds and isinstance(value, list):
        return "write `key: value` without `- ` in front"
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


def _short(text: str) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= _MOST_QUOTED and line == text else f"{line[: _MOST_QUOTED - 1]}…"
