"""Mounted containers of a real blob service."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from azure.storage.blob import generate_container_sas

from recipebatch.emulator.node_agent import ContainerMount, Stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from azure.storage.blob import BlobServiceClient, ContainerClient

    Mount = Callable[..., "Mounted"]


class Mounted:
    """A mount on a node of its own, and its folder."""

    def __init__(self, url: str, root: Path, *, writable: bool) -> None:
        self.folder = root / "fsmounts" / "data"
        notes = root / "volatile" / "mounts" / "0"
        self._make = partial(ContainerMount, url, root, "data", notes, writable=writable)
        self.mount = self._make()
        self.run()

    def run(self, **options: Any) -> list[str]:
        """Run once; returns what was lost of what was written since the last run."""
        before = self.mount.runs
        self.mount.synchronize(Stop(), **options)
        return [dict(failure.details).get("Reason", failure.code) for failure in self.mount.failures_since(before)]

    def restart(self) -> None:
        """As after a kill of the emulator."""
        self.mount = self._make()

    def write(self, name: str, text: str, *, append: bool = False) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.write(text)

    def texts(self) -> dict[str, str]:
        files = (each for each in self.folder.rglob("*") if each.is_file())
        return {str(each.relative_to(self.folder)): each.read_text(encoding="utf-8") for each in files}


@pytest.fixture
def mount(tmp_path: Path, container: ContainerClient, blob_service: BlobServiceClient) -> Mount:
    """Mounts the container on a new node, writable unless `permission` lacks `w`."""
    count = iter(range(100))

    def make(permission: str = "racwdl", *, writable: bool = True) -> Mounted:
        token = generate_container_sas(
            str(blob_service.account_name),
            container.container_name,
            account_key=blob_service.credential.account_key,
            permission=permission,
            expiry=datetime.now(UTC) + timedelta(hours=1),
        )
        return Mounted(f"{container.url}?{token}", tmp_path / f"node{next(count)}", writable=writable)

    return make


def blobs(container: ContainerClient) -> dict[str, str]:
    return {name: container.download_blob(name).readall().decode() for name in container.list_blob_names()}


def test_what_is_written_overwritten_renamed_and_deleted_is_so_in_the_container(
    container: ContainerClient, mount: Mount
) -> None:
    for name in ("deep/one", "two", "three", "four"):
        container.upload_blob(name, name.encode())
    node = mount()
    assert node.texts() == {name: name for name in ("deep/one", "two", "three", "four")}
    node.write("deep/er/new", "new")
    node.write("two", "2")
    node.write("three", "+", append=True)
    (node.folder / "deep" / "one").rename(node.folder / "moved")
    (node.folder / "four").unlink()
    assert node.run() == []
    wanted = {"deep/er/new": "new", "two": "2", "three": "three+", "moved": "deep/one"}
    assert blobs(container) == wanted
    assert mount().texts() == wanted


def test_a_second_change_of_the_same_size_in_the_same_moment_is_seen(container: ContainerClient, mount: Mount) -> None:
    node = mount()
    for text in ("1", "2", "3"):
        node.write("a", text)
        assert node.run() == []
        assert blobs(container) == {"a": text}


def test_what_others_write_and_delete_arrives(container: ContainerClient, mount: Mount) -> None:
    one, other = mount(), mount()
    one.write("a/b", "1")
    one.write("c", "1")
    assert one.run() == other.run() == []
    assert other.texts() == {"a/b": "1", "c": "1"}
    other.write("c", "2")
    (other.folder / "a" / "b").unlink()
    (other.folder / "a").rmdir()
    assert other.run() == one.run() == []
    assert one.texts() == {"c": "2"}
    assert list(one.folder.iterdir()) == [one.folder / "c"]
    container.delete_blob("c")
    one.run()
    assert one.texts() == {}


def test_a_stale_copy_does_not_overwrite_what_another_client_wrote(container: ContainerClient, mount: Mount) -> None:
    container.upload_blob("a", b"old")
    node = mount()
    container.upload_blob("a", b"theirs", overwrite=True)
    (node.folder / "a").touch()
    assert node.run() == []
    assert (node.texts(), blobs(container)) == ({"a": "theirs"}, {"a": "theirs"})


def test_of_two_changes_of_one_blob_the_first_stays_and_the_second_is_an_error(
    container: ContainerClient, mount: Mount
) -> None:
    container.upload_blob("a", b"old")
    node = mount()
    node.write("a", "mine")
    node.write("same", "equal")
    container.upload_blob("a", b"theirs", overwrite=True)
    container.upload_blob("same", b"equal")
    assert node.run() == ["another client changed the blob since this node read it"]
    assert node.texts() == blobs(container) == {"a": "theirs", "same": "equal"}
    assert node.run() == []


def test_a_blob_that_another_client_changed_is_not_deleted(container: ContainerClient, mount: Mount) -> None:
    container.upload_blob("a", b"old")
    node = mount()
    (node.folder / "a").unlink()
    container.upload_blob("a", b"theirs", overwrite=True)
    assert node.run() == []
    assert node.texts() == blobs(container) == {"a": "theirs"}


def test_a_large_file_goes_in_blocks(container: ContainerClient, mount: Mount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipebatch.emulator.node_agent.files.blob_uploads.LARGEST_PUT_BYTES", 1000)
    monkeypatch.setattr("recipebatch.emulator.node_agent.files.blob_uploads.BLOCK_BYTES", 400)
    node = mount()
    for text in ("".join(f"{n}\n" for n in range(500)), "x" * 2001):
        node.write("big", text)
        assert node.run() == []
        assert blobs(container) == {"big": text}


def test_a_link_cannot_be_written_and_nothing_is_deleted_until_it_is_gone(
    container: ContainerClient, mount: Mount
) -> None:
    container.upload_blob("a", b"1")
    node = mount()
    (node.folder / "a").rename(node.folder / "moved")
    (node.folder / "a").symlink_to("moved")
    container.upload_blob("b", b"1")
    assert node.run() == ["it is a link, which a blob cannot be"]
    assert blobs(container) == {"a": "1", "moved": "1", "b": "1"}
    assert node.run() == [], "it was not made since the last run"
    (node.folder / "b").unlink()
    assert node.run() == ["it is deleted in the container only after all that was written is there"]
    (node.folder / "a").unlink()
    assert node.run() == []
    assert blobs(container) == {"moved": "1"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write to a read-only mount")
def test_root_that_writes_to_a_read_only_mount_is_told(container: ContainerClient, mount: Mount) -> None:
    container.upload_blob("deep/a", b"1")
    container.upload_blob("b", b"1")
    node = mount("rl", writable=False)
    node.write("deep/a", "2")
    node.write("deep/new", "2")
    (node.folder / "b").unlink()
    assert node.run() == ["the mount is read-only"] * 3
    assert node.texts() == blobs(container) == {"deep/a": "1", "b": "1"}
    assert node.run() == []


def test_a_read_only_mount_has_no_write_permission_and_is_kept_up_to_date(
    container: ContainerClient, mount: Mount
) -> None:
    container.upload_blob("deep/a", b"1")
    node = mount("rl", writable=False)
    container.upload_blob("deep/b", b"2")
    assert node.run() == []
    assert node.texts() == {"deep/a": "1", "deep/b": "2"}
    paths = [node.folder, node.folder / "deep", node.folder / "deep" / "b"]
    assert [f"{path.stat().st_mode & 0o777:o}" for path in paths] == ["555", "555", "444"]


def test_a_write_that_the_sas_forbids_is_an_error(mount: Mount) -> None:
    node = mount("rl")
    before = node.mount.runs
    node.write("a", "1")
    node.mount.synchronize(Stop())
    (failure,) = node.mount.failures_since(before)
    assert failure.code == "FileUploadAccessDenied"
    assert dict(failure.details)["FilePath"] == "$AZ_BATCH_NODE_MOUNTS_DIR/data/a"


def test_a_container_that_is_gone_is_an_error_for_what_was_written(
    container: ContainerClient, mount: Mount, blob_service: BlobServiceClient
) -> None:
    container.upload_blob("a", b"1")
    node = mount()
    container.delete_container()
    node.write("b", "1")
    assert node.run() == ["the container cannot be listed"]
    assert node.mount.unread is not None
    assert node.texts() == {"a": "1", "b": "1"}, "nothing is deleted on the node because the container is gone"
    blob_service.create_container(container.container_name)  # the fixture deletes it


def test_an_empty_folder_is_marked_as_blobfuse_does(container: ContainerClient, mount: Mount) -> None:
    node, other = mount(), mount()
    (node.folder / "deep" / "empty").mkdir(parents=True)
    assert node.run() == []
    (marker,) = container.list_blobs(include=["metadata"])
    assert (marker.name, marker.metadata, marker.size) == ("deep/empty", {"hdi_isfolder": "true"}, 0)
    assert other.run() == []
    assert (other.folder / "deep" / "empty").is_dir()
    node.write("deep/empty/no-more", "1")
    assert node.run() == other.run() == []
    assert blobs(container) == {"deep/empty/no-more": "1"}
    assert other.texts() == {"deep/empty/no-more": "1"}


def test_what_may_still_be_written_waits_for_the_next_run(container: ContainerClient, mount: Mount) -> None:
    node = mount()
    node.write("a", "1")
    node.run(only_settled=True)
    assert blobs(container) == {}
    node.write("a", "2", append=True)
    node.run(only_settled=True)
    assert blobs(container) == {}
    node.run(only_settled=True)
    assert blobs(container) == {"a": "12"}


def test_what_was_written_before_a_kill_is_uploaded_after_it(container: ContainerClient, mount: Mount) -> None:
    container.upload_blob("a", b"1")
    container.upload_blob("b", b"1")
    node = mount()
    node.write("new", "1")
    (node.folder / "a").unlink()
    node.restart()
    assert node.run() == []
    assert blobs(container) == {"b": "1", "new": "1"}


def test_after_the_close_nothing_is_deleted_in_the_container(container: ContainerClient, mount: Mount) -> None:
    container.upload_blob("a", b"1")
    node = mount()
    node.mount.close()
    (node.folder / "a").unlink()
    node.restart()
    node.run()
    assert blobs(container) == {"a": "1"}
    assert node.texts() == {"a": "1"}
