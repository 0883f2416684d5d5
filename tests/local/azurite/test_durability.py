"""What Azurite acknowledged is there after a kill, and a full disk loses nothing and ends nothing."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import AccessPolicy, BlobBlock, BlobServiceClient, ContentSettings, CorsRule
from local.azurite.kills import CONTAINER, RawClient, Writer, account_sas, kill_while_writing, wrong_blobs

from recipebatch import local
from recipebatch.errors import LocalAccountError
from recipebatch.local.azurite import start_azurite
from recipebatch.local.keys import new_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from azure.storage.blob import ContainerClient

    from recipebatch.local.azurite import Azurite

KEY = new_key()


@contextmanager
def azurite_in(folder: Path, **options: Any) -> Iterator[tuple[Azurite, BlobServiceClient]]:
    with (
        start_azurite(folder, key=KEY, **options) as running,
        # An error answer shall be seen, not repeated.
        BlobServiceClient.from_connection_string(running.connection_string, retry_total=0) as client,
    ):
        yield running, client


def kill(azurite: Azurite) -> None:
    os.kill(azurite.pid, signal.SIGKILL)
    azurite.stop()


def journals(folder: Path) -> list[Path]:
    return sorted(folder.glob("journal-*.log"))


def write_all_kinds(service: BlobServiceClient) -> None:
    service.set_service_properties(cors=[CorsRule(["*"], ["GET"])])
    container = service.create_container("all", metadata={"a": "b"})
    expiry = dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
    container.set_container_access_policy({"p": AccessPolicy(permission="r", expiry=expiry, start=expiry)})
    lease = container.acquire_lease(60)
    lease.renew()
    lease.break_lease(0)
    blob = container.upload_blob("blob", b"first", metadata={"ttl": "x", "constraints": "y"}, tags={"t": "1"})
    blob.create_snapshot()
    blob.upload_blob(b"second", overwrite=True, metadata={"ttl": "x", "constraints": "y"})
    blob.set_http_headers(ContentSettings(content_type="text/x", content_md5=bytearray(16)))
    blob.set_blob_tags({"q": "r"})
    container.get_blob_client("copied").start_copy_from_url(blob.url)
    blob.acquire_lease(-1)
    page = container.get_blob_client("page")
    page.create_page_blob(4096)
    page.upload_page(b"y" * 1024, 1024, 1024)
    page.clear_page(1024, 512)
    page.resize_blob(8192)
    appended = container.get_blob_client("appended")
    appended.create_append_blob()
    appended.append_block(b"123")
    appended.append_block(b"45")
    staged = container.get_blob_client("staged")
    for name, content in (("aa", b"1"), ("bb", b"2"), ("aa", b"3")):
        staged.stage_block(name, content)
    committed = container.get_blob_client("committed")
    committed.stage_block("aa", b"1")
    committed.commit_block_list([BlobBlock("aa")])
    committed.stage_block("bb", b"2")
    for name in ("deleted", "deleted too"):
        container.upload_blob(name, b"x")
    container.delete_blob("deleted")
    container.delete_blobs("deleted too")
    other = service.create_container("gone")
    other.upload_blob("blob", b"")
    service.delete_container("gone")


def described(service: BlobServiceClient) -> dict[str, Any]:
    found: dict[str, Any] = {"cors": [rule.allowed_methods for rule in service.get_service_properties()["cors"]]}
    for listed in service.list_containers(include_metadata=True):
        container = service.get_container_client(listed.name)
        policy = container.get_container_access_policy()["signed_identifiers"]
        found[listed.name] = (listed.metadata, listed.lease.state, listed.etag, [one.id for one in policy])
        for blob in container.list_blobs(include=["metadata", "snapshots", "tags", "uncommittedblobs"]):
            client = container.get_blob_client(str(blob.name), snapshot=blob.snapshot)
            try:
                content = client.download_blob().readall()
            except ResourceNotFoundError:
                content = None
            blocks = client.get_block_list("all") if blob.blob_type == "BlockBlob" else ()
            ids = [[(block.id, block.size) for block in listing] for listing in blocks]
            settings = (blob.content_settings.content_type, blob.content_settings.content_md5)
            # Azurite sets the lease state of a snapshot when it is read for the first time.
            lease = (blob.lease.state, blob.lease.duration) if blob.snapshot is None else None
            key = f"{listed.name}/{blob.name}@{blob.snapshot}"
            found[key] = (blob.metadata, blob.tags, blob.etag, settings, lease, content, ids)
    return found


# A client whose server is killed in the middle of an answer leaves its socket to Python's garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def test_every_kind_of_write_is_there_after_a_kill_at_once(tmp_path: Path) -> None:
    with azurite_in(tmp_path) as (azurite, service):
        write_all_kinds(service)
        before = described(service)
        kill(azurite)
    assert len(journals(tmp_path)) == 1
    with azurite_in(tmp_path) as (azurite, service):
        assert described(service) == before
        kill(azurite)
    with azurite_in(tmp_path) as (_, service):
        assert described(service) == before
    assert journals(tmp_path) == []
    with azurite_in(tmp_path) as (_, service):
        assert described(service) == before


def test_what_clients_were_told_while_azurite_was_killed_is_true_after_each_restart(tmp_path: Path) -> None:
    with azurite_in(tmp_path) as (_, service):
        service.create_container(CONTAINER)
    acknowledged = 0
    for number in range(3):
        with azurite_in(tmp_path) as (azurite, _):
            writers = kill_while_writing(azurite, 0.5, f"r{number}", clients=4)
        with azurite_in(tmp_path) as (_, service):
            assert list(wrong_blobs(service, writers)) == []
        acknowledged += sum(writer.requests for writer in writers)
    assert acknowledged > 10


def documents(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What Azurite has saved, without what it sets when a blob is read."""
    found = {}
    for path in folder.glob("__azurite_db_*.json"):
        for collection in json.loads(path.read_text())["collections"]:
            found[collection["name"]] = collection["data"]
            for one in collection["data"]:
                for name in ("leaseState", "leaseStatus", "tagCount"):
                    one.get("properties", {}).pop(name, None)
    return found


