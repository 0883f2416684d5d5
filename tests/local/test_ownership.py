from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from recipebatch.errors import LocalAccountError
from recipebatch.local.ownership import check_files, check_own_folder, check_program


def check(folder: Path) -> None:
    check_own_folder(folder, variable="RECIPEBATCH_CACHE_DIR")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "above" / "folder"
    made.mkdir(parents=True, mode=0o700)
    return made


def test_a_folder_of_ones_own_is_accepted_also_before_it_exists(folder: Path) -> None:
    check(folder)
    check(folder / "not" / "there")


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o1777, 0o720, 0o702])
def test_a_folder_that_others_can_write_to_is_refused(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    with pytest.raises(LocalAccountError, match=f"other users can write to the folder .*{mode:04o}") as error:
        check(folder)
    assert error.value.hint == f"chmod go-w {folder}"
    assert error.value.exit_code == 4


@pytest.mark.parametrize("mode", [0o707, 0o777, 0o702])
def test_a_folder_that_others_can_replace_is_refused(folder: Path, mode: int) -> None:
    folder.parent.chmod(mode)
    for place in (folder, folder / "not" / "there"):
        with pytest.raises(LocalAccountError, match=f"can replace the folder .*: {folder.parent} has mode") as error:
            check(place)
        assert "RECIPEBATCH_CACHE_DIR" in str(error.value.hint)


def test_a_folder_in_one_with_the_sticky_bit_is_accepted(folder: Path) -> None:
    folder.parent.chmod(0o1777)
    check(folder)


def test_links_are_followed_and_what_they_lead_through_is_checked(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    relative = tmp_path / "relative"
    relative.symlink_to(Path("above") / ".." / "above")
    check(link)
    check(relative / "folder")
    folder.parent.chmod(0o777)
    for path in (link, relative / "folder"):
        with pytest.raises(LocalAccountError, match="can replace"):
            check(path)
    folder.parent.chmod(0o700)
    folder.chmod(0o777)
    with pytest.raises(LocalAccountError, match="other users can write to the folder"):
        check(link)


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(LocalAccountError, match="too many links"):
        check(tmp_path / "a" / "folder")


def another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this process believes to run for another user than the owner of its files."""
    monkeypatch.setattr(os, "getuid", lambda: Path(__file__).stat().st_uid + 4711)


def test_a_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    another_user(monkeypatch)
    with pytest.raises(LocalAccountError, match="belongs to") as error:
        check(folder)
    assert "RECIPEBATCH_CACHE_DIR" in str(error.value.hint)


def test_files_that_others_can_change_are_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "deep").mkdir(mode=0o755)
    file = folder / "deep" / "file"
    file.write_text("")
    file.chmod(0o644)
    (folder / "link").symlink_to("nowhere")
    check_files(folder)
    file.chmod(0o664)
    with pytest.raises(LocalAccountError, match=r"other users can change .*/deep/file: it has mode 0664"):
        check_files(folder)
    file.chmod(0o644)
    another_user(monkeypatch)
    with pytest.raises(LocalAccountError, match="other users can change"):
        check_files(folder)


def test_a_program_that_everybody_can_replace_is_refused(folder: Path) -> None:
    program = folder / "node"
    program.write_text("")
    program.chmod(0o775)
    check_program(program)
    check_program(Path(sys.executable))
    program.chmod(0o757)
    with pytest.raises(LocalAccountError, match=r"every user can replace the program .*: .*/node has mode 0757"):
        check_program(program)
    program.chmod(0o755)
    folder.chmod(0o757)
    with pytest.raises(LocalAccountError, match="every user can replace the program"):
        check_program(program)
