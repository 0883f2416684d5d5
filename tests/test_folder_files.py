from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from recipebatch.folder_files import (
    FileTooLargeError,
    NotOwnFileError,
    open_folder,
    read_below,
    replaceable,
    write_below,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file outside of the folder, which must stay as it is."""
    secret = tmp_path / "outside" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text("theirs")
    return secret


def test_a_file_is_written_and_read_with_the_folders_it_needs(folder: Path) -> None:
    write_below(folder, "a/b/c.txt", b"text")
    assert read_below(folder, "a/b/c.txt", max_bytes=4) == b"text"
    assert [path.name for path in (folder / "a" / "b").iterdir()] == ["c.txt"]


def test_the_folder_may_be_a_link_of_the_user(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    write_below(tmp_path / "link", "a.txt", b"text")
    assert read_below(tmp_path / "link", "a.txt", max_bytes=9) == b"text"


def test_a_link_with_the_name_of_the_file_is_replaced_and_never_written_through(folder: Path, secret: Path) -> None:
    (folder / "a.txt").symlink_to(secret)
    with pytest.raises(NotOwnFileError, match=r"'a\.txt' is a link"):
        read_below(folder, "a.txt", max_bytes=99)
    write_below(folder, "a.txt", b"ours")
    assert secret.read_text() == "theirs"
    assert not (folder / "a.txt").is_symlink()


def test_a_hard_link_with_the_name_of_the_file_is_replaced(folder: Path, secret: Path) -> None:
    os.link(secret, folder / "a.txt")
    write_below(folder, "a.txt", b"ours")
    assert secret.read_text() == "theirs"


def test_a_linked_directory_is_neither_read_nor_written(folder: Path, secret: Path) -> None:
    (folder / "sub").symlink_to(secret.parent)
    with pytest.raises(NotOwnFileError, match="'sub' is a link"):
        write_below(folder, "sub/new.txt", b"ours")
    with pytest.raises(NotOwnFileError, match="'sub' is a link"):
        read_below(folder, "sub/secret.txt", max_bytes=99)
    assert [path.name for path in secret.parent.iterdir()] == ["secret.txt"]


def test_a_directory_that_is_replaced_by_a_link_after_it_was_opened_changes_nothing(
    folder: Path, secret: Path, tmp_path: Path
) -> None:
    with open_folder(folder, "sub", create=True) as directory:
        (folder / "sub").rename(tmp_path / "moved")
        (folder / "sub").symlink_to(secret.parent)
        directory.write("secret.txt", b"ours")
    assert secret.read_text() == "theirs"
    assert (tmp_path / "moved" / "secret.txt").read_bytes() == b"ours"


@pytest.mark.parametrize("path", ["../outside/secret.txt", "a/../../outside/secret.txt", "/etc/hosts", "", ".", "a\0b"])
def test_a_path_that_leaves_the_folder_is_refused(folder: Path, secret: Path, path: str) -> None:
    (folder / "a").mkdir()
    with pytest.raises(NotOwnFileError):
        write_below(folder, path, b"ours")
    with pytest.raises(NotOwnFileError):
        read_below(folder, path, max_bytes=99)
    assert secret.read_text() == "theirs"


def test_what_is_no_regular_file_is_refused_without_waiting(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "directory").mkdir()
    for name in ("pipe", "directory"):
        with pytest.raises(NotOwnFileError, match="is not a regular file"):
            read_below(folder, name, max_bytes=9)
    (folder / "file").touch()
    with pytest.raises(NotOwnFileError, match="'file' is not a directory"):
        read_below(folder, "file/a", max_bytes=9)


def test_a_file_larger_than_its_reader_takes_is_refused(folder: Path) -> None:
    (folder / "a").write_bytes(b"12345")
    with pytest.raises(FileTooLargeError):
        read_below(folder, "a", max_bytes=4)


def test_a_missing_file_is_an_ordinary_error(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_below(folder, "a/b", max_bytes=4)


def test_a_file_that_cannot_be_written_leaves_nothing(folder: Path) -> None:
    (folder / "taken").mkdir()
    with pytest.raises(IsADirectoryError):
        write_below(folder, "taken", b"ours")
    assert [path.name for path in folder.iterdir()] == ["taken"]


def test_a_file_has_the_mode_that_was_asked_for(folder: Path) -> None:
    write_below(folder, "key", b"k", mode=0o600)
    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600


def test_temporary_names_are_exclusive(folder: Path) -> None:
    with open_folder(folder) as directory:
        os.close(directory.new_file("a"))
        with pytest.raises(FileExistsError):
            directory.new_file("a")
        (folder / "link").symlink_to(folder / "elsewhere")
        with pytest.raises(FileExistsError):
            directory.new_file("link")
    assert not (folder / "elsewhere").exists()


def test_a_device_is_not_replaced_and_a_link_stays(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "device"):
        with pytest.raises(OSError, match="no regular file"):
            replaceable(tmp_path / name)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert replaceable(tmp_path / "link") == (tmp_path / "file").resolve()
