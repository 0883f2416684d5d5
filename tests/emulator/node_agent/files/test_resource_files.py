from __future__ import annotations

import errno
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from azure.storage.blob import generate_container_sas

from recipebatch.emulator.node_agent import ResourceFile
from recipebatch.emulator.node_agent.failures import not_created, not_launched, not_written
from recipebatch.emulator.node_agent.files.resource_files import parse_blob_list, write
from recipebatch.emulator.node_agent.http_client import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.storage.blob import BlobServiceClient

# `node` and `web` come from this folder's conftest.py; their classes are not importable from there.
Node = Any
WebServer = Any


def single(url: str, path: str = "file.txt", mode: str | None = None) -> tuple[ResourceFile, ...]:
    return (ResourceFile.from_json({"httpUrl": url, "filePath": path} | ({"fileMode": mode} if mode else {})),)


def test_a_file_is_there_before_the_command_runs(node: Node, web: WebServer) -> None:
    web.answers["/a"] = b"content"
    end = node.run("cat deep/er/file.txt", resource_files=single(f"{web.url}/a?sig=s", "deep/er/file.txt"))
    assert end.failure is None
    assert node.stdout() == "content"
    assert web.requests == ["/a?sig=s"]


def test_a_file_name_is_only_ever_a_file_name(node: Node, web: WebServer) -> None:
    web.answers["/a"] = b""
    name = "a 'b' \"c\"; $(rm -rf ~) ü*.txt"
    assert node.run("ls -1 --quoting-style=literal", resource_files=single(f"{web.url}/a", name)).failure is None
    assert node.stdout() == f"{name}\n"


@pytest.mark.parametrize(("mode", "bits"), [(None, 0o770), ("0644", 0o644), ("777", 0o777)])
def test_a_file_has_the_mode_that_was_asked_for(node: Node, web: WebServer, mode: str | None, bits: int) -> None:
    web.answers["/a"] = b""
    node.run("true", resource_files=single(f"{web.url}/a", mode=mode))
    assert stat.S_IMODE((node.working / "file.txt").stat().st_mode) == bits


def test_many_files_arrive_and_no_other(node: Node, web: WebServer) -> None:
    files: list[ResourceFile] = []
    for number in range(40):
        web.answers[f"/{number}"] = b"%d" % number * 100_000
        files += single(f"{web.url}/{number}", f"{number}.txt")
    assert node.run("true", resource_files=tuple(files)).failure is None
    assert sorted(path.name for path in node.working.iterdir()) == sorted(f"{number}.txt" for number in range(40))
    assert all((node.working / f"{n}.txt").read_bytes() == b"%d" % n * 100_000 for n in range(40))


@pytest.mark.parametrize(
    ("status", "category", "code"),
    [
        (404, "UserError", "BlobNotFound"),
        (403, "UserError", "BlobAccessDenied"),
        (401, "UserError", "BlobAccessDenied"),
        (400, "ServerError", "BlobDownloadMiscError"),
    ],
)
def test_a_refused_download_is_a_failure_and_the_command_does_not_run(
    node: Node, web: WebServer, status: int, category: str, code: str
) -> None:
    web.answers["/a"] = status
    end = node.run("touch ran", resource_files=single(f"{web.url}/a?sig=TOPSECRET"))
    assert (end.failure.category, end.failure.code) == (category, code)
    assert end.exit_code is None
    assert end.pre_processing_error
    assert dict(end.failure.details)["BlobSource"] == f"{web.url}/a"
    assert dict(end.failure.details)["FilePath"] == "file.txt"
    assert "TOPSECRET" not in repr(end)
    assert list(node.working.iterdir()) == []


@pytest.mark.parametrize("path", ["../outside", "/tmp/absolute", "", ".", "a/../../b"])
def test_a_path_out_of_the_working_directory_is_refused(node: Node, web: WebServer, path: str) -> None:
    web.answers["/a"] = b""
    assert node.run("true", resource_files=single(f"{web.url}/a", path)).failure.code == "ResourceFileCreateFailed"


def test_a_file_in_place_of_a_folder_is_a_failure(node: Node, web: WebServer) -> None:
    web.answers["/a"] = b""
    node.run("touch folder")
    end = node.run("true", resource_files=single(f"{web.url}/a", "folder/file"))
    assert end.failure.code == "ResourceDirectoryCreateFailed"
    end = node.run("true", resource_files=single(f"{web.url}/a", "x" * 300))
    assert end.failure.code == "ResourceFileCreateFailed"


def test_the_wall_clock_counts_downloads(node: Node, web: WebServer) -> None:
    end = node.run("true", seconds=0.2, resource_files=single(f"{web.url}/hangs"))
    assert web.begun.is_set()
    assert end.exit_code is None
    assert "wall clock" in end.failure.message


def test_a_full_disk_is_an_error_of_writing() -> None:
    full = Path("/dev/full")
    if full.exists():  # a device of Linux on which every write fails so
        with pytest.raises(OSError, match="No space") as raised:
            write(full, [b"x"])
        assert not_written(raised.value, "file").code == "DiskFull"


