from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from recipebatch import recipe as recipes
from recipebatch.config.secret_grants import SecretGrant
from recipebatch.errors import InvalidRecipeError, ServiceError, UsageError
from recipebatch.execution.machine_inputs import readable_environment
from recipebatch.execution.recorded_plan import (
    RecordedRun,
    check_secret_of_foreign_run,
    containers_looped_over,
    plan_of_record,
    recorded_job_listings,
    recorded_listing,
    user_receipts,
)
from recipebatch.files import ReadAccess, RefusedPathError
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


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where receipts are kept; elsewhere than those of whoever runs the tests."""
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("RECIPEBATCH_OWNER", "me")
    monkeypatch.setenv("RECIPEBATCH_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "state"


@pytest.mark.usefixtures("state")
def test_a_run_that_this_user_began_here_reads_what_its_recipe_may_and_what_was_named(
    record: RunRecord, tmp_path: Path
) -> None:
    allowed = [{"path": "/data/mine", "pattern": ""}]
    began = replace(record, allowed_paths=allowed)
    user_receipts().add(began)
    access = RecordedRun(began).read_access()
    access.checked(tmp_path / "counted.yaml")
    access.checked("/data/mine")
    assert not RecordedRun(began).is_foreign


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("owner", ["me", "someone"])
def test_a_run_that_only_a_record_knows_reads_nothing_but_what_is_allowed_now(
    record: RunRecord, tmp_path: Path, owner: str
) -> None:
    data = tmp_path / "data.txt"
    data.write_text("x", encoding="utf-8")
    run = RecordedRun(replace(record, owner=owner, allowed_paths=[{"path": str(tmp_path), "pattern": ""}]))
    assert run.is_foreign
    assert run.allowed_when_it_began() == ()
    with pytest.raises(RefusedPathError, match=f"is not read: run .* of {owner} was not started by you") as refused:
        run.read_access().checked(data)
    assert f"--allow-path {data}" in refused.value.hint
    assert run.read_access([data]).checked(data) == str(data)
    for never in ("/etc/passwd", "/", str(tmp_path / "counted.yaml")):
        with pytest.raises(RefusedPathError):
            run.read_access([data]).checked(never)


@pytest.mark.usefixtures("state")
def test_a_record_that_was_changed_after_the_run_began_is_not_trusted(record: RunRecord) -> None:
    user_receipts().add(record)
    changed = replace(record, inputs={"files": {"in": [{"blob": "x", "source": "/home/me/.netrc", "size": 1}]}})
    assert not RecordedRun(record).is_foreign
    assert RecordedRun(changed).is_foreign


def test_a_run_that_this_user_began_as_another_owner_is_that_of_another(
    record: RunRecord, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_receipts().add(record)
    assert state.is_dir()
    monkeypatch.setenv("RECIPEBATCH_OWNER", "someone")
    assert RecordedRun(record).is_foreign


@pytest.mark.parametrize(
    "changed",
    [
        {"inputs": {"files": []}},
        {"inputs": {"files": {"in": [7]}, "tables": {}}},
        {"inputs": {"files": {"in": [{"blob": "a"}]}, "tables": {}}},
        {"listings": {"input": 7}},
        {"retries": [{"job": "x"}]},
        {"job_listings": {"each": {"input": None}}},
    ],
)
def test_a_record_that_makes_no_sense_is_an_error_in_words(record: RunRecord, changed: dict[str, object]) -> None:
    with pytest.raises(ServiceError, match="the record of run 20260102-030405-0000 cannot be read") as refused:
        plan_of_record(replace(record, **changed))  # type: ignore[arg-type]
    assert "runs forget 20260102-030405-0000 --force" in str(refused.value.hint)


@pytest.mark.usefixtures("state")
def test_a_run_of_the_recipe_that_the_user_names_reads_what_that_recipe_may(recipe: Recipe, record: RunRecord) -> None:
    run = RecordedRun(record)
    run.reuse(recipe, ReadAccess.of_recipe(recipe.folder))
    assert not run.is_foreign
    run.read_access().checked(recipe.folder / "counted.yaml")
    with pytest.raises(RefusedPathError):
        run.read_access().checked("/etc/passwd")


def test_a_run_of_others_gets_a_secret_only_from_this_very_command(recipe: Recipe, record: RunRecord) -> None:
    key = next(parameter for parameter in recipe.parameters if parameter.name == "key")
    with pytest.raises(UsageError, match="its tasks do not get the secret key"):
        check_secret_of_foreign_run(record, key, ())
    with pytest.raises(UsageError):
        check_secret_of_foreign_run(
            record, key, (SecretGrant(variable="OTHER"), SecretGrant(parameter="k", variable="V"))
        )
    check_secret_of_foreign_run(record, key, (SecretGrant(variable="MY_KEY"),))
    check_secret_of_foreign_run(record, key, (SecretGrant(parameter="key", variable="OTHER"),))


def test_an_image_that_ended_meanwhile_keeps_no_run_from_its_purge(record: RunRecord) -> None:
    image = "{publisher: openlogic, offer: centos, sku: '7_9'}"
    dead = replace(record, recipe_text=TEXT.replace("ubuntu-24.04", image))
    assert RecordedRun(dead).plan(None, {}).pools[0].image is not None
    assert plan_of_record(dead).pools
    with pytest.raises(InvalidRecipeError) as refused:
        RecordedRun(dead).plan(None, {}, today=date(2026, 1, 1))
    assert [problem.code for problem in refused.value.problems] == ["image-retired"]


def test_a_default_path_is_not_given_again_as_it_would_be_meant_from_the_current_folder(
    recipe: Recipe, record: RunRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = TEXT.replace(
        "  key:", "  own: {type: file, default: own.csv}\n  any: {type: file, default: any.csv}\n  key:"
    )
    parameters = {**record.parameters, "own": "own.csv", "any": str(tmp_path / "mine.csv")}
    changed = recipes.parse_recipe(text, file="counted.yaml", folder=tmp_path, source=recipe.source)
    run = RecordedRun(replace(record, recipe_text=text, parameters=parameters), changed)
    assert run.given() == {"n": record.parameters["n"], "any": str(tmp_path / "mine.csv")}
    bound = run.parameters_with({"any": "mine.csv"})
    assert (bound["own"], bound["any"]) == (parameters["own"], parameters["any"])
