from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from execution.recipe_runs.test_runs_of_recipe import Store, a_recipe, a_record
from in_memory_run import RECORD

from recipebatch import recipe as recipes
from recipebatch.execution.recipe_runs import RunsToPurge, runs_to_purge
from recipebatch.runs import Holdings

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.recipe import Recipe


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("RECIPEBATCH_OWNER", "me")


def to_purge(recipe: Recipe, *records: Any) -> RunsToPurge:
    nothing = SimpleNamespace(list_labeled=lambda _mark: (), account_name="one")
    services: Any = SimpleNamespace(batch=nothing, blobs=nothing, store=Store(*records))
    return runs_to_purge(services, recipe)


def test_the_runs_of_the_recipe_that_have_something_left_are_meant_oldest_first(tmp_path: Path) -> None:
    recipe = a_recipe(tmp_path / "here")
    purged = a_record(recipe, "r4").with_phase("purge", "done", RECORD.created)
    found = to_purge(recipe, a_record(recipe, "r5"), purged, a_record(recipe, "r1"))
    assert [(each.run_id, each.holds) for each in found.runs] == [("r1", Holdings()), ("r5", Holdings())]
    assert found.others == ""


def test_runs_from_where_the_recipe_was_moved_are_meant_and_those_of_a_copy_are_named(tmp_path: Path) -> None:
    before = a_record(a_recipe(tmp_path / "before"), "r2")
    (tmp_path / "before").rename(tmp_path / "after")
    copy = a_record(a_recipe(tmp_path / "copy"), "r1")
    recipe = recipes.read_recipe(tmp_path / "after" / "r.yaml")
    found = to_purge(recipe, a_record(recipe, "r3"), before, copy)
    assert [each.run_id for each in found.runs] == ["r2", "r3"]
    place = tmp_path / "copy" / "r.yaml"
    assert found.others == (
        f"runs of recipes elsewhere are named demo too: r1 (created) of {place}; --run ID uses one of them"
    )


def test_it_is_told_why_there_is_none(tmp_path: Path) -> None:
    recipe = a_recipe(tmp_path / "here")
    assert to_purge(recipe).why_none == "you have no run of this recipe in this account"
    purged = to_purge(recipe, a_record(recipe, "r4").with_phase("purge", "done", RECORD.created))
    assert (purged.runs, purged.why_none) == ((), "all your runs of this recipe are purged")
