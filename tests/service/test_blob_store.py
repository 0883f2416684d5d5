"""What every storage backend must do: the contract of `BlobStore`. The fixture `blobs` lists the backends."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import ServiceError
from recipebatch.service import Document, DocumentChangedError

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.service import BlobStore


@pytest.fixture
def name(blobs: BlobStore) -> str:
    name = f"blobs-{secrets.token_hex(6)}"
    blobs.create_container(name, metadata={"mark": "1"})
    return name


def test_a_container_is_created_once_found_and_deleted(blobs: BlobStore, name: str) -> None:
    assert blobs.create_container(name, metadata={}) is False
    assert blobs.container_metadata(name) == {"mark": "1"}
    assert blobs.delete_container(name) is True
    assert blobs.container_metadata(name) is None
    assert blobs.delete_container(name) is False


@pytest.mark.parametrize("size", [0, 5, 9 * 1024 * 1024])
def test_a_file_is_downloaded_as_it_was_uploaded_with_its_hash(
    size: int, blobs: BlobStore, name: str, tmp_path: Path
) -> None:
    content = secrets.token_bytes(size)
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(content)
    md5 = hashlib.md5(content, usedforsecurity=False).digest()
    sent: list[int] = []
    received: list[int] = []
    with source.open("rb") as file:
        blobs.upload(name, "folder/ü b.bin", file, md5=md5, sent=sent.append)
    (blob,) = blobs.list_blobs(name, prefix="folder/")
    assert (blob.name, blob.size, blob.md5) == ("folder/ü b.bin", size, md5)
    with target.open("wb+") as file:
        assert blobs.download(name, blob, file, received=received.append) == md5
    assert target.read_bytes() == content
    assert sum(received) == size


def test_the_end_of_a_blob_is_read(blobs: BlobStore, name: str) -> None:
    md5 = hashlib.md5(b"one two", usedforsecurity=False).digest()
    blobs.upload(name, "b", b"one two", md5=md5, sent=lambda _: None)
    (blob,) = blobs.list_blobs(name)
    assert [blobs.blob_end(name, blob, size=size) for size in (3, 7, 100)] == [b"two", b"one two", b"one two"]


def test_a_download_continues_where_the_file_ends_and_restarts_when_it_cannot(
    blobs: BlobStore, name: str, tmp_path: Path
) -> None:
    content = secrets.token_bytes(100_000)
    md5 = hashlib.md5(content, usedforsecurity=False).digest()
    (tmp_path / "in").write_bytes(content)
    blobs.upload(name, "b", (tmp_path / "in").read_bytes(), md5=md5, sent=lambda _: None)
    (blob,) = blobs.list_blobs(name)
    target = tmp_path / "out"
    for beginning in (content[:70_000], content, content + b"more"):
        target.write_bytes(beginning)
        with target.open("rb+") as file:
            assert blobs.download(name, blob, file, received=lambda _: None) == md5
        assert target.read_bytes() == content
    target.write_bytes(b"x" * 10)
    # What was there is part of the hash: a wrong beginning shows.
    with target.open("rb+") as file:
        assert blobs.download(name, blob, file, received=lambda _: None) != md5


def test_a_blob_that_changed_since_it_was_listed_is_not_mixed_with_what_is_there(
    blobs: BlobStore, name: str, tmp_path: Path
) -> None:
    for content in (b"first", b"other"):
        (tmp_path / "in").write_bytes(content)
        md5 = hashlib.md5(content, usedforsecurity=False).digest()
        blobs.upload(name, "b", (tmp_path / "in").read_bytes(), md5=md5, sent=lambda _: None)
        if content == b"first":
            (listed,) = blobs.list_blobs(name)
    (tmp_path / "out").write_bytes(b"fi")
    with (tmp_path / "out").open("rb+") as file, pytest.raises(ServiceError, match="changed while it was downloaded"):
        blobs.download(name, listed, file, received=lambda _: None)


def test_a_document_is_written_only_over_what_was_read(blobs: BlobStore, name: str) -> None:
    first = blobs.write_document(name, "run.json", Document("1", {"state": "a"}))
    with pytest.raises(DocumentChangedError):
        blobs.write_document(name, "run.json", Document("2"))
    second = blobs.write_document(name, "run.json", Document("2", {}, first))
    with pytest.raises(DocumentChangedError):
        blobs.write_document(name, "run.json", Document("3", {}, first))
    read = blobs.read_document(name, "run.json")
    assert read is not None
    assert (read.text, read.etag) == ("2", second)
    assert blobs.delete_document(name, "run.json") is True
    assert blobs.delete_document(name, "run.json") is False
    assert blobs.read_document(name, "run.json") is None


def test_a_lease_is_held_by_one_at_a_time(blobs: BlobStore, name: str) -> None:
    blobs.write_document(name, "lock", Document(""))
    lease = blobs.acquire_lease(name, "lock", seconds=15)
    assert lease is not None
    assert blobs.acquire_lease(name, "lock", seconds=15) is None
    lease.renew()
    lease.release()
    again = blobs.acquire_lease(name, "lock", seconds=15)
    assert again is not None
    blobs.break_lease(name, "lock")
    again.release()
    blobs.break_lease(name, "lock")
    assert blobs.acquire_lease(name, "lock", seconds=15) is not None


def test_a_container_that_is_not_there_cannot_be_listed(blobs: BlobStore) -> None:
    with pytest.raises(ServiceError, match="listing container nowhere"):
        list(blobs.list_blobs("nowhere"))


def test_a_file_that_changed_while_it_was_hashed_is_refused_by_the_service(
    blobs: BlobStore, name: str, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"words")
    with pytest.raises(ServiceError, match="uploading a to container"):
        blobs.upload(name, "a", (tmp_path / "a").read_bytes(), md5=b"0" * 16, sent=lambda _: None)
