"""The file of a saved plan."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from in_memory_run import RECORD

from recipebatch.errors import UsageError
from recipebatch.execution.recipe_runs import SavedPlan, StalePlanError, read_saved_plan

if TYPE_CHECKING:
    from pathlib import Path

PLAN = SavedPlan(
    recipe="/r/r.yaml",
    record=replace(RECORD, parameters={"n": 2, "word": "a"}),
    given=("n",),
    storage="one",
    content={"in": {"a": "00"}},
    comparison={"run": None, "changes": []},
    seen={"pool p": "0x1"},
)


def test_a_plan_is_read_as_it_was_written_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("before")
    PLAN.write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = read_saved_plan(path)
    assert found == PLAN
    assert found is not None
    assert (found.continues, found.given_values) == (False, {"n": 2})
    assert [file.name for file in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize("text", ["schema_version: 1", "{}", "[1]", '{"kind": "other"}', "{broken"])
def test_what_is_no_saved_plan_may_be_a_recipe(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    assert read_saved_plan(tmp_path / "r.json") is None
    assert read_saved_plan(tmp_path / "missing") is None
    assert read_saved_plan(tmp_path) is None


@pytest.mark.parametrize(("key", "value"), [("recipebatch", "0.1"), ("version", 2)])
def test_a_plan_of_another_version_is_stale(tmp_path: Path, key: str, value: object) -> None:
    (tmp_path / "p.json").write_text(json.dumps({**json.loads(PLAN.to_json()), key: value}))
    with pytest.raises(StalePlanError, match="was saved by recipebatch"):
        read_saved_plan(tmp_path / "p.json")


@pytest.mark.parametrize("key", ["record", "recipe", "given", "content", "seen", "comparison", "storage"])
def test_a_damaged_plan_is_refused(tmp_path: Path, key: str) -> None:
    body = json.loads(PLAN.to_json())
    del body[key]
    (tmp_path / "p.json").write_text(json.dumps(body))
    with pytest.raises(UsageError, match="damaged"):
        read_saved_plan(tmp_path / "p.json")
    (tmp_path / "p.json").write_text(json.dumps({**body, key: 7}))
    if key not in {"recipe", "storage"}:
        with pytest.raises(UsageError, match="damaged"):
            read_saved_plan(tmp_path / "p.json")


def test_a_plan_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        PLAN.write(tmp_path / "missing" / "plan.json")
