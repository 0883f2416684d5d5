from __future__ import annotations

import os
from pathlib import Path

import pytest

from recipebatch.files import FileTooLargeError, NotRegularFileError, open_regular, read_regular, regular_size


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path.resolve() / "a" / "b"
    path.mkdir(parents=True)
    (path / "c.txt").write_text("words")
    return path


def test_a_regular_file_is_read(folder: Path) -> None:
    assert read_regular(str(folder / "c.txt"), 5) == b"words"
    assert regular_size(str(folder / "c.txt")) == 5
    with open_regular(str(folder / "c.txt")) as file:
        assert file.read(2) == b"wo"


def test_a_file_above_the_limit_is_not_read(folder: Path) -> None:
    with pytest.raises(FileTooLargeError, match="more than 4 bytes"):
        read_regular(str(folder / "c.txt"), 4)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no files of the kernel")
def test_a_file_of_the_kernel_has_no_size_but_the_limit_holds() -> None:
    with pytest.raises(FileTooLargeError):
        read_regular(f"/proc/{os.getpid()}/status", 10)


def test_what_is_no_regular_file_is_refused_without_waiting(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    for path, kind in ((folder / "pipe", "a pipe"), (folder, "a folder"), (Path("/dev/null"), "a device")):
        with pytest.raises(NotRegularFileError, match=f"it is {kind}, not a regular file"):
            read_regular(os.path.realpath(path), 10)
        with pytest.raises(NotRegularFileError):
            regular_size(str(path))


def test_a_link_that_took_the_place_of_a_file_or_a_folder_is_not_followed(folder: Path) -> None:
    path = str(folder / "c.txt")
    (folder / "c.txt").rename(folder / "d.txt")
    (folder / "c.txt").symlink_to("d.txt")
    with pytest.raises(OSError, match="link"):
        read_regular(path, 10)
    folder.rename(folder.parent / "elsewhere")
    folder.symlink_to("elsewhere")
    with pytest.raises(OSError):  # noqa: PT011 - each system says it in its own way
        read_regular(str(folder / "d.txt"), 10)
    assert read_regular(str(folder.parent / "elsewhere" / "d.txt"), 10) == b"words"


def test_a_folder_that_may_be_passed_but_not_listed_is_passed(folder: Path) -> None:
    folder.chmod(0o100)
    try:
        assert read_regular(str(folder / "c.txt"), 5) == b"words"
    finally:
        folder.chmod(0o700)


def test_what_is_not_there_is_an_error(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_regular(str(folder / "no" / "c.txt"), 5)
