from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from recipebatch.emulator.node_agent.files.mount_changes import FOLDER, FOUND, MADE, Synced
from recipebatch.emulator.node_agent.files.mounted_folder import MountedFolder, settled

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> MountedFolder:
    found = MountedFolder(tmp_path / "data", writable=True)
    found.create(empty=True)
    return found


def test_files_and_empty_folders_are_entries(tmp_path: Path, folder: MountedFolder) -> None:
    (tmp_path / "data" / "deep" / "empty").mkdir(parents=True)
    (tmp_path / "data" / "deep" / "a").write_text("1")
    files, refused = folder.files({})
    assert set(files) == {"deep/a", "deep/empty/"}
    assert (files["deep/empty/"], refused) == (FOLDER, {})


def test_a_folder_that_is_marked_in_the_container_stays_an_entry_when_it_is_filled(
    tmp_path: Path, folder: MountedFolder
) -> None:
    for name in ("made", "found"):
        (tmp_path / "data" / name).mkdir()
        (tmp_path / "data" / name / "a").write_text("1")
    known = {"made/": Synced("e", MADE, FOLDER), "found/": Synced("e", FOUND, FOLDER)}
    assert set(folder.files(known)[0]) == {"made/a", "found/a", "found/"}


def test_what_no_blob_can_be_is_refused_with_a_reason(tmp_path: Path, folder: MountedFolder) -> None:
    os.mkfifo(tmp_path / "data" / "pipe")
    (tmp_path / "data" / "link").symlink_to("/etc/hostname")
    (tmp_path / "data" / "back\\slash").write_text("1")
    files, refused = folder.files({})
    assert files == {}
    assert refused == {
        "pipe": "is neither a file nor a folder",
        "link": "is a link, which a blob cannot be",
        "back\\slash": "has a backslash in its name, which the storage service makes a slash",
    }


def test_a_file_that_was_written_meanwhile_is_neither_replaced_nor_deleted(
    tmp_path: Path, folder: MountedFolder
) -> None:
    path, content = tmp_path / "data" / "a", tmp_path / "content"
    path.write_text("old")
    before = folder.mark("a")
    path.write_text("newer")
    content.write_text("from the container")
    assert folder.place("a", before, content) is None
    folder.delete("a", before, {})
    assert path.read_text() == "newer"
    assert folder.place("a", folder.mark("a"), content) is not None
    assert path.read_text() == "from the container"


def test_an_unmarked_folder_goes_with_its_last_file(tmp_path: Path, folder: MountedFolder) -> None:
    for name in ("a/b/c", "m/b/c"):
        (tmp_path / "data" / name).parent.mkdir(parents=True)
        (tmp_path / "data" / name).write_text("1")
        folder.delete(name, folder.mark(name), {"m/": Synced("e", FOUND, FOLDER)})
    assert [each.name for each in (tmp_path / "data").iterdir()] == ["m"]


def test_a_file_written_just_now_has_no_mark_to_trust(tmp_path: Path, folder: MountedFolder) -> None:
    path = tmp_path / "data" / "a"
    path.write_text("1")
    os.utime(path, (1, 1))
    assert settled(folder.mark("a")) == folder.mark("a")
    os.utime(path)
    assert settled(folder.mark("a")) == FOLDER
