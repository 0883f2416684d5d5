from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from recipebatch.folder_files import OpenDirectory, open_folder
from recipebatch.phases.collect.partial_downloads import PartialDownload, PartialDownloads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def dead() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[OpenDirectory]:
    with open_folder(tmp_path, "results", create=True) as directory:
        yield directory


@pytest.fixture
def folder(tmp_path: Path, directory: OpenDirectory) -> Path:
    assert directory.names() == []
    return tmp_path / "results"


def claim(directory: OpenDirectory, etag: str | None = "etag-1", name: str = "result.txt") -> PartialDownload:
    """A claim of a new command."""
    return PartialDownloads().claim(directory, "", name, etag)


def leave(directory: OpenDirectory, folder: Path, pid: int, etag: str | None = "etag-1") -> Path:
    """What a process with that id left of a download."""
    with claim(directory, etag) as part:
        part.file.write(b"begun")
        part.keep()
    (left,) = folder.iterdir()
    return left.rename(left.with_name(left.name.replace(f".{os.getpid()}.", f".{pid}.")))


def test_a_partial_download_of_a_killed_command_is_resumed(directory: OpenDirectory, folder: Path, dead: int) -> None:
    left = leave(directory, folder, dead)
    with claim(directory) as part:
        assert part.file.read() == b"begun"
        assert not left.exists()
        part.file.write(b" and ended")
        part.move_to("result.txt")
    assert [path.name for path in folder.iterdir()] == ["result.txt"]
    assert (folder / "result.txt").read_text() == "begun and ended"


def test_a_download_that_this_process_kept_is_resumed_but_none_that_is_under_way(
    directory: OpenDirectory, folder: Path
) -> None:
    leave(directory, folder, os.getpid())
    with claim(directory) as first:
        assert first.file.read() == b"begun"
        with claim(directory) as second:
            assert second.file.read() == b""
    assert list(folder.iterdir()) == []


def test_a_partial_download_of_other_content_is_removed(directory: OpenDirectory, folder: Path, dead: int) -> None:
    leave(directory, folder, dead)
    with claim(directory, "etag-2") as part:
        assert part.file.read() == b""
    assert list(folder.iterdir()) == []


def test_a_partial_download_of_another_process_is_kept(directory: OpenDirectory, folder: Path) -> None:
    left = leave(directory, folder, os.getppid())
    with claim(directory) as part:
        assert part.file.read() == b""
    assert left.read_text() == "begun"


def test_a_file_without_a_known_hash_is_downloaded_from_the_beginning(
    directory: OpenDirectory, folder: Path, dead: int
) -> None:
    leave(directory, folder, dead, None)
    with claim(directory, None) as part:
        assert part.file.read() == b""
    assert list(folder.iterdir()) == []


def test_names_cannot_be_predicted_and_the_longest_name_has_a_place(directory: OpenDirectory, folder: Path) -> None:
    with claim(directory, name="n" * 255) as first, claim(directory, name="n" * 255) as second:
        assert len({path.name for path in folder.iterdir()}) == 2
        assert (first.file, second.file) != (second.file, first.file)


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe"])
def test_what_others_put_in_the_place_of_a_partial_download_is_not_written_to(
    directory: OpenDirectory, folder: Path, dead: int, tmp_path: Path, kind: str
) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    left = leave(directory, folder, dead)
    left.unlink()
    if kind == "link":
        left.symlink_to(theirs)
    elif kind == "hard link":
        os.link(theirs, left)
    else:
        os.mkfifo(left)
    with claim(directory) as part:
        part.file.write(b"ours")
        part.move_to("result.txt")
    assert theirs.read_text() == "theirs"
    assert [path.name for path in folder.iterdir()] == ["result.txt"]


def test_files_that_only_look_like_partial_downloads_are_left_alone(directory: OpenDirectory, folder: Path) -> None:
    names = {".x.part", ".a-b.99999999999999999999.part", f".{'0' * 16}-{'0' * 16}.{'9' * 20}.part", "a.part"}
    for name in names:
        (folder / name).touch()
    with claim(directory):
        pass
    assert {path.name for path in folder.iterdir()} == names
