"""How users and tools reach the local account: endpoints, keys, status, shell variables."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recipebatch.text.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAccount:
    """How to reach the local account.

    Attributes:
        blob_endpoint: with the storage account's name in its path: `http://127.0.0.1:PORT/recipebatch`.
        connection_string: of the storage account; it contains the key.
    """

    batch_endpoint: str
    batch_account: str
    batch_key: Secret
    blob_endpoint: str
    storage_account: str
    storage_key: Secret
    connection_string: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalStatus:
    """The status of the local account; holds no secret.

    Attributes:
        pids: of `service`, the background process, and of `azurite`, its child.
        endpoints: `batch` and `blob`.
        accounts: the names of the `batch` and the `storage` account.
        versions: of recipebatch, Azurite, Node.js and the SDKs.
        paths: `state`, `cache`, `log`.
        counts: numbers of pools, nodes, jobs, tasks and so on, at most one second old; empty when it is not running.
        started_at: UTC, ISO 8601, or None when it is not running.
        idle_minutes: it stops after this many idle minutes; None means never.
        notes: sentences for the user.
    """

    running: bool
    pids: dict[str, int]
    endpoints: dict[str, str]
    accounts: dict[str, str]
    versions: dict[str, str]
    paths: dict[str, str]
    counts: dict[str, int]
    started_at: str | None
    idle_minutes: float | None
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The status as plain JSON values."""
        return {**asdict(self), "notes": list(self.notes)}


def shell_exports(account: LocalAccount) -> str:
    """`export` lines with the variable names that the Azure CLI and recipebatch read; contains the keys."""
    variables = {
        "AZURE_BATCH_ACCOUNT": account.batch_account,
        "AZURE_BATCH_ACCESS_KEY": account.batch_key.reveal(),
        "AZURE_BATCH_ENDPOINT": account.batch_endpoint,
        "AZURE_STORAGE_ACCOUNT": account.storage_account,
        "AZURE_STORAGE_KEY": account.storage_key.reveal(),
        "AZURE_STORAGE_CONNECTION_STRING": account.connection_string.reveal(),
    }
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