def test_the_journal_has_all_that_is_in_memory(tmp_path: Path) -> None:
    with azurite_in(tmp_path / "kept") as (_, service):
        write_all_kinds(service)
        shutil.copytree(tmp_path / "kept", tmp_path / "copy")
    assert journals(tmp_path / "kept") == []
    assert len(journals(tmp_path / "copy")) == 1
    with azurite_in(tmp_path / "copy"):
        while journals(tmp_path / "copy"):  # saved soon after the start
            time.sleep(0.05)
    assert documents(tmp_path / "copy") == documents(tmp_path / "kept")
    assert len(documents(tmp_path / "kept")["$BLOBS_COLLECTION$"]) == 7


@pytest.mark.parametrize("killed", [("azurite",), ("azurite", "service")])
def test_what_a_killed_account_acknowledged_is_there_when_it_runs_again(state: Path, killed: tuple[str, ...]) -> None:
    def service_of(account: local.LocalAccount) -> BlobServiceClient:
        return BlobServiceClient.from_connection_string(account.connection_string.reveal())

    account = local.ensure_running(say=print, idle_minutes=0)
    with service_of(account) as client:
        client.create_container(CONTAINER)
    sas = account_sas(account.storage_key)
    writers = [Writer(RawClient(account.blob_endpoint, sas), f"w{number}") for number in range(4)]
    for writer in writers:
        writer.start()
    while sum(writer.requests for writer in writers) < 40:
        assert any(writer.is_alive() for writer in writers)
    pids = local.status().pids
    for name in killed:
        os.kill(pids[name], signal.SIGKILL)
    for writer in writers:
        writer.join()
    # A killed Azurite is started again by its service, a killed service by the next command.
    account = local.ensure_running(say=print, idle_minutes=0)
    with service_of(account) as client:
        assert list(wrong_blobs(client, writers)) == []
    assert local.status().pids["azurite"] != pids["azurite"]
    assert journals(state / "blobs")


def uploaded(container: ContainerClient, names: list[str]) -> dict[str, bytes]:
    return {name: container.download_blob(name).readall() for name in names}


