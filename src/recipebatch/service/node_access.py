"""Turns the names in a plan into what a node needs to reach them: URLs with a SAS of least permission, and secrets.

Signed again in each phase and never stored: a plan and a run record hold names only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.plan import ContainerUrl, Deferred, SasToken, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from recipebatch.plan.model import Plan
    from recipebatch.properties.deferred import Text
    from recipebatch.properties.files import ResourceFile
    from recipebatch.service.protocols import BlobStore
    from recipebatch.text.secret import Secret

_READ = "r"
_READ_ALL = "rl"
_WRITE = "cw"
_MOUNT_ALL = "racwdl"


class SignedAccess:
    """Access of one run's nodes to its containers.

    Attributes:
        expiry: when every SAS given out ends: the start of the phase plus the longest the run may last.
    """

    def __init__(
        self,
        plan: Plan,
        blobs: BlobStore,
        *,
        expiry: datetime,
        secret_value: Callable[[str], Secret],
        accounts: Mapping[str, BlobStore] | None = None,
    ) -> None:
        self.expiry = expiry
        self._containers = {container.logical: container for container in plan.containers}
        self._stores = {
            container.logical: blobs if container.account is None else (accounts or {})[container.account]
            for container in plan.containers
        }
        self._secret_value = secret_value
        self._container_tokens: dict[tuple[str, str], str] = {}

    def renew(self, expiry: datetime) -> None:
        """Sign every SAS again from now on, so that it ends at a later time."""
        self.expiry = expiry
        self._container_tokens.clear()

    def identity_of(self, logical: str | None) -> str | None:
        """The managed identity by which nodes reach a container; None where a SAS does it."""
        return None if logical is None else self._containers[logical].identity

    def text(self, text: Text) -> str:
        """A text of the plan with its deferred values filled in."""
        return fill(text, self._value_of)

    def resource_url(self, file: ResourceFile) -> str:
        """Where a node downloads one resource file, or the files of one container, from; read permission only."""
        if file.http_url is not None:
            return file.http_url
        logical = file.container or ""
        container, store = self._containers[logical], self._stores[logical]
        if file.blob is None:
            return self._container_url(logical, _READ_ALL)
        url = store.blob_url(container.name, file.blob)
        if container.identity is not None:
            return url
        return _signed(url, store.blob_sas(container.name, file.blob, permissions=_READ, expiry=self.expiry))

    def upload_url(self, logical: str) -> str:
        """Where a node uploads output files to; may create and write, not read."""
        return self._container_url(logical, _WRITE)

    def address(self, logical: str) -> tuple[str, str]:
        """The storage account and the container's name."""
        return self._stores[logical].account_name, self._containers[logical].name

    def mount_token(self, logical: str, *, read_only: bool) -> str:
        """A SAS by which a node mounts a container."""
        return self._container_token(logical, _READ_ALL if read_only else _MOUNT_ALL)

    def _value_of(self, value: Deferred) -> str:
        if isinstance(value, SasToken):
            return self._container_token(value.container, value.permissions)
        if isinstance(value, ContainerUrl):
            return self._stores[value.container].container_url(self._containers[value.container].name)
        return self._secret_value(value.name).reveal()

    def _container_url(self, logical: str, permissions: str) -> str:
        """The address of a container, with a SAS unless an identity opens it."""
        container = self._containers[logical]
        url = self._stores[logical].container_url(container.name)
        return url if container.identity is not None else _signed(url, self._container_token(logical, permissions))

    def _container_token(self, logical: str, permissions: str) -> str:
        key = (logical, permissions)
        if key not in self._container_tokens:
            self._container_tokens[key] = self._stores[logical].container_sas(
                self._containers[logical].name, permissions=permissions, expiry=self.expiry
            )
        return self._container_tokens[key]


def _signed(url: str, token: str) -> str:
    """The URL with a SAS; a store without SAS gives an empty one."""
    return f"{url}?{token}" if token else url
