from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from hashlib import md5
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest
from in_memory_run import World
from plans import a_container, a_plan

from recipebatch.errors import RecipeBatchError, ServiceError, UsageError
from recipebatch.files import ReadAccess
from recipebatch.phases.stage import CreateContainer, KeepBlob, UploadBlob, decide, file_md5, stage_inputs
from recipebatch.service import BlobSnapshot

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.phases import PhaseContext
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


def staging(file: Path, store: Store) -> PhaseContext:
    """A run with one file to upload, in memory."""
    world = World(plan=a_plan(containers=(a_container("input", "input", file),)))
    blobs: Any = store
    return replace(world.context(world.plan), blobs=blobs, read_access=ReadAccess.of_recipe(file.parent))


@dataclass
class Store:
    """A storage account that keeps what is uploaded."""

    content: dict[str, bytes] = field(default_factory=dict)

    def container_metadata(self, _name: str) -> None:
        return None

    def create_container(self, _name: str, **_metadata: object) -> bool:
        return True

    def upload(self, _container: str, blob: str, source: BinaryIO | bytes, **_more: object) -> None:
        self.content[blob] = source if isinstance(source, bytes) else source.read()


def test_a_file_is_uploaded_as_it_is_when_it_is_sent(file: Path) -> None:
    store = Store()
    stage_inputs(staging(file.resolve(), store))
    assert store.content == {"a.txt": b"words"}


def test_a_link_that_took_the_place_of_a_file_since_the_plan_is_not_uploaded(file: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "r").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("a secret")
    planned = file.rename(tmp_path / "r" / "a.txt").resolve()
    store = Store()
    context = staging(planned, store)
    planned.unlink()
    planned.symlink_to(tmp_path / "mine" / "a.txt")
    with pytest.raises(UsageError, match="outside the recipe's folder"):
        stage_inputs(context)
    (tmp_path / "r").rename(tmp_path / "was")
    (tmp_path / "r").symlink_to("mine")
    with pytest.raises(UsageError, match="outside the recipe's folder"):
        stage_inputs(context)
    assert store.content == {}


def test_a_pipe_that_took_the_place_of_a_file_is_not_waited_for(file: Path) -> None:
    context = staging(file.resolve(), Store())
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(RecipeBatchError, match="it is a pipe, not a regular file"):
        stage_inputs(context)
