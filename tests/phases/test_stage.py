from __future__ import annotations

from dataclasses import replace
from hashlib import md5
from typing import TYPE_CHECKING

import pytest
from plans import a_container

from recipebatch.errors import RecipeBatchError, ServiceError
from recipebatch.phases.stage import CreateContainer, KeepBlob, UploadBlob, decide, file_md5
from recipebatch.service import BlobSnapshot

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.plan.model import PlannedUpload


def hashed(upload: PlannedUpload) -> bytes:
    assert upload.source is not None
    return file_md5(upload.source)


def must_not_hash(upload: PlannedUpload) -> bytes:
    raise AssertionError(f"{upload.blob} was hashed without need")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_bytes(b"words")
    return path


def blob(content: bytes, *, known: bool = True) -> dict[str, BlobSnapshot]:
    digest = md5(content, usedforsecurity=False).digest() if known else None
    return {"a.txt": BlobSnapshot(name="a.txt", size=len(content), md5=digest, metadata={})}


def test_a_container_that_is_not_there_is_created_and_filled(file: Path) -> None:
    container = a_container("input", "input", file)
    upload = container.uploads[0]
    assert decide(container, None, must_not_hash) == [CreateContainer(container), UploadBlob(container, upload)]


def test_a_blob_with_the_same_content_costs_no_upload(file: Path) -> None:
    container = a_container("input", "input", file)
    assert decide(container, blob(b"words"), hashed) == [KeepBlob(container, container.uploads[0])]


@pytest.mark.parametrize("content", [b"sword", b"more words"])
def test_a_blob_with_other_content_is_uploaded_again(content: bytes, file: Path) -> None:
    container = a_container("input", "input", file)
    assert decide(container, blob(content), hashed) == [UploadBlob(container, container.uploads[0])]


def test_a_blob_of_another_size_is_not_hashed(file: Path) -> None:
    container = a_container("input", "input", file)
    assert decide(container, blob(b"more words"), must_not_hash) == [UploadBlob(container, container.uploads[0])]


def test_a_blob_without_a_known_hash_is_not_trusted(file: Path) -> None:
    container = a_container("input", "input", file)
    assert decide(container, blob(b"words", known=False), hashed) == [UploadBlob(container, container.uploads[0])]


def test_an_existing_container_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ServiceError, match="container data does not exist"):
        decide(a_container("input", "data", existing=True), None, must_not_hash)


def test_a_file_that_vanished_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeBatchError, match=r"cannot read .*gone"):
        file_md5(tmp_path / "gone")


def test_a_blob_with_other_metadata_or_another_type_is_uploaded_again(file: Path) -> None:
    plain = a_container("input", "input", file).uploads[0]
    described = replace(plain, content_type="text/plain", metadata=(("Who", "me"),))
    container = replace(a_container("input", "input"), uploads=(described,))
    there = blob(b"words")["a.txt"]
    right = replace(there, content_type="text/plain", metadata={"who": "me"})
    assert decide(container, {"a.txt": right}, hashed) == [KeepBlob(container, described)]
    for wrong in (there, replace(right, content_type="text/csv"), replace(right, metadata={"who": "you"})):
        assert decide(container, {"a.txt": wrong}, hashed) == [UploadBlob(container, described)]
