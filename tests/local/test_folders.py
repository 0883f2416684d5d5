from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.local.folders import folders, make_private, older, write_private

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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
