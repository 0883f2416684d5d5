"""Turns the names in a plan into what a node needs to reach them: URLs with a SAS of least permission, and secrets.

Made anew for each phase and never stored: a plan and a run record hold names only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.plan.deferred import ContainerUrl, Deferred, SasToken, fill

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from recipebatch.plan.model import Plan, PlannedResourceFile
    from recipebatch.service.protocols import BlobStore
    from recipebatch.vocabulary.secret import Secret

_READ = "r"
_READ_ALL = "rl"
_WRITE = "cw"
_MOUNT_ALL = "racwdl"


class Access:
    """Access of one run's nodes to its containers.

    Attributes:
        expiry: when every SAS given out ends: the start of the phase plus the longest the run may last.
    """

    def __init__(
        self, plan: Plan, blobs: BlobStore, *, expiry: datetime, secret_value: Callable[[str], Secret]
    ) -> None:
        self.expiry = expiry
        self._names = {container.logical: container.name for container in plan.containers}
        self._blobs = blobs
        self._secret_value = secret_value
        self._container_tokens: dict[tuple[str, str], str] = {}

    def text(self, text: str) -> str:
        """A text of the plan with its deferred values filled in."""
        return fill(text, self._value_of)

    def resource_url(self, file: PlannedResourceFile) -> str:
        """Where a node downloads one resource file, or the files of one container, from; read permission only."""
        if file.http_url is not None:
            return self.text(file.http_url)
        container = self._names[file.container or ""]
        if file.blob is None:
            return f"{self._blobs.container_url(container)}?{self._container_token(container, _READ_ALL)}"
        token = self._blobs.blob_sas(container, file.blob, permissions=_READ, expiry=self.expiry)
        return f"{self._blobs.blob_url(container, file.blob)}?{token}"

    def upload_url(self, logical: str) -> str:
        """Where a node uploads output files to; may create and write, not read."""
        container = self._names[logical]
        return f"{self._blobs.container_url(container)}?{self._container_token(container, _WRITE)}"

    def address(self, logical: str) -> tuple[str, str]:
        """The storage account and the container's name."""
        return self._blobs.account_name, self._names[logical]

    def mount_token(self, logical: str, *, read_only: bool) -> str:
        """A SAS by which a node mounts a container."""
        return self._container_token(self._names[logical], _READ_ALL if read_only else _MOUNT_ALL)

    def _value_of(self, value: Deferred) -> str:
        if isinstance(value, SasToken):
            return self._container_token(self._names[value.container], value.permissions)
        if isinstance(value, ContainerUrl):
            return self._blobs.container_url(self._names[value.container])
        return self._secret_value(value.name).reveal()

    def _container_token(self, container: str, permissions: str) -> str:
        key = (container, permissions)
        if key not in self._container_tokens:
            self._container_tokens[key] = self._blobs.container_sas(
                container, permissions=permissions, expiry=self.expiry
            )
        return self._container_tokens[key]
