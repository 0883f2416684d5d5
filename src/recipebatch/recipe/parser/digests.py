"""What a recipe says as a number: whether two are the same, layout and comments aside."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from recipebatch.properties.written_scalars import WrittenFloat, WrittenInteger

_SIZES = frozenset(("target_dedicated_nodes", "target_low_priority_nodes", "spot_nodes"))
"""The keys of a pool that a run can change."""

_OPEN = frozenset(("arguments", "items", "raw", "vars"))
"""Keys below which any key is a value of the author's, also one that begins with `x-`."""


def digest(plain: Any) -> str:
    """SHA-256 (hex) of what a document says; free `x-` keys, layout and comments do not matter."""

    def meant(value: Any, *, free: bool = True) -> Any:
        if isinstance(value, dict):
            return {
                key: meant(inner, free=free and key not in _OPEN)
                for key, inner in value.items()
                if not (free and key.startswith("x-"))
            }
        if isinstance(value, (WrittenInteger, WrittenFloat)):
            return value.written
        return [meant(inner, free=free) for inner in value] if isinstance(value, list) else value

    return hashlib.sha256(json.dumps(meant(plain), ensure_ascii=True).encode()).hexdigest()


def without_sizes(plain: Any) -> Any:
    """A document without the target nodes of its pools."""

    def unsized(pool: Any) -> Any:
        return {key: value for key, value in pool.items() if key not in _SIZES} if isinstance(pool, dict) else pool

    found = dict(plain)
    if "pool" in found:
        found["pool"] = unsized(found["pool"])
    if isinstance(found.get("pools"), dict):
        found["pools"] = {name: unsized(pool) for name, pool in found["pools"].items()}
    return found