def test_a_full_disk_has_its_own_code_wherever_it_shows() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    seen = [not_written(full, "f"), not_created("File", full, "f"), not_launched("c", full)]
    assert {(failure.category, failure.code) for failure in seen} == {("ServerError", "DiskFull")}
    assert not_written(OSError(errno.EIO, "I/O error"), "f").code == "ResourceFileWriteFailed"


def test_the_sas_of_a_resource_file_is_not_in_its_repr() -> None:
    files = [
        ResourceFile.from_json({"httpUrl": "http://h/a?sig=TOPSECRET", "filePath": "a"}),
        ResourceFile.from_json({"storageContainerUrl": "http://h/c?sig=TOPSECRET"}),
    ]
    assert "TOPSECRET" not in repr(files)


def test_a_blob_name_that_xml_cannot_hold_is_decoded() -> None:
    document = b"""<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>
        <Blob><Name Encoded="true">a%EF%BF%BEb</Name></Blob><Blob><Name>c%20d &amp; e</Name></Blob>
        <Blob><Name>folder</Name><Properties><ResourceType>directory</ResourceType></Properties></Blob>
        <Blob><Name>marker</Name><Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob>
        <Blob><Name>other/</Name></Blob><Blob/></Blobs><NextMarker>more</NextMarker></EnumerationResults>"""
    blobs, marker = parse_blob_list(document)
    assert ([blob.name for blob in blobs if not blob.is_folder], marker) == (["a\ufffeb", "c%20d & e"], "more")
    assert [blob.name for blob in blobs if blob.is_folder] == ["folder", "marker", "other/"]


def test_a_list_that_is_none_is_an_error() -> None:
    with pytest.raises(TransferError):
        parse_blob_list(b"<html>")


# A container of a real blob service.


@pytest.fixture
def container_url(blob_service: BlobServiceClient) -> Iterator[str]:
    """A container with some blobs, and a SAS with which it can be listed and read."""
    name = f"resources-{datetime.now(UTC).timestamp():.6f}".replace(".", "-")
    with blob_service.create_container(name) as container:
        for blob in ("in/a.txt", "in/deep/b c ü.txt", "in/q'\"%41;$(x).txt", "other.txt"):
            container.upload_blob(blob, blob.encode())
        yield f"{container.url}?{sas(blob_service, name, 'rl')}"
        container.delete_container()


def sas(service: BlobServiceClient, container: str, permission: str) -> str:
    return generate_container_sas(
        str(service.account_name),
        container,
        account_key=service.credential.account_key,
        permission=permission,
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )


def files_below(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): path.read_text(encoding="utf-8")
        for path in directory.rglob("*")
        if path.is_file()
    }


def of_container(url: str, **more: str) -> tuple[ResourceFile, ...]:
    return (ResourceFile.from_json({"storageContainerUrl": url} | more),)


def test_all_blobs_of_a_container_keep_their_paths(node: Node, container_url: str) -> None:
    assert node.run("true", resource_files=of_container(container_url)).failure is None
    names = ["in/a.txt", "in/deep/b c ü.txt", "in/q'\"%41;$(x).txt", "other.txt"]
    assert files_below(node.working) == {name: name for name in names}


def test_a_prefix_and_a_folder_are_respected(node: Node, container_url: str) -> None:
    files = of_container(container_url, blobPrefix="in/d", filePath="data/x", fileMode="0600")
    assert node.run("true", resource_files=files).failure is None
    assert files_below(node.working) == {"data/x/in/deep/b c ü.txt": "in/deep/b c ü.txt"}
    assert stat.S_IMODE((node.working / "data/x/in/deep/b c ü.txt").stat().st_mode) == 0o600


def test_a_list_of_several_pages_is_complete(node: Node, container_url: str) -> None:
    assert node.run("true", resource_files=of_container(f"{container_url}&maxresults=1")).failure is None
    assert len(files_below(node.working)) == 4


def test_a_prefix_that_nothing_begins_with_downloads_nothing(node: Node, container_url: str) -> None:
    assert node.run("true", resource_files=of_container(container_url, blobPrefix="none")).failure is None
    assert files_below(node.working) == {}


def test_a_container_that_is_not_there_is_a_failure(node: Node, blob_service: BlobServiceClient) -> None:
    url = f"{blob_service.url}missing?{sas(blob_service, 'missing', 'rl')}"
    end = node.run("true", resource_files=of_container(url))
    assert end.failure.code == "BlobNotFound"
    assert "sig=" not in repr(end)


def test_a_sas_that_may_not_list_is_a_failure(node: Node, container_url: str, blob_service: BlobServiceClient) -> None:
    url = container_url.partition("?")[0]
    read_only = f"{url}?{sas(blob_service, url.rpartition('/')[2], 'r')}"
    assert node.run("true", resource_files=of_container(read_only)).failure.code == "BlobAccessDenied"
