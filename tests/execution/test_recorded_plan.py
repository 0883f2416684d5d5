from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from recipebatch import recipe as recipes
from recipebatch.execution.recorded_plan import (
    RecordedRun,
    containers_looped_over,
    plan_of_record,
    readable_environment,
    recorded_job_listings,
    recorded_listing,
)
from recipebatch.inputs import LocalInputs
from recipebatch.runs import RunRecord

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.recipe import Recipe

TEXT = """\
schema_version: 1
name: counted
parameters:
  n: {type: integer, default: 2}
  key: {type: secret, source: {environment_variable: MY_KEY}}
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}
storage: {input: {container: some-data, existing: true}}
tasks:
  - name: each
    for_each: {files: {container: input}}
    commands: ['echo ${{ file.name }} ${{ params.n }} ${{ env.RECIPEBATCH_WHO }}']
    environment_settings: {KEY: '${{ secrets.key }}'}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    (tmp_path / "counted.yaml").write_text(TEXT, encoding="utf-8")
    return recipes.read_recipe(tmp_path / "counted.yaml")


@pytest.fixture
def record(recipe: Recipe) -> RunRecord:
    return RunRecord(
        run_id="20260102-030405-0000",
        owner="me",
        account="local",
        created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        recipe_name=recipe.name,
        recipe_version=None,
        recipe_digest=recipe.digest,
        recipe_text=recipe.text,
        recipe_file=recipe.file,
        recipe_folder=str(recipe.folder),
        parameters={"n": 2, "key": "secret"},
        inputs=LocalInputs(files={}, tables={}).to_json(),
        environ={"RECIPEBATCH_WHO": "me"},
    )


def test_a_recipe_that_was_read_is_reused_only_if_it_is_the_recorded_one(recipe: Recipe, record: RunRecord) -> None:
    same = RecordedRun(record)
    same.reuse(recipe)
    assert same.recipe is recipe
    changed = RecordedRun(record)
    changed.reuse(replace(recipe, text=recipe.text + "# changed"))
    assert changed.recipe.text == recipe.text
    assert changed.recipe is not recipe
    assert changed.recipe is changed.recipe
    moved = RecordedRun(replace(record, recipe_folder="/elsewhere"))
    moved.reuse(recipe)
    assert str(moved.recipe.folder) == "/elsewhere"


def test_a_plan_is_resolved_again_only_from_other_blobs(record: RunRecord) -> None:
    run = RecordedRun(record)
    first = run.plan(None, {})
    assert first.jobs[0].tasks is None
    assert run.plan(None, {}) is first
    second = run.plan({"input": ("a.txt", "b.txt")}, {})
    assert [task.command_line for task in second.jobs[0].tasks or ()] != []
    assert len(second.jobs[0].tasks or ()) == 2
    assert run.plan({"input": ("a.txt", "b.txt")}, {}) is second


def test_the_plan_of_a_record_has_the_tasks_of_its_listings_and_its_retries(record: RunRecord) -> None:
    listed = replace(record, listings={"input": ["a.txt", "b.txt"]})
    plan = plan_of_record(listed)
    (job,) = plan.jobs
    ids = [str(task.id) for task in job.tasks or ()]
    retry = {"job": job.logical, "number": 1, "tasks": ids[:1], "failed_by": None}
    retried = plan_of_record(replace(listed, retries=[retry]))
    assert [str(task.id) for task in retried.jobs[1].tasks or ()] == ids[:1]


def test_listings_come_back_as_tuples(record: RunRecord) -> None:
    assert recorded_listing(record) is None
    assert recorded_listing(replace(record, listings={"input": ["a"]})) == {"input": ("a",)}
    listed = replace(record, job_listings={"second": {"input": ["a", "b"]}})
    assert recorded_job_listings(listed) == {"second": {"input": ("a", "b")}}


def test_parameters_can_be_given_again_without_the_secrets(record: RunRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "value")
    run = RecordedRun(record)
    assert run.given() == {"n": 2}
    assert run.parameters_with({"n": 3})["n"] == 3


def test_a_record_keeps_the_variables_that_the_recipe_names(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPEBATCH_WHO", "me")
    monkeypatch.setenv("RECIPEBATCH_OTHER", "not named")
    monkeypatch.setenv("MY_KEY", "a secret")
    found = readable_environment(recipe)
    assert "MY_KEY" not in found
    assert "RECIPEBATCH_OTHER" not in found


def test_the_containers_that_tasks_are_made_from_are_known_by_job(recipe: Recipe) -> None:
    assert list(containers_looped_over(recipe).values()) == [frozenset({"input"})]
