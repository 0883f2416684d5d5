from __future__ import annotations

from pathlib import Path

import pytest

from recipebatch import bundled_files
from recipebatch.errors import UsageError
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
