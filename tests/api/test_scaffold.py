from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from recipebatch import Recipe, bundled_files
from recipebatch.api import bundled, findings, new_recipe, run_tests, schema
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = sorted(bundled_files.recipes())


def test_every_bundled_recipe_is_listed_with_what_it_does() -> None:
    assert [recipe.name for recipe in bundled()] == NAMES
    assert all(recipe.description for recipe in bundled())
    topn = next(recipe for recipe in bundled() if recipe.name == "topn")
    words = topn.parameters[0]
    assert (words.name, words.type, words.default) == ("words", "integer", 3)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_of_ones_own_begins_as_a_bundled_one_and_needs_nothing_outside_its_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_recipe("mine", name, into=tmp_path)
    assert made.recipe == tmp_path / "mine" / "mine.yaml"
    assert {path.name for path in tmp_path.iterdir()} == {"mine"}
    text = made.recipe.read_text(encoding="utf-8")
    assert not re.search(r"\.\./", text)
    assert text.startswith("# yaml-language-server: $schema=recipe.schema.json\n")
    assert (made.recipe.parent / "recipe.schema.json").is_file()
    monkeypatch.chdir(made.recipe.parent)
    mine, origin = Recipe.load("mine.yaml"), Recipe.load(f"builtin:{name}")
    assert mine.name == "mine"
    if all(parameter.has_default for parameter in origin.parameters if parameter.type != "secret"):
        ours, theirs = mine.plan(), origin.plan()
        blobs = [[upload.blob for upload in container.uploads] for container in theirs.containers]
        assert [[upload.blob for upload in container.uploads] for container in ours.containers] == blobs
        assert all(
            upload.source is not None and upload.source.is_relative_to(tmp_path)
            for it in ours.containers
            for upload in it.uploads
        )
        assert [len(job.tasks or ()) for job in ours.jobs] == [len(job.tasks or ()) for job in theirs.jobs]
    assert [problem for problem in findings(["mine.yaml"]) if problem.severity != "note"] == []
    if (made.recipe.parent / "mine.test.yaml").is_file():
        assert run_tests(["mine.yaml"]).failed == 0


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(UsageError, match="mine exists already"):
        new_recipe("mine", "topn", into=tmp_path)
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize("name", ["", "a b", "-a", "../a", "a/b", "ä"])
def test_a_name_that_no_recipe_can_have_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be the name of a recipe|exists already"):
        new_recipe(name, "topn", into=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_origin_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no bundled recipe 'topm'") as caught:
        new_recipe("mine", "topm", into=tmp_path)
    assert caught.value.hint == "did you mean topn?"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        new_recipe("mine", "topn", into=tmp_path / "no" / "such")


def test_both_schemas_are_there() -> None:
    assert '"recipebatch recipe, schema_version 1"' in schema()
    assert '"recipebatch recipe test"' in schema("recipe-test")
    with pytest.raises(UsageError, match="there is no schema of x"):
        schema("x")
