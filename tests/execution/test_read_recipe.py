from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recipebatch import Recipe, bundled_files
from recipebatch.errors import InvalidRecipeError, UsageError
from recipebatch.execution.read_recipe import bound, checked_parameters, load_recipe, offline_plan, recipe_path


def test_a_recipe_is_a_path_or_a_bundled_one() -> None:
    assert recipe_path("some/recipe.yaml") == Path("some/recipe.yaml")
    assert recipe_path("builtin:topn") == bundled_files.recipes()["topn"]
    with pytest.raises(UsageError, match="there is no bundled recipe 'topm'") as caught:
        recipe_path("builtin:topm")
    assert "topn" in str(caught.value.hint)


def test_errors_call_a_recipe_as_the_user_did() -> None:
    assert load_recipe("builtin:topn").file == "builtin:topn"


def test_a_plan_needs_no_run() -> None:
    plan = offline_plan(load_recipe("builtin:topn"), {"words": 5})
    assert plan.run_id == "new-run"
    assert plan.jobs[0].tasks


def test_what_is_given_is_stronger_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = load_recipe("builtin:topn")
    assert checked_parameters(recipe, {}) == {}
    monkeypatch.setenv("RECIPEBATCH_PARAM_WORDS", "7")
    assert checked_parameters(recipe, {}) == {"words": "7"}
    assert checked_parameters(recipe, {"words": 5}) == {"words": 5}
    with pytest.raises(UsageError):
        checked_parameters(recipe, {"word": 5})


def test_what_a_run_is_made_from_is_its_parameters_and_its_files() -> None:
    parameters, inputs = bound(load_recipe("builtin:topn"), {"words": 5})
    assert parameters["words"] == 5
    assert sum(len(files) for files in inputs.files.values()) > 0


RECIPE = """\
schema_version: 1
name: demo
pool: {existing: p}
parameters: {data: {type: file, default: own.txt}, folder: {default: own.txt}}
storage:
  c: {uploads: [{source: '${{ params.data }}', prefix: data/}, {source: '${{ params.folder }}', prefix: folder/}]}
tasks: [{command_line: a}]
"""


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """A recipe in a folder, beside a file of the user who stands above both."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECIPEBATCH_CONFIG_DIR", str(tmp_path / "settings"))
    for name in ("r/own.txt", "mine/key"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a")
    (tmp_path / "r" / "recipe.yaml").write_text(RECIPE)
    return Recipe.load("r/recipe.yaml")


def uploaded(recipe: Recipe, **options: Any) -> list[str]:
    """The files that a plan uploads, except the recipe's own."""
    found = [str(each.source) for each in recipe.plan(**options).containers[0].uploads]
    return [path for path in found if not path.endswith("own.txt")]


@pytest.mark.parametrize("given", [{"data": "mine/key"}, {"folder": "../mine"}, {"folder": "../mine/*"}])
def test_a_path_that_the_user_gives_may_be_read(recipe: Recipe, tmp_path: Path, given: dict[str, str]) -> None:
    assert uploaded(recipe.with_params(given)) == [str(tmp_path / "mine" / "key")]


def test_a_path_in_the_environment_of_the_user_may_be_read(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECIPEBATCH_PARAM_DATA", "mine/key")
    assert uploaded(recipe) == [str(tmp_path / "mine" / "key")]


@pytest.mark.parametrize(("place", "allowed"), [("r/p.yaml", False), ("p.yaml", True)])
def test_a_file_of_parameters_that_came_with_the_recipe_allows_nothing(
    recipe: Recipe, tmp_path: Path, place: str, *, allowed: bool
) -> None:
    (tmp_path / place).write_text("data: mine/key\n")
    loaded = recipe.with_params_file(Path(place))
    if allowed:
        assert len(uploaded(loaded)) == 1
        return
    with pytest.raises(InvalidRecipeError, match="outside the recipe's folder"):
        loaded.plan()
    # The user's own word is stronger than the file.
    assert len(uploaded(loaded.with_params(data="mine/key"))) == 1


def test_a_link_to_a_file_of_parameters_that_came_with_the_recipe_allows_nothing(
    recipe: Recipe, tmp_path: Path
) -> None:
    _written(tmp_path / "elsewhere" / "p.yaml", "data: mine/key\n")
    (tmp_path / "r" / "p.yaml").symlink_to(tmp_path / "elsewhere" / "p.yaml")
    with pytest.raises(InvalidRecipeError, match="outside the recipe's folder"):
        recipe.with_params_file(Path("r/p.yaml")).plan()


@pytest.mark.parametrize("value", ["/", "HOME", "HOME/**", "/*/**"])
def test_a_value_that_happens_to_be_a_broad_path_allows_nothing(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "mine"))
    with pytest.raises(InvalidRecipeError, match="outside the recipe's folder"):
        recipe.with_params(folder=value.replace("HOME", str(tmp_path / "mine"))).plan()


def test_the_user_allows_paths_by_an_option_and_by_settings(recipe: Recipe, tmp_path: Path) -> None:
    given = recipe.with_params_file(_written(tmp_path / "r" / "p.yaml", "folder: ../mine/key\n"))
    assert len(uploaded(given, allow_paths=[Path("mine")])) == 1
    with pytest.raises(UsageError, match="--allow-path nothing: there is no such file or folder"):
        given.plan(allow_paths=[Path("nothing")])
    _written(tmp_path / "settings" / "accounts.yaml", "allow_paths: [../mine]\n")
    assert len(uploaded(given)) == 1


def test_settings_that_came_with_the_recipe_allow_nothing(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECIPEBATCH_CONFIG_DIR", "r")
    _written(tmp_path / "r" / "accounts.yaml", "allow_paths: [/]\n")
    given = recipe.with_params_file(_written(tmp_path / "r" / "p.yaml", "folder: ../mine/key\n"))
    with pytest.raises(InvalidRecipeError, match="outside the recipe's folder"):
        given.plan()


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path
