"""Removes secrets from replies."""

from __future__ import annotations

from typing import Any

_SECRET = frozenset({"password", "accountKey", "sasKey", "sshPrivateKey"})


def without_secrets(value: Any) -> Any:
    """A deep copy without passwords and keys; the service never returns them (recorded answers)."""
    if isinstance(value, dict):
        return {name: without_secrets(part) for name, part in value.items() if name not in _SECRET}
    if isinstance(value, list):
        return [without_secrets(part) for part in value]
    return value
