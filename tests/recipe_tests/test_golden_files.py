"""Golden files are read and written below the folder of the test file, and nothing else is replaced."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from recipe_tests.demo import CASE, run

from recipebatch.errors import InvalidRecipeError
from recipebatch.recipe_tests.golden_files import GoldenFile, UnusableGoldenFileError, is_golden

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("../mine", "ABSOLUTE", "a/../../mine", "./../mine", "..", "/", ".profile", "a/.git/config", "a\\\\b", "")
PLAN = '{"run_id": "test", "recipe_name": "demo"}\n'


@pytest.fixture
def mine(folder: Path) -> Path:
    """A file of the user's outside of the folder of the test."""
    file = folder.parent / "mine"
    file.write_text("precious")
    return file


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("update", [True, False])
def test_a_golden_file_elsewhere_is_refused_at_its_position(mine: Path, name: str, *, update: bool) -> None:
    name = name.replace("ABSOLUTE", str(mine))
    with pytest.raises(InvalidRecipeError) as refused:
        run(f'{CASE}    golden: "{name}"\n', update=update)
    (problem,) = refused.value.problems
    assert problem.code in {"files-outside", "invalid-recipe"}
    assert problem.at.line == 5
    assert mine.read_text() == "precious"


@pytest.mark.parametrize("name", ["link", "folder/mine", "dangling"])
def test_no_link_is_followed_to_a_golden_file(folder: Path, mine: Path, name: str) -> None:
    (folder / "link").symlink_to(mine)
    (folder / "folder").symlink_to(folder.parent)
    (folder / "dangling").symlink_to(folder.parent / "new")
    for update in (True, False):
        ((failure,),) = [case.failures for case in run(f"{CASE}    golden: {name}\n", update=update).cases]
        assert "is a link" in failure.message
        assert "precious" not in str(failure)
    assert mine.read_text() == "precious"
    assert not (folder.parent / "new").exists()


@pytest.mark.parametrize("content", ["precious", "", "[]", '{"a": 1}', "[" * 100_000, '{"run_id": "test"'])
def test_a_file_that_is_no_golden_file_is_not_replaced(folder: Path, content: str) -> None:
    (folder / "README.md").write_text(content)
    ((failure,),) = [case.failures for case in run(f"{CASE}    golden: README.md\n", update=True).cases]
    assert failure.message.startswith("README.md is not replaced: it is no golden file")
    assert (folder / "README.md").read_text() == content


def test_what_is_no_regular_file_is_neither_read_nor_replaced(folder: Path) -> None:
    os.mkfifo(folder / "pipe.json")
    (folder / "sub.json").mkdir()
    (folder / "bytes.json").write_bytes(b"\xff")
    for name in ("pipe.json", "sub.json", "bytes.json"):
        ((failure,),) = [case.failures for case in run(f"{CASE}    golden: {name}\n", update=True).cases]
        assert failure.message.startswith(f"{name} is not ")
    assert sorted(path.name for path in folder.iterdir() if path.name.endswith(".part")) == []


def test_a_golden_file_is_written_below_new_folders_and_replaced(folder: Path) -> None:
    text = f"{CASE}    golden: golden/plans/demo.json\n"
    assert run(text, update=True).cases[0].updated == "golden/plans/demo.json"
    path = folder / "golden" / "plans" / "demo.json"
    written = path.read_text()
    assert is_golden(written)
    path.write_text(PLAN)
    assert run(text, update=True).cases[0].updated == "golden/plans/demo.json"
    assert path.read_text() == written
    assert list(path.parent.iterdir()) == [path]


def test_a_golden_file_that_cannot_be_written_is_told(folder: Path) -> None:
    (folder / "file").write_text("x")
    with pytest.raises(UnusableGoldenFileError, match="is not read: 'file' is not a directory"):
        GoldenFile(folder, "file/plan.json").write(PLAN)
    assert GoldenFile(folder, "none/plan.json").read() is None


@pytest.mark.parametrize("recipe", ["../other.yaml", "ABSOLUTE", "link.yaml"])
def test_a_test_file_names_no_recipe_of_elsewhere(folder: Path, recipe: str) -> None:
    other = folder.parent / "other.yaml"
    other.write_text("a: secret")
    (folder / "link.yaml").symlink_to(other)
    (folder / "demo.test.yaml").write_text("")
    with pytest.raises(InvalidRecipeError, match="is outside the folder of the test file") as refused:
        run(f"{CASE}    tasks: 1\nrecipe: {recipe.replace('ABSOLUTE', str(other))}\n")
    assert refused.value.problems[0].at.line == 6
