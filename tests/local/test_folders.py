from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import LocalAccountError
from recipebatch.local.folders import folders, in_words, make_private, older, write_private

if TYPE_CHECKING:
    from pathlib import Path


def test_two_variables_move_the_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("RECIPEBATCH_CACHE_DIR", str(tmp_path / "cache"))
    found = folders()
    assert found.state == tmp_path / "state" / "local"
    assert found.cache == tmp_path / "cache"


def test_without_them_the_folders_are_those_of_the_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECIPEBATCH_STATE_DIR", "RECIPEBATCH_CACHE_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    found = folders()
    assert found.state.is_relative_to(tmp_path)
    assert found.cache.is_relative_to(tmp_path)
    assert found.state.name == "local"


def test_a_relative_state_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", "here")
    assert folders().state == tmp_path / "here" / "local"


def test_everything_that_a_reset_deletes_lies_in_the_state_folder_and_no_lock_is_among_it() -> None:
    paths = folders()
    assert all(path.parent == paths.state for path in paths.state_files)
    assert not {paths.command_lock, paths.service_lock} & set(paths.state_files)
    assert older(paths.log) in paths.state_files


def test_a_private_file_is_replaced_at_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = make_private(tmp_path / "a" / "b")
    assert folder.stat().st_mode & 0o777 == 0o700
    for text in ("one", "two"):
        write_private(folder / "file", text)
        assert (folder / "file").read_text("utf-8") == text
    assert (folder / "file").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_what_is_created_is_private_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = make_private(tmp_path / "a" / "b" / "c")
        write_private(folder / "file", "text")
    finally:
        os.umask(before)
    made = (tmp_path / "a", tmp_path / "a" / "b", folder)
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700] * 3
    assert (folder / "file").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("variable", ["RECIPEBATCH_STATE_DIR", "RECIPEBATCH_CACHE_DIR"])
def test_a_chosen_folder_that_others_can_write_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o775)
    monkeypatch.setenv(variable, str(tmp_path / "open"))
    with pytest.raises(LocalAccountError, match="other users can write to the folder") as error:
        folders()
    assert error.value.hint == f"chmod go-w {tmp_path / 'open'}"


def test_the_state_below_a_chosen_folder_is_checked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path))
    (tmp_path / "local").mkdir()
    (tmp_path / "local").chmod(0o777)
    with pytest.raises(LocalAccountError, match="other users can write to the folder"):
        folders()


def test_a_default_folder_that_an_earlier_version_opened_to_the_group_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RECIPEBATCH_STATE_DIR", "RECIPEBATCH_CACHE_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    cache = make_private(folders().cache)
    cache.chmod(0o775)
    assert folders().cache == cache
    assert cache.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("home", ["", "relative"])
def test_an_unknown_home_folder_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    for name in ("RECIPEBATCH_STATE_DIR", "RECIPEBATCH_CACHE_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", home)
    with pytest.raises(LocalAccountError, match="the home folder is unknown") as error:
        folders()
    assert "RECIPEBATCH_STATE_DIR" in str(error.value.hint)


def test_a_relative_folder_without_a_working_directory_is_an_error_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", "here")
    with pytest.raises(LocalAccountError, match=r"cannot find the folder here \(RECIPEBATCH_STATE_DIR\)"):
        folders()


def test_a_file_that_cannot_be_replaced_keeps_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_private(tmp_path / "file", "old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        write_private(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_error_of_the_system_is_told_in_words() -> None:
    for number, hint in ((errno.ENOSPC, "free some space"), (errno.EROFS, "RECIPEBATCH_CACHE_DIR")):
        with pytest.raises(LocalAccountError, match="cannot install it: ") as error, in_words("install it"):
            raise OSError(number, os.strerror(number))
        assert hint in str(error.value.hint)
