from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from azure.storage.blob import generate_container_sas

from recipebatch.emulator.node_agent import Stop, TransferError
from recipebatch.emulator.node_agent.files.blob_uploads import MAX_BLOCKS, block_size, put_bytes, put_file
from recipebatch.emulator.node_agent.files.resource_files import blob_url
from recipebatch.emulator.node_agent.http_client import HttpClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from azure.storage.blob import BlobServiceClient, ContainerClient


@pytest.fixture
def client() -> Iterator[HttpClient]:
    with HttpClient(Stop()) as opened:
        yield opened


@pytest.fixture
def url(container: ContainerClient, blob_service: BlobServiceClient) -> str:
    token = generate_container_sas(
        str(blob_service.account_name),
        container.container_name,
        account_key=blob_service.credential.account_key,
        permission="w",
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    return blob_url(f"{container.url}?{token}", "a")


@pytest.mark.parametrize("size", [0, 1, 64 * 1024**2, 200 * 1024**3, 190 * 1024**4])
def test_a_file_of_any_size_fits_in_the_blocks_of_a_blob(size: int) -> None:
    assert block_size(size) * MAX_BLOCKS >= size


@pytest.mark.parametrize("largest", [10, 1000])
def test_an_upload_returns_the_etag_of_its_blob_whether_in_one_request_or_in_blocks(
    container: ContainerClient,
    client: HttpClient,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    largest: int,
) -> None:
    monkeypatch.setattr("recipebatch.emulator.node_agent.files.blob_uploads.LARGEST_PUT_BYTES", largest)
    monkeypatch.setattr("recipebatch.emulator.node_agent.files.blob_uploads.BLOCK_BYTES", 7)
    (tmp_path / "a").write_bytes(b"0123456789" * 5)
    etag = put_file(client, url, str(tmp_path / "a"), ())
    found = container.get_blob_client("a").get_blob_properties()
    assert (found.etag, found.size) == (f'"{etag}"', 50)


@pytest.mark.parametrize("largest", [10, 1000])
def test_a_condition_that_does_not_hold_is_refused(
    container: ContainerClient,
    client: HttpClient,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    largest: int,
) -> None:
    monkeypatch.setattr("recipebatch.emulator.node_agent.files.blob_uploads.LARGEST_PUT_BYTES", largest)
    (tmp_path / "a").write_bytes(b"0123456789" * 5)
    put_bytes(client, url, b"theirs", ())
    for condition in (("If-None-Match", "*"), ("If-Match", '"0x1"')):
        with pytest.raises(TransferError) as refused:
            put_file(client, url, str(tmp_path / "a"), (condition,))
        assert refused.value.status in {409, 412}
    assert container.download_blob("a").readall() == b"theirs"


def test_what_is_no_regular_file_is_refused(client: HttpClient, url: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="it is not a regular file"):
        put_file(client, url, str(tmp_path), ())
