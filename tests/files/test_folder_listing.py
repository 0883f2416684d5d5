from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from recipebatch.files import ListingBudget, TooManyFilesError, listed_files

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


def names(folder: Path, budget: ListingBudget, *, deep: bool = True) -> list[str]:
    return sorted(file.name for file in listed_files(str(folder), budget, deep=deep, skip={str(folder / "skip")}))


def test_files_are_listed_and_no_folder_behind_a_link_is_entered(folder: Path) -> None:
    assert names(folder, ListingBudget()) == ["a.txt", "b/c.txt", "b/d/e.txt", "b/file"]
    assert names(folder, ListingBudget(), deep=False) == ["a.txt"]
    links = [file.name for file in listed_files(str(folder), ListingBudget(), deep=True) if file.is_link]
    assert links == ["b/file"]


def test_a_folder_that_is_not_there_has_no_files(folder: Path) -> None:
    assert names(folder / "nothing", ListingBudget()) == []


def test_everything_that_is_looked_at_counts(folder: Path) -> None:
    budget = ListingBudget(left=20)
    names(folder, budget)
    used = 20 - budget.left
    assert used == 10
    names(folder, ListingBudget(left=used))
    with pytest.raises(TooManyFilesError, match="files and folders would have to be looked at"):
        names(folder, ListingBudget(left=used - 1))
