from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient, BlobServiceClient, ContainerClient

from recipebatch.service.azure.blob_client import AzureBlobs

if TYPE_CHECKING:
    from pathlib import Path

    from azure.core.credentials import TokenCredential

    from recipebatch.local.azurite.azurite import Azurite

SOON = timedelta(minutes=10)


@pytest.fixture
def name(blobs: AzureBlobs) -> str:
    name = f"blobs-{secrets.token_hex(6)}"
    blobs.create_container(name, metadata={"mark": "1"})
    return name


def test_a_sas_permits_what_it_says_and_no_more(blobs: AzureBlobs, name: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"words")
    blobs.upload(
        name,
        "a b;$(x).txt",
        b"words",
        md5=hashlib.md5(b"words", usedforsecurity=False).digest(),
        sent=lambda _: None,
    )
    expiry = datetime.now(UTC) + SOON
    read = blobs.blob_sas(name, "a b;$(x).txt", permissions="r", expiry=expiry)
    with BlobClient.from_blob_url(f"{blobs.blob_url(name, 'a b;$(x).txt')}?{read}") as client:
        assert client.download_blob().readall() == b"words"
        with pytest.raises(HttpResponseError):
            client.upload_blob(b"other", overwrite=True)
    write = blobs.container_sas(name, permissions="cw", expiry=expiry)
    with ContainerClient.from_container_url(f"{blobs.container_url(name)}?{write}") as container:
        container.upload_blob("new", b"new")
        with pytest.raises(HttpResponseError):
            container.download_blob("new").readall()
        with pytest.raises(HttpResponseError):
            list(container.list_blobs())


def test_marks_of_folders_are_not_listed(blobs: AzureBlobs, name: str, blob_service: BlobServiceClient) -> None:
    container = blob_service.get_container_client(name)
    container.upload_blob("folder", b"", metadata={"hdi_isfolder": "true"})
    container.upload_blob("folder/a", b"1")
    assert [blob.name for blob in blobs.list_blobs(name)] == ["folder/a"]


def test_without_an_account_key_sas_tokens_are_signed_with_a_user_delegation_key(
    entra_azurite: Azurite, entra_certificate: Path, entra_credential: TokenCredential
) -> None:
    verify = str(entra_certificate)
    with BlobServiceClient(entra_azurite.endpoint, entra_credential, connection_verify=verify) as client:
        blobs = AzureBlobs(client, account_key=None)
        name = f"entra-{secrets.token_hex(6)}"
        blobs.create_container(name, metadata={})
        client.get_blob_client(name, "a").upload_blob(b"words")
        token = blobs.container_sas(name, permissions="rl", expiry=datetime.now(UTC) + SOON)
        single = blobs.blob_sas(name, "a", permissions="r", expiry=datetime.now(UTC) + SOON)
        for sas in (token, single):
            assert "skoid=" in sas
            assert "spr=https&" in sas + "&"
            url = f"{blobs.blob_url(name, 'a')}?{sas}"
            with BlobClient.from_blob_url(url, connection_verify=verify) as reader:
                assert reader.download_blob().readall() == b"words"
                with pytest.raises(HttpResponseError):
                    reader.upload_blob(b"other", overwrite=True)