def test_a_torn_end_of_the_journal_is_left_out(tmp_path: Path) -> None:
    with azurite_in(tmp_path) as (azurite, service):
        service.create_container("kept").upload_blob("a", b"content")
        kill(azurite)
    whole = journals(tmp_path)[0].read_bytes().rstrip(b"\0")
    half = whole[: len(whole) // 2]
    # As a power failure in the middle of the next write leaves it: its beginning, and zeros.
    journals(tmp_path)[0].write_bytes(whole + half + b"\0" * 5000)
    lines: list[str] = []
    with azurite_in(tmp_path, log=lines.append) as (azurite, service):
        assert uploaded(service.get_container_client("kept"), ["a"]) == {"a": b"content"}
        service.get_container_client("kept").upload_blob("b", b"more")
        kill(azurite)
    assert any(f"the last {len(half)} bytes were not completely written" in line for line in lines)
    with azurite_in(tmp_path) as (_, service):
        assert uploaded(service.get_container_client("kept"), ["a", "b"]) == {"a": b"content", "b": b"more"}


@pytest.mark.parametrize("content", [b"", b'{"filename": "', b"[]"])
def test_damaged_metadata_is_an_error_in_words(tmp_path: Path, content: bytes) -> None:
    with azurite_in(tmp_path) as (_, service):
        service.create_container("kept")
    (tmp_path / "__azurite_db_blob__.json").write_bytes(content)
    with pytest.raises(LocalAccountError, match=r"metadata of the blobs in .* cannot be read"):
        start_azurite(tmp_path, key=KEY)
    assert (tmp_path / "__azurite_db_blob__.json").read_bytes() == content


def test_a_missing_database_is_not_replaced_by_an_empty_one_while_its_journal_is_there(tmp_path: Path) -> None:
    with azurite_in(tmp_path) as (azurite, service):
        service.create_container("kept")
        kill(azurite)
    (tmp_path / "__azurite_db_blob__.json").unlink()
    with pytest.raises(LocalAccountError, match="is missing, and a journal of its changes is there"):
        start_azurite(tmp_path, key=KEY)


FULL = """
const fs = require("node:fs");
fs.promises.open(__filename, "r").then((handle) => {
  const { write } = Object.getPrototypeOf(handle);
  Object.getPrototypeOf(handle).write = function (...given) {
    const full = fs.readFileSync(__filename.replace(".cjs", ".txt"), "utf8").trim();
    const place = given[3];
    if (full === "all" || (full === "new" && place + given[2] > fs.fstatSync(this.fd).size))
      return Promise.reject(Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }));
    return write.apply(this, given);
  };
  handle.close();
});
"""


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A file with what the disk refuses: `nothing`, `new` (to make files longer) or `all` writes."""
    (tmp_path / "disk.cjs").write_text(FULL)
    (tmp_path / "disk.txt").write_text("nothing")
    return tmp_path / "disk.txt"


@pytest.mark.parametrize("refused", ["new", "all"])
def test_what_a_full_disk_cannot_store_is_an_error_and_all_goes_on_when_there_is_room(
    tmp_path: Path, disk: Path, refused: str
) -> None:
    folder = tmp_path / "blobs"
    with azurite_in(folder, preload=[disk.with_suffix(".cjs")]) as (azurite, service):
        container = service.create_container("kept")
        container.upload_blob("before", b"1" * 5000)
        disk.write_text(refused)
        for number in range(30):
            with pytest.raises(HttpResponseError) as error:
                container.upload_blob(f"b{number}", b"2" * 50_000)
            assert error.value.status_code in {500, 503}
        disk.write_text("nothing")
        container.upload_blob("after", b"3" * 50_000)
        assert uploaded(container, ["before", "after"]) == {"before": b"1" * 5000, "after": b"3" * 50_000}
        kill(azurite)
    with azurite_in(folder) as (_, service):
        container = service.get_container_client("kept")
        assert uploaded(container, ["before", "after"]) == {"before": b"1" * 5000, "after": b"3" * 50_000}


def test_a_full_disk_lets_blobs_be_read_and_deleted(tmp_path: Path, disk: Path) -> None:
    with azurite_in(tmp_path / "blobs", preload=[disk.with_suffix(".cjs")]) as (azurite, service):
        container = service.create_container("kept")
        for name in ("a", "b"):
            container.upload_blob(name, b"content")
        disk.write_text("new")
        assert uploaded(container, ["a", "b"]) == {"a": b"content", "b": b"content"}
        container.delete_blob("a")
        kill(azurite)
    disk.write_text("nothing")
    with azurite_in(tmp_path / "blobs") as (_, service):
        assert [blob.name for blob in service.get_container_client("kept").list_blobs()] == ["b"]


def test_a_full_disk_stops_no_start(tmp_path: Path, disk: Path) -> None:
    folder = tmp_path / "blobs"
    with azurite_in(folder) as (azurite, service):
        service.create_container("kept").upload_blob("a", b"content")
        kill(azurite)
    shutil.copytree(folder, tmp_path / "copy")
    disk.write_text("all")
    with azurite_in(folder, preload=[disk.with_suffix(".cjs")]) as (_, service):
        container = service.get_container_client("kept")
        assert uploaded(container, ["a"]) == {"a": b"content"}
        with pytest.raises(HttpResponseError) as refused:
            container.upload_blob("b", b"content")
        assert refused.value.status_code == 503
        assert "no space left on device" in str(refused.value)
    with azurite_in(folder) as (_, service):
        assert uploaded(service.get_container_client("kept"), ["a"]) == {"a": b"content"}
