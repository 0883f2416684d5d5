from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from recipebatch import bundled_files
from recipebatch.files import AllowedPath, ReadAccess, RefusedPathError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home folder."""
    path = tmp_path / "users" / "me"
    path.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(path))
    return path


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    return path


def may_read(access: ReadAccess, path: Path) -> bool:
    try:
        return access.checked(path) == os.path.realpath(path)
    except RefusedPathError:
        return False


def test_a_recipe_reads_its_folder_and_its_repository(home: Path) -> None:
    recipe, beside = write(home / "work" / "recipes" / "r.yaml"), write(home / "work" / "data.csv")
    assert may_read(ReadAccess.of_recipe(recipe.parent), recipe)
    assert not may_read(ReadAccess.of_recipe(recipe.parent), beside)
    write(home / "work" / ".git" / "HEAD")
    access = ReadAccess.of_recipe(recipe.parent)
    assert may_read(access, beside)
    assert not may_read(access, home / "other.csv")
    assert not may_read(access, home / "work" / ".git" / "HEAD")
    assert not may_read(access, home / "work" / ".GIT" / "HEAD")


def test_no_recipe_reads_the_git_folder_of_a_repository_below_its_own_folder(home: Path) -> None:
    access = ReadAccess.of_recipe(home / "work")
    assert may_read(access, write(home / "work" / "clone" / "data.csv"))
    for name in ("clone/.git/config", "a/b/.Git/config", "submodule/.git"):
        assert not may_read(access, write(home / "work" / name))


@pytest.mark.parametrize("root", [".", "..", "../.."])
def test_a_repository_that_holds_the_home_folder_is_no_project(home: Path, root: str) -> None:
    recipe, beside = write(home / "recipes" / "r.yaml"), write(home / "data.csv")
    write(home / root / ".git" / "HEAD")
    assert not may_read(ReadAccess.of_recipe(recipe.parent), beside)


def test_a_repository_that_anyone_can_write_to_is_no_project(home: Path) -> None:
    recipe, beside = write(home / "shared" / "recipes" / "r.yaml"), write(home / "shared" / "data.csv")
    write(home / "shared" / ".git" / "HEAD")
    (home / "shared").chmod(0o1777)
    assert not may_read(ReadAccess.of_recipe(recipe.parent), beside)


def test_a_recipe_in_the_home_folder_reads_no_hidden_file(home: Path) -> None:
    access = ReadAccess.of_recipe(home)
    assert may_read(access, write(home / "data" / "a.csv"))
    assert not may_read(access, write(home / ".ssh" / "id_rsa"))
    assert not may_read(access, write(home / "work" / ".env"))
    above = ReadAccess.of_recipe(home.parent)
    assert may_read(above, write(home.parent / "a.csv"))
    assert not may_read(above, home / "data" / "a.csv")


def test_the_files_of_bundled_recipes_may_always_be_read(home: Path) -> None:
    assert may_read(ReadAccess.of_recipe(home), bundled_files.recipes()["topn"])


def test_an_allowed_folder_allows_all_below_it_and_a_pattern_what_fits(home: Path) -> None:
    access = ReadAccess.of_recipe(home / "r")
    for name in ("data/a.csv", "data/b.txt", "data2/a.csv"):
        write(home / name)
    allowed = access.with_allowed([AllowedPath.of("data", home)])
    assert [may_read(allowed, home / name) for name in ("data/a.csv", "data", "data2/a.csv")] == [True, True, False]
    allowed = access.with_allowed([AllowedPath.of("data/*.csv", home)])
    assert [may_read(allowed, home / name) for name in ("data/a.csv", "data/b.txt", "data2/a.csv")] == [
        True,
        False,
        False,
    ]
    assert ReadAccess.allowed_from_json(allowed.to_json()) == allowed.allowed


def test_a_path_that_is_none_is_refused(home: Path) -> None:
    with pytest.raises(RefusedPathError, match="is not a path"):
        ReadAccess.of_recipe(home).checked(f"{home}/a\0b")


def test_the_refusal_says_where_a_link_leads_and_how_to_allow_it(home: Path) -> None:
    (home / "r").mkdir()
    target = write(home / "a b")
    (home / "r" / "link").symlink_to(target)
    with pytest.raises(
        RefusedPathError, match=f"link .it leads to {target}. is outside the recipe's folder"
    ) as refused:
        ReadAccess.of_recipe(home / "r").checked(home / "r" / "link")
    assert f"--allow-path '{target}'" in refused.value.hint


def test_what_is_allowed_is_read_up_to_a_limit(home: Path) -> None:
    write(home / "r" / "a.txt")
    access = ReadAccess.of_recipe(home / "r")
    assert access.read(home / "r" / "a.txt", 1) == b"x"
    with pytest.raises(OSError, match="more than 0 bytes"):
        access.read(home / "r" / "a.txt", 0)
    with access.open(home / "r" / "a.txt") as file:
        assert file.read() == b"x"
