from __future__ import annotations

import os
from dataclasses import dataclass, replace
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest
from in_memory_run import Blobs, World
from plans import a_container, a_plan

from recipebatch.errors import RecipeBatchError
from recipebatch.phases.collect.collect import Action, WouldOverwriteError, collect_outputs, decide
from recipebatch.phases.collect.local_paths import MANIFEST
from recipebatch.phases.collect.sources import CollectItem
from recipebatch.properties.files import Collect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.service import BlobSnapshot

THEIRS = md5(b"theirs", usedforsecurity=False).digest()
OURS = md5(b"ours", usedforsecurity=False).digest()
WANTED = CollectItem(
    source={}, target=Path("out/a.txt"), folder=Path("out"), size=6, md5=THEIRS, fetch=lambda _file, _received: THEIRS
)


def test_a_file_that_is_missing_is_downloaded() -> None:
    assert decide(WANTED, None, None, overwrite=False) is Action.FETCH


def test_an_identical_file_is_skipped_even_with_overwrite() -> None:
    assert decide(WANTED, THEIRS, None, overwrite=True) is Action.SKIP


def test_a_file_that_an_earlier_collect_wrote_is_replaced() -> None:
    assert decide(WANTED, OURS, OURS.hex(), overwrite=False) is Action.FETCH


def test_a_file_of_the_user_is_not_overwritten() -> None:
    with pytest.raises(WouldOverwriteError, match="was not written by an earlier collect"):
        decide(WANTED, OURS, None, overwrite=False)


def test_a_collected_file_that_the_user_changed_is_not_overwritten() -> None:
    with pytest.raises(WouldOverwriteError):
        decide(WANTED, OURS, THEIRS.hex(), overwrite=False)


def test_with_overwrite_it_is_replaced() -> None:
    assert decide(WANTED, OURS, None, overwrite=True) is Action.FETCH


def test_a_file_without_a_known_hash_is_compared_and_not_replaced() -> None:
    assert decide(replace(WANTED, md5=None), OURS, None, overwrite=False) is Action.COMPARE


@dataclass
class FullBlobs(Blobs):
    """A storage account that has content for its blobs."""

    during: Callable[[], None] = lambda: None

    def list_blobs(self, container: str, *, prefix: str = "") -> Iterator[BlobSnapshot]:
        for blob in super().list_blobs(container, prefix=prefix):
            yield replace(blob, size=6, md5=THEIRS, etag="e")

    def download(self, _container: str, _blob: BlobSnapshot, file: BinaryIO, *, received: object) -> bytes:
        assert received is not None
        file.write(b"theirs")
        self.during()
        return THEIRS


def collected(folder: Path, *names: str, overwrite: bool = False, during: Callable[[], None] = lambda: None) -> str:
    entry = Collect(container="out", task_files=(), include=(), into="results")
    plan = a_plan(containers=(a_container("out", "c1"),), collect=(entry,))
    world = World(plan=plan, blobs=FullBlobs(containers={"c1": list(names)}, during=during))
    try:
        return collect_outputs(world.context(plan), folder=folder, overwrite=overwrite).summary
    except RecipeBatchError as error:
        return f"{error.code}: {error.message}"


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Path]:
    """A file of the user outside of the folder, which stays as it is."""
    secret = tmp_path / "home" / ".profile"
    secret.parent.mkdir()
    secret.write_text("secret")
    yield secret
    assert secret.read_text() == "secret"
    assert [path.name for path in secret.parent.iterdir()] == [".profile"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work" / "results").mkdir(parents=True)
    return tmp_path / "work"


def test_what_is_collected_comes_to_the_folder_and_is_known_later(folder: Path) -> None:
    assert collected(folder, "a.txt", "sub/b.txt").startswith("2 files downloaded (12 bytes)")
    assert (folder / "results" / "sub" / "b.txt").read_text() == "theirs"
    assert collected(folder, "a.txt", "sub/b.txt").startswith("nothing to download, 2 already there")
    assert {path.name for path in (folder / "results").iterdir()} == {"a.txt", "sub", MANIFEST}


@pytest.mark.parametrize("name", [f"{MANIFEST}.tmp", f".{MANIFEST}.PID.part", MANIFEST])
def test_a_link_with_a_name_of_the_manifest_is_not_written_through(folder: Path, secret: Path, name: str) -> None:
    (folder / "results" / name.replace("PID", str(os.getpid()))).symlink_to(secret)
    assert collected(folder, "a.txt").startswith("1 file downloaded")
    assert (folder / "results" / MANIFEST).is_file()
    assert not (folder / "results" / MANIFEST).is_symlink()


def test_a_link_with_the_name_of_a_file_is_in_the_way_and_replaced_with_overwrite(folder: Path, secret: Path) -> None:
    (folder / "results" / "a.txt").symlink_to(secret)
    assert collected(folder, "a.txt").startswith("would-overwrite: ")
    assert collected(folder, "a.txt", overwrite=True).startswith("1 file downloaded")
    assert not (folder / "results" / "a.txt").is_symlink()


@pytest.mark.parametrize("link", ["results", "results/sub"])
def test_a_linked_directory_is_not_entered(folder: Path, secret: Path, link: str) -> None:
    if link == "results":
        (folder / "results").rmdir()
    (folder / link).symlink_to(secret.parent)
    assert "a link in its path" in collected(folder, "sub/.profile", "sub/a.txt")


def test_a_directory_that_becomes_a_link_during_the_download_is_not_entered(folder: Path, secret: Path) -> None:
    sub = folder / "results" / "sub"

    def swap() -> None:
        if not sub.is_symlink():
            sub.rename(folder / "moved")
            sub.symlink_to(secret.parent)

    collected(folder, "sub/.profile", during=swap)
    assert (folder / "moved" / ".profile").read_text() == "theirs"


def test_a_pipe_with_the_name_of_a_file_is_in_the_way(folder: Path) -> None:
    os.mkfifo(folder / "results" / "a.txt")
    assert collected(folder, "a.txt", "b.txt").startswith("would-overwrite: ")
    assert (folder / "results" / "b.txt").read_text() == "theirs"
