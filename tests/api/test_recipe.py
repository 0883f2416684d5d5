"""Recipes from Python: the small API that the command itself uses. mypy holds the types against `assert_type`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, assert_type

import pytest

import recipebatch
from recipebatch import InvalidRecipeError, PhaseOptions, Recipe, RecipeBatchError
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from command import Cli

    from recipebatch.plan import Plan
    from recipebatch.report import PhaseReport, RunReport

RECIPE = """\
schema_version: 1
name: demo
description: Says something.
parameters: {word: {default: hello}, n: {type: integer, minimum: 1}}
pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, target_dedicated_nodes: 1}
tasks:
  - for_each: {range: {start: 1, stop: "${{ params.n }}"}}
    commands: ["echo ${{ params.word }} ${{ item }}"]
collect: [{task_files: [stdout.txt], into: said}]
purge: always
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "demo.yaml").write_text(RECIPE)
    return tmp_path / "demo.yaml"


def test_a_recipe_is_loaded_given_parameters_and_planned(path: Path) -> None:
    recipe = Recipe.load(path).with_params(n=2).with_params({"word": "a b"})
    assert_type(recipe, Recipe)
    plan = recipe.plan()
    if TYPE_CHECKING:
        assert_type(plan, Plan)
        assert_type(recipe.given, Mapping[str, object])
    tasks = plan.jobs[0].tasks or ()
    assert ["'\"'\"'a b'\"'\"' 2" in task.command_line for task in tasks] == [False, True]
    assert (recipe.name, recipe.description, recipe.version) == ("demo", "Says something.", None)
    assert [parameter.name for parameter in recipe.parameters] == ["word", "n"]
    assert repr(recipe) == f"<Recipe demo ({path})>"


def test_with_params_leaves_the_recipe_it_is_called_on(path: Path) -> None:
    recipe = Recipe.load(path)
    assert recipe.with_params(n=2).given == {"n": 2}
    assert recipe.given == {}


def test_texts_are_read_as_on_the_command_line(path: Path) -> None:
    assert len(Recipe.load(path).with_params(n="3").plan().jobs[0].tasks or ()) == 3


def test_a_wrong_parameter_is_refused_at_once_and_a_missing_one_when_it_is_needed(path: Path) -> None:
    recipe = Recipe.load(str(path))
    with pytest.raises(UsageError, match="n must be at least 1, not 0"):
        recipe.with_params(n=0)
    with pytest.raises(UsageError, match="unknown parameter m") as caught:
        recipe.with_params(m=0)
    assert caught.value.hint in {"did you mean n?", "known: n, word"}
    with pytest.raises(RecipeBatchError, match="the parameter n has no value"):
        recipe.with_params(word="x").plan()


def test_an_invalid_recipe_carries_all_its_problems(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("schema_version: 1\nname: demo\npol: {}\n")
    with pytest.raises(InvalidRecipeError) as caught:
        Recipe.load(tmp_path / "r.yaml")
    assert len(caught.value.problems) == 3


def test_a_bundled_recipe_is_loaded_by_name() -> None:
    assert Recipe.load("builtin:topn").name == "topn"


def test_import_recipebatch_costs_nothing() -> None:
    script = "import sys, recipebatch; print(*sorted(n for n in sys.modules if n.startswith('recipebatch')))"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["recipebatch", "recipebatch._version"]


def test_what_the_package_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'recipebatch' has no attribute 'Recipes'"):
        getattr(recipebatch, "Recipes")  # noqa: B009 - mypy would refuse the attribute, which is the point
    assert set(recipebatch.__all__) >= {"Recipe", "PhaseOptions"}


SCRIPT = """
import json, sys
from pathlib import Path
from recipebatch import PhaseOptions, Recipe

phases = []
report = (
    Recipe.load("demo.yaml")
    .with_params(n=2, word="a'b")
    .apply(options=PhaseOptions(output_dir=Path("out")), on_phase=lambda phase: phases.append(phase.phase))
)
again = Recipe.load("demo.yaml").with_params(n=2, word="a'b").is_applied()
print(json.dumps([report.verdict, report.exit_code, phases, again]))
"""


def test_apply_runs_the_recipe_and_reports_each_phase(cli: Cli, path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=path.parent, env=cli.environ, check=True, capture_output=True, text=True
    )
    body: list[Any] = json.loads(done.stdout)
    assert body == ["succeeded", 0, ["stage", "provision", "submit", "watch", "collect", "purge"], True]
    assert done.stderr == ""
    texts = sorted(file.read_text() for file in (path.parent / "out" / "said").glob("*/stdout.txt"))
    assert texts == ["a'b 1\n", "a'b 2\n"]


def typed(recipe: Recipe, on_phase: list[PhaseReport]) -> RunReport:
    """What a program's type checker sees."""
    return recipe.apply(phases=["stage"], options=PhaseOptions(overwrite=True), on_phase=on_phase.append)


def test_the_package_says_that_it_is_typed() -> None:
    from importlib.resources import files

    assert files("recipebatch").joinpath("py.typed").is_file()
    assert callable(typed)
