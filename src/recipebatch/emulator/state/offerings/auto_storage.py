"""The auto-storage account, and SAS tokens for its containers. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlencode

from recipebatch.emulator.state.timestamps import to_datetime
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from recipebatch.emulator.state.clock import Clock

_SAS_VERSION = "2021-12-02"
_SAS_TICKS = 7 * 24 * 3600 * 10_000_000
"""Lifetime of a SAS: as long as a task's files are kept."""
_MOUNT_TICKS = 520 * _SAS_TICKS
"""That of a mount: ten years."""


@dataclass(frozen=True, slots=True)
class AutoStorage:
    """A storage account.

    Attributes:
        key: base64.
        blob_endpoint: without a trailing slash, such as `https://NAME.blob.core.windows.net`.
    """

    name: str
    key: Secret
    blob_endpoint: str

    @classmethod
    def from_connection_string(cls, text: Secret) -> Self:
        """A storage account by its connection string: AccountName, AccountKey and BlobEndpoint or EndpointSuffix.

        Raises:
            ValueError: something is missing, or the key is not base64; the message does not contain the text.
        """
        parts = dict(part.split("=", 1) for part in text.reveal().split(";") if "=" in part)
        name, key = parts.get("AccountName"), parts.get("AccountKey")
        if not name or not key:
            raise ValueError("the connection string of the storage account has no AccountName or no AccountKey")
        try:
            base64.b64decode(key, validate=True)
        except binascii.Error:
            raise ValueError("the key in the connection string of the storage account is not base64") from None
        protocol = parts.get("DefaultEndpointsProtocol", "https")
        suffix = parts.get("EndpointSuffix", "core.windows.net")
        endpoint = parts.get("BlobEndpoint") or f"{protocol}://{name}.blob.{suffix}"
        return cls(name, Secret(key), endpoint.rstrip("/"))

    def container_url(self, container: str, clock: Clock) -> str:
        """The container's URL with a SAS to read and list it."""
        return f"{self.blob_endpoint}/{quote(container)}?{container_sas(self.name, self.key, container, clock)}"


READ = "rl"
WRITE = "racwdl"
"""Permissions of a SAS, in the order that the service wants."""


def container_sas(account: str, key: Secret, container: str, clock: Clock, *, writable: bool = False) -> str:
    """A service SAS to read and list a container, and to write it.

    Source: "Create a service SAS", version 2020-12-06 and later.
    """
    lifetime = _MOUNT_TICKS if writable else _SAS_TICKS
    expiry = f"{to_datetime(clock.now() + lifetime):%Y-%m-%dT%H:%M:%SZ}"
    permissions, resource = WRITE if writable else READ, f"/blob/{account}/{container}"
    # Permissions, start, expiry, resource, identifier, addresses, protocol, version, kind, snapshot, scope, 5 headers.
    fields = [permissions, "", expiry, resource, "", "", "", _SAS_VERSION, "c", *[""] * 7]
    mac = hmac.new(base64.b64decode(key.reveal()), "\n".join(fields).encode(), hashlib.sha256)
    signature = base64.b64encode(mac.digest()).decode()
    return urlencode({"sv": _SAS_VERSION, "sr": "c", "sp": permissions, "se": expiry, "sig": signature})
