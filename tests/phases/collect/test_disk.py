from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from recipebatch.folder_files import OpenDirectory
from recipebatch.phases.collect.disk import Disk, disk_of

if TYPE_CHECKING:
    from pathlib import Path


def test_the_disk_is_asked_and_nothing_is_left_there(tmp_path: Path) -> None:
    (tmp_path / "Probe").write_text("")
    with disk_of(tmp_path / "not" / "there") as disk:
        assert disk.folds_case == (tmp_path / "pROBE").exists()
        assert (disk.takes("a"), disk.takes("a\x00b"), disk.takes("x" * 256)) == (True, False, False)
        assert disk.longest_name == 255
    assert [path.name for path in tmp_path.iterdir()] == ["Probe"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other disks")
def test_a_disk_of_linux_takes_what_others_refuse(tmp_path: Path) -> None:
    with disk_of(tmp_path) as disk:
        assert all(map(disk.takes, ["a:b", "a%b", "aux", "a.", "a ", "a\\b", "a?b", "\u00e9", "a\nb"]))


def test_no_link_is_followed_for_it(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "results", tmp_path / "elsewhere"
    (folder / "in").mkdir(parents=True)
    elsewhere.mkdir()
    (folder / "out").symlink_to(elsewhere)
    before = elsewhere.stat().st_mtime_ns
    with disk_of(folder, "out/in") as disk:
        assert (disk.folds_case, disk.takes("a:b")) == (False, True)
    assert elsewhere.stat().st_mtime_ns == before


class Dropping(OpenDirectory):
    """A directory of a disk that keeps names without their last dot, as FAT does, and refuses colons."""

    def __init__(self) -> None:
        super().__init__(-1)
        self.made: list[str] = []

    def new_file(self, name: str, mode: int = 0o666) -> int:  # noqa: ARG002 - as of the real one
        import os

        if ":" in name:
            raise OSError(22, "Invalid argument")
        self.made.append(name.rstrip("."))
        return os.open(os.devnull, os.O_RDONLY)

    def names(self) -> list[str]:
        return list(self.made)

    def status(self, name: str) -> None:  # noqa: ARG002
        return None

    def remove(self, name: str) -> None:
        if name in self.made:
            self.made.remove(name)


def test_a_disk_that_refuses_or_changes_a_name_does_not_take_it() -> None:
    disk = Disk(Dropping())
    assert [disk.takes(name) for name in ("a", "a:b", "a.", "a.b", "a:b")] == [True, False, False, True, False]
