from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from recipebatch.files import ListedFile, Listing, ListingBudget, TooManyFilesError, Unlisted, files_in, listed_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.txt", "b/c.txt", "b/d/e.txt", "skip/f.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "b" / "file").symlink_to(tmp_path / "a.txt")
    (tmp_path / "b" / "round").symlink_to("round")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def all_of(folder: Path, budget: ListingBudget, how: Listing) -> tuple[list[str], list[str]]:
    """The names of the files, and what is said of the others."""
    listed = list(listed_files(str(folder), budget, how))
    files = sorted(f"{file.name}{' by a link' * file.is_link}" for file in listed if isinstance(file, ListedFile))
    others = sorted(f"{file.name} {file.why} [{file.code}]" for file in listed if isinstance(file, Unlisted))
    return files, others


def names(folder: Path, budget: ListingBudget, *, deep: bool = True) -> list[str]:
    return all_of(folder, budget, Listing(deep=deep, skip={str(folder / "skip")}))[0]


def test_files_are_listed_and_what_is_no_file_is_named(folder: Path) -> None:
    files, others = all_of(folder, ListingBudget(), Listing(deep=True, skip={str(folder / "skip")}))
    assert files == ["a.txt", "b/c.txt", "b/d/e.txt", "b/file by a link"]
    assert others == ["b/round is a circular link [circular-link]", "pipe is a pipe, not a file [not-a-file]"]
    assert names(folder, ListingBudget(), deep=False) == ["a.txt"]


def test_links_to_folders_are_followed_where_that_is_wanted_and_no_circle_is(tmp_path: Path) -> None:
    for name in ("data/v1/f.txt", "data/v1/deep/g.txt", "data/.git/config", "outside/x.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    data = tmp_path / "data"
    (data / "current").symlink_to("v1")
    (data / "v1" / "deep" / "up").symlink_to("..")
    (data / "v1" / "other").symlink_to("../w")
    (data / "w").mkdir()
    (data / "w" / "back").symlink_to("../v1")
    (data / "elsewhere").symlink_to(tmp_path / "outside")
    (data / "whole").symlink_to(".")
    (data / "hidden").symlink_to(".git")
    (data / "gone").symlink_to("nothing")
    followed = Listing(deep=True, follow=True)
    files, others = all_of(data, ListingBudget(), followed)
    assert [name for name in files if "w/" not in name and "other/" not in name] == [
        "current/deep/g.txt by a link", "current/f.txt by a link", "v1/deep/g.txt", "v1/f.txt"
    ]  # fmt: skip
    circular = "is a circular link: it leads to a folder that holds it [circular-link]"
    assert others == [
        ".git is left out: git keeps passwords there []",
        f"current/deep/up {circular}",
        f"current/other/back {circular}",
        "elsewhere is a link to outside the folder [files-outside]",
        "gone is a link to nothing [missing-file]",
        "hidden is a link to what git keeps, which can hold passwords [files-outside]",
        f"v1/deep/up {circular}",
        f"v1/other/back {circular}",
        f"w/back/deep/up {circular}",
        f"w/back/other {circular}",
        f"whole {circular}",
    ]
    assert "current/f.txt by a link" not in all_of(data, ListingBudget(), Listing(deep=True))[0]
    left = Listing(deep=True, follow=True, leaves_out=lambda name, is_folder: is_folder or name == "gone")
    assert all_of(data, ListingBudget(), left) == ([], [])


def test_files_behind_many_links_are_bounded(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "a").symlink_to(f"../{number + 1}")
        (tmp_path / f"{number}" / "b").symlink_to(f"../{number + 1}")
    (tmp_path / "20").mkdir()
    with pytest.raises(TooManyFilesError):
        all_of(tmp_path, ListingBudget(left=2000), Listing(deep=True, follow=True))


def test_a_folder_that_is_not_there_is_said(folder: Path) -> None:
    found = all_of(folder / "nothing", ListingBudget(), Listing(deep=True))
    assert found == ([], [" cannot be listed: No such file or directory [missing-file]"])


def test_the_files_of_a_folder_include_links_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x")
    (tmp_path / "self.yaml").symlink_to("self.yaml")
    (tmp_path / ".#a.yaml").symlink_to("user@host.1")
    (tmp_path / "out.yaml").symlink_to("/etc/hosts")
    assert [path.name for path in files_in(tmp_path)] == ["a.yaml", "self.yaml"]


def test_everything_that_is_looked_at_counts(folder: Path) -> None:
    budget = ListingBudget(left=20)
    names(folder, budget)
    used = 20 - budget.left
    assert used == 10
    names(folder, ListingBudget(left=used))
    with pytest.raises(TooManyFilesError, match="files and folders would have to be looked at"):
        names(folder, ListingBudget(left=used - 1))
