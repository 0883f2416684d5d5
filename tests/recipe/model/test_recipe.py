"""What a checked recipe answers about its own parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.recipe import read_recipe

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.recipe import Recipe

TEXT = """\
extends: shared/base.yaml
name: demo
parameters: {count: {type: integer, default: 1}}
tasks: [{name: first, command_line: echo hello}]
"""
BASE = """\
schema_version: 1
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3}
storage: {input: {}, output: {}}
parameters: {team: {default: blue}}
"""


def recipe_in(folder: Path) -> Recipe:
    (folder / "shared").mkdir()
    (folder / "shared" / "base.yaml").write_text(BASE, encoding="utf-8")
    (folder / "recipe.yaml").write_text(TEXT, encoding="utf-8")
    return read_recipe(folder / "recipe.yaml")


def test_relative_paths_start_in_the_folder_of_the_file_that_has_them(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path)
    (base,) = recipe.fragments
    assert recipe.folder_of(recipe.file) == tmp_path
    assert recipe.folder_of(base.display_name) == tmp_path / "shared"
    assert recipe.folder_of("parameters.yaml") == tmp_path


def test_a_text_is_mentioned_if_any_file_of_the_recipe_has_it(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path)
    assert recipe.mentions("echo hello")
    assert recipe.mentions("ubuntu-24.04")
    assert not recipe.mentions("windows")


def test_parameters_and_containers_are_found_by_name(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path)
    count, team, container = recipe.parameter("count"), recipe.parameter("team"), recipe.container("output")
    assert count is not None
    assert team is not None
    assert container is not None
    assert (count.type, count.default, team.default, container.name) == ("integer", 1, "blue", "output")
    assert (recipe.parameter("Count"), recipe.container("outputs")) == (None, None)


def test_a_recipe_with_pool_and_tasks_has_one_pool_and_one_job(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path)
    assert recipe.pools == (recipe.pool,)
    assert recipe.jobs == (recipe.job,)
    assert [task.name for task in recipe.tasks] == ["first"]
