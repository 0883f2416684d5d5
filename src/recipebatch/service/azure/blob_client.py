"""BlobStore with azure-storage-blob: containers, SAS, uploads, downloads."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import (
    BlobLeaseClient,
    BlobSasPermissions,
    BlobServiceClient,
    ContainerSasPermissions,
    ContentSettings,
    UserDelegationKey,
    generate_blob_sas,
    generate_container_sas,
)

from recipebatch.errors import ServiceError
from recipebatch.service.azure.sdk_errors import error_code, translated
from recipebatch.service.documents import (
    MAX_DOCUMENT_BYTES,
    Document,
    DocumentChangedError,
    LeaseLostError,
    too_large,
)
from recipebatch.service.snapshots import BlobSnapshot, LabeledResource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.service.documents import Lease
    from recipebatch.text.secret import Secret

# Clocks differ: a token that begins now is refused by a node whose clock is behind.
_CLOCK_SKEW = timedelta(minutes=15)
# A user delegation key, and so every SAS signed with it, lives at most 7 days (Blob service REST API).
_MAX_DELEGATION = timedelta(days=7)
_PIECE = 1 << 20
# Not found: the blob is gone; conflict: the lease ended and another began, or was broken; precondition failed: another
# client holds it.
_LEASE_LOST = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED})


class AzureBlobs:
    """A storage account reached through the public SDK.

    With an account key SAS tokens are signed with it; without one (Entra ID) with a user delegation key.
    """

    def __init__(self, client: BlobServiceClient, *, account_key: Secret | None) -> None:
        self._client = client
        self._account = str(client.account_name)
        self._account_key = account_key
        # A token given to Azure must not travel in the clear; Azurite on this machine has no TLS.
        self._protocol = "https" if client.primary_endpoint.startswith("https:") else "https,http"
        self._delegation: tuple[datetime, UserDelegationKey] | None = None
        self._delegation_lock = Lock()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def create_container(self, name: str, *, metadata: dict[str, str]) -> bool:
        """Create a container; False if it was there already."""
        with translated(f"creating container {name}"):
            try:
                self._client.create_container(name, metadata=metadata or None)
            except ResourceExistsError as error:
                if error_code(error) != "ContainerAlreadyExists":
                    raise
                return False
        return True

    def container_metadata(self, name: str) -> dict[str, str] | None:
        """The container's metadata, or None if there is none (one that is being deleted is not there)."""
        with translated(f"reading container {name}"):
            try:
                return dict(self._client.get_container_client(name).get_container_properties().metadata or {})
            except ResourceNotFoundError:
                return None

    def list_labeled(self, mark: str) -> tuple[LabeledResource, ...]:
        """The containers whose metadata has a name."""
        with translated("listing the containers"):
            listed = list(self._client.list_containers(include_metadata=True))
        return tuple(
            LabeledResource(kind="container", name=item.name, metadata=dict(item.metadata), created=None)
            for item in listed
            if mark in (item.metadata or {})
        )

    def delete_container(self, name: str) -> bool:
        """Delete a container; False if there is none."""
        with translated(f"deleting container {name}"):
            try:
                self._client.delete_container(name)
            except ResourceNotFoundError:
                return False
            except HttpResponseError as error:
                if error_code(error) != "ContainerBeingDeleted":
                    raise
        return True

    def list_blobs(self, container: str, *, prefix: str = "") -> Iterator[BlobSnapshot]:
        """The blobs of a container by name; ServiceError if there is no such container.

        Marks of folders are no blobs of anybody's: blobfuse writes one for each folder, and an account with a
        hierarchical namespace lists its directories so.
        """
        with translated(f"listing container {container}"):
            found = self._client.get_container_client(container).list_blobs(
                name_starts_with=prefix or None, include=["metadata"]
            )
            for blob in found:
                if (blob.metadata or {}).get("hdi_isfolder") == "true":
                    continue
                md5 = blob.content_settings.content_md5
                yield BlobSnapshot(
                    name=blob.name,
                    size=blob.size,
                    md5=bytes(md5) if md5 is not None else None,
                    metadata=dict(blob.metadata or {}),
                    etag=str(blob.etag or ""),
                    last_modified=blob.last_modified,
                    content_type=blob.content_settings.content_type,
                    leased=blob.lease.status == "locked",
                )

    def upload(
        self,
        container: str,
        blob: str,
        source: BinaryIO | bytes,
        *,
        md5: bytes,
        sent: Callable[[int], None],
        content_type: str | None = None,
        metadata: dict[str, str] | None = None,
    ) -> None:
        """Upload an open file, or bytes, over whatever is there; `sent` receives the bytes sent so far."""
        # The service keeps the hash for whole blobs of any size only if it is given.
        settings = ContentSettings(content_md5=bytearray(md5), content_type=content_type)
        length = len(source) if isinstance(source, bytes) else os.fstat(source.fileno()).st_size
        with translated(f"uploading {blob} to container {container}"):
            self._client.get_blob_client(container, blob).upload_blob(
                source,
                length=length,
                overwrite=True,
                content_settings=settings,
                metadata=metadata or None,
                progress_hook=lambda current, _total: sent(current),
            )

    def download(self, container: str, blob: BlobSnapshot, file: BinaryIO, *, received: Callable[[int], None]) -> bytes:
        """Download the rest of a blob to a file that holds its beginning or nothing; the MD5 of the whole."""
        md5 = hashlib.md5(usedforsecurity=False)
        if file.seek(0, os.SEEK_END) > blob.size:
            file.truncate(0)
        file.seek(0)
        while piece := file.read(_PIECE):
            md5.update(piece)
            received(len(piece))
        for piece in self._rest(container, blob, file.seek(0, os.SEEK_END)):
            file.write(piece)
            md5.update(piece)
            received(len(piece))
        return md5.digest()

    def blob_end(self, container: str, blob: BlobSnapshot, *, size: int) -> bytes:
        """The last bytes of a blob that was listed."""
        return b"".join(self._rest(container, blob, max(0, blob.size - size)))

    def _rest(self, container: str, blob: BlobSnapshot, offset: int) -> Iterator[bytes]:
        if offset == blob.size:
            return
        condition: dict[str, Any] = {}
        if blob.etag:
            condition = {"etag": blob.etag, "match_condition": MatchConditions.IfNotModified}
        with translated(f"downloading {blob.name} from container {container}"):
            try:
                client = self._client.get_blob_client(container, blob.name)
                yield from client.download_blob(offset=offset, length=blob.size - offset, **condition).chunks()
            except ResourceModifiedError:
                raise ServiceError(
                    f"{blob.name} of container {container} changed while it was downloaded", hint="collect again"
                ) from None

    @property
    def account_name(self) -> str:
        """The account's name."""
        return self._account

    @property
    def signs_with_entra_id(self) -> bool:
        """SAS are signed with a user delegation key, which lives 7 days at most."""
        return self._account_key is None

    def container_url(self, name: str) -> str:
        """The container's address, without a SAS."""
        return f"{self._client.primary_endpoint.rstrip('/')}/{name}"

    def blob_url(self, container: str, blob: str) -> str:
        """The blob's address, percent-encoded, without a SAS."""
        return self._client.get_blob_client(container, blob).url.split("?")[0]

    def container_sas(self, container: str, *, permissions: str, expiry: datetime) -> str:
        """A SAS for a container: the query, without `?`."""
        granted = ContainerSasPermissions.from_string(permissions)
        return generate_container_sas(
            self._account, container, permission=granted, expiry=expiry, protocol=self._protocol, **self._signer(expiry)
        )

    def blob_sas(self, container: str, blob: str, *, permissions: str, expiry: datetime) -> str:
        """A SAS for one blob: the query, without `?`."""
        granted = BlobSasPermissions.from_string(permissions)
        return generate_blob_sas(
            self._account,
            container,
            blob,
            permission=granted,
            expiry=expiry,
            protocol=self._protocol,
            **self._signer(expiry),
        )

    def read_document(self, container: str, blob: str) -> Document | None:
        """A small text blob, or None if it or its container is not there."""
        with translated(f"reading {blob} of container {container}"):
            try:
                stream = self._client.get_blob_client(container, blob).download_blob()
                if stream.properties.size > MAX_DOCUMENT_BYTES:
                    raise too_large(blob, stream.properties.size)
                text = stream.readall().decode("utf-8")
            except ResourceNotFoundError:
                return None
            except UnicodeDecodeError:
                raise ServiceError(f"{blob} of container {container} is not UTF-8: someone else wrote it") from None
            return Document(text, dict(stream.properties.metadata or {}), stream.properties.etag)

    def write_document(self, container: str, blob: str, document: Document) -> str:
        """Write a small text blob if it still has `document.etag` (None: if it is not there); the new ETag.

        Raises:
            DocumentChangedError: someone else wrote it in between.
        """
        condition: dict[str, Any] = {"match_condition": MatchConditions.IfMissing}
        if document.etag is not None:
            condition = {"etag": document.etag, "match_condition": MatchConditions.IfNotModified}
        if len(content := document.text.encode()) > MAX_DOCUMENT_BYTES:
            raise too_large(blob, len(content))
        with translated(f"writing {blob} of container {container}"):
            try:
                answer = self._client.get_blob_client(container, blob).upload_blob(
                    content, overwrite=True, metadata=document.metadata or None, **condition
                )
            except (ResourceModifiedError, ResourceExistsError):
                raise DocumentChangedError(
                    f"{blob} was changed by someone else", hint="run the command again: it continues from there"
                ) from None
        return str(answer["etag"])

    def delete_document(self, container: str, blob: str) -> bool:
        """Remove a small text blob; False if there is none."""
        with translated(f"deleting {blob} of container {container}"):
            try:
                self._client.get_blob_client(container, blob).delete_blob()
            except ResourceNotFoundError:
                return False
        return True

    def acquire_lease(self, container: str, blob: str, *, seconds: int) -> Lease | None:
        """Take the lease of a blob that exists; None if someone else holds it."""
        with translated(f"locking {blob} of container {container}"):
            try:
                return _BlobLease(self._client.get_blob_client(container, blob).acquire_lease(seconds))
            except ResourceExistsError:
                return None

    def break_lease(self, container: str, blob: str) -> None:
        """End a lease of any holder; no error if there is none."""
        with translated(f"unlocking {blob} of container {container}"):
            try:
                BlobLeaseClient(self._client.get_blob_client(container, blob)).break_lease(0)
            except (ResourceExistsError, ResourceNotFoundError):
                return

    def _signer(self, expiry: datetime) -> dict[str, Any]:
        if self._account_key is not None:
            return {"account_key": self._account_key.reveal()}
        return {"user_delegation_key": self._delegation_key(expiry)}

    def _delegation_key(self, expiry: datetime) -> UserDelegationKey:
        """The account's delegation key, good until `expiry`; one request serves a whole phase."""
        with self._delegation_lock:
            if self._delegation is None or self._delegation[0] < expiry:
                now = datetime.now(UTC)
                start, end = now - _CLOCK_SKEW, min(expiry, now + _MAX_DELEGATION)
                with translated("asking for a user delegation key"):
                    key = self._client.get_user_delegation_key(start, end)
                self._delegation = (expiry, key)
            return self._delegation[1]


class _BlobLease:
    def __init__(self, lease: BlobLeaseClient) -> None:
        self._lease = lease

    def renew(self) -> None:
        """Hold it for its full time again."""
        with translated("keeping the lock of the run"):
            try:
                self._lease.renew()
            except HttpResponseError as error:
                if error.status_code in _LEASE_LOST:
                    raise LeaseLostError("the lock of the run was lost") from None
                raise

    def release(self) -> None:
        """Give it back; no error if it is lost already, or if the service does not answer: it ends by itself."""
        with suppress(AzureError):
            self._lease.release()
