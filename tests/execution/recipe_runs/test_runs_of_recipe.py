from __future__ import annotations

import shutil
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_run import RECORD

from recipebatch import recipe as recipes
from recipebatch.errors import ServiceError, UnreachableError
from recipebatch.execution.recipe_runs import RunsOfRecipe
from recipebatch.execution.recipe_runs.runs_of_recipe import is_gone, is_same_file, newest
from recipebatch.execution.recorded_plan import RecordedRun, user_receipts
from recipebatch.files import ReadAccess
from recipebatch.inputs import LocalInputs
from recipebatch.phases import status_of
from recipebatch.runs.summary import RunSummary, summary_from_metadata

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.recipe import Recipe
    from recipebatch.runs import RunRecord

TEXT = """\
schema_version: 1
name: demo
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v5, target_dedicated_nodes: 1}
storage: {in: {uploads: [a.txt]}}
tasks: [{command_line: /bin/true}]
"""


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("RECIPEBATCH_OWNER", "me")


def a_recipe(folder: Path, content: str = "one", name: str = "r.yaml") -> Recipe:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(TEXT, encoding="utf-8")
    (folder / "a.txt").write_text(content, encoding="utf-8")
    return recipes.read_recipe(folder / name)


def a_record(recipe: Recipe, run_id: str = "r1", size: int = 3, **changed: Any) -> RunRecord:
    file = {"blob": "a.txt", "source": str(recipe.folder / "a.txt"), "size": size}
    record = replace(
        RECORD,
        run_id=run_id,
        recipe_name=recipe.name,
        recipe_digest=recipe.digest,
        recipe_text=recipe.text,
        recipe_file=recipe.file,
        recipe_folder=str(recipe.folder),
        recipe_source=recipe.source,
        inputs=LocalInputs(files={}, tables={}).to_json() | {"files": {"in": [file]}},
    )
    return replace(record, **changed)


class Store:
    """A `RunStore` of one owner; a record that is None cannot be read."""

    def __init__(self, *records: RunRecord, unreadable: tuple[str, ...] = (), placeless: tuple[str, ...] = ()) -> None:
        self.records = {record.run_id: record for record in records}
        self.unreadable = unreadable
        self.placeless = placeless
        self.loaded: list[str] = []

    def own(self, _name: str) -> tuple[RunSummary, ...]:
        found = []
        for record in self.records.values():
            summary = summary_from_metadata(record.run_id, record.to_metadata(status_of(record)))
            found.append(replace(summary, place="") if record.run_id in self.placeless else summary)
        return tuple(found)

    def load(self, run_id: str) -> RunRecord:
        self.loaded.append(run_id)
        if run_id in self.unreadable:
            raise ServiceError("the record cannot be read")
        return self.records[run_id]


def runs_of(store: Store, recipe: Recipe) -> RunsOfRecipe:
    services: Any = SimpleNamespace(store=store)
    return RunsOfRecipe(services, recipe)


def found(store: Store, recipe: Recipe, **which: bool) -> str | None:
    run = runs_of(store, recipe).newest(**which)
    return None if run is None else run.record.run_id


def test_runs_of_the_same_place_are_the_recipes_own_and_no_other_record_is_read(tmp_path: Path) -> None:
    one, two = a_recipe(tmp_path / "one"), a_recipe(tmp_path / "two")
    store = Store(a_record(two, "r2"), a_record(one, "r1"))
    runs = runs_of(store, one)
    assert [[run.run_id for run in group] for group in (runs.here, runs.elsewhere)] == [["r1"], ["r2"]]
    assert store.loaded == []
    assert runs.others() == f"r2 (created) of {tmp_path / 'two' / 'r.yaml'}"
    assert runs.others("r2") == ""
    assert found(store, two) == "r2"


def test_the_first_run_that_has_not_ended_or_of_which_something_is_left_is_the_newest(tmp_path: Path) -> None:
    recipe = a_recipe(tmp_path)
    purged = a_record(recipe, "r3", ended=True).with_phase("purge", "done", RECORD.created)
    store = Store(purged, a_record(recipe, "r2", ended=True), a_record(recipe, "r1"))
    assert found(store, recipe) == "r3"
    assert found(store, recipe, unpurged=True) == "r2"
    assert found(store, recipe, unfinished=True) == "r1"
    assert newest((), unfinished=True) is None


def test_a_recipe_that_was_moved_finds_its_run_with_its_files_at_the_new_place(tmp_path: Path) -> None:
    record = a_record(a_recipe(tmp_path / "before"))
    user_receipts().add(record)
    (tmp_path / "before").rename(tmp_path / "after")
    recipe = recipes.read_recipe(tmp_path / "after" / "r.yaml")
    run = runs_of(Store(record), recipe).newest(unfinished=True)
    assert run is not None
    assert run.moved_from == str(tmp_path / "before" / "r.yaml")
    assert run.record.inputs["files"]["in"][0]["source"] == str(tmp_path / "after" / "a.txt")
    assert (run.record.source, run.record.recipe_folder) == (recipe.source, str(recipe.folder))
    assert run.is_trusted
    # What another command wrote meanwhile is moved too.
    assert run.take(record.with_phase("stage", "done", RECORD.created))
    assert (run.record.source, run.record.state_of("stage"), run.is_trusted) == (recipe.source, "done", True)
    assert not run.take(run.record)


def test_a_moved_run_that_was_not_started_here_reads_what_its_recipe_may(tmp_path: Path) -> None:
    record = a_record(a_recipe(tmp_path / "before"))
    (tmp_path / "before").rename(tmp_path / "after")
    recipe = recipes.read_recipe(tmp_path / "after" / "r.yaml")
    access = ReadAccess.of_recipe(recipe.folder)
    services: Any = SimpleNamespace(store=Store(record))
    run = RunsOfRecipe(services, recipe, access).newest()
    assert run is not None
    run.reuse(recipe, access)
    assert not run.is_trusted
    assert not run.is_foreign
    run.read_access().checked(tmp_path / "after" / "a.txt")


@pytest.mark.parametrize("kept", ["recipe", "other files", "other content", "other text", "forged digest"])
def test_a_copy_and_what_differs_is_not_the_recipe_that_was_moved(tmp_path: Path, kept: str) -> None:
    record = a_record(a_recipe(tmp_path / "before"))
    recipe = a_recipe(tmp_path / "after", content="four" if kept == "other files" else "one")
    if kept == "other content":
        record = replace(record, staged={"in": {"a.txt": "0" * 32}})
    if kept == "other text":
        record = replace(record, recipe_text=TEXT.replace("true", "false"), recipe_digest="another")
    if kept == "forged digest":
        record = replace(record, recipe_text=TEXT.replace("true", "false"))
    if kept != "recipe":
        (tmp_path / "before").rename(tmp_path / "gone")
    assert found(Store(record), recipe) is None


def test_a_record_without_a_place_belongs_to_its_folder_and_file(tmp_path: Path) -> None:
    one, two = a_recipe(tmp_path / "one"), a_recipe(tmp_path / "two")
    old = a_record(one, recipe_source="", recipe_file="some/where/r.yaml")
    store = Store(old, placeless=("r1",))
    assert found(store, one) == "r1"
    assert found(store, two) is None
    purged = Store(a_record(two, recipe_source="").with_phase("purge", "done", RECORD.created), placeless=("r1",))
    assert [run.run_id for run in runs_of(purged, one).here] == ["r1"]
    assert purged.loaded == []


def test_a_record_without_a_place_that_cannot_be_read_counts_by_its_name_and_is_an_error_in_words(
    tmp_path: Path,
) -> None:
    recipe = a_recipe(tmp_path)
    store = Store(a_record(recipe), unreadable=("r1",), placeless=("r1",))
    with pytest.raises(ServiceError, match="cannot be read"):
        found(store, recipe)
    elsewhere = a_recipe(tmp_path / "two")
    known = Store(a_record(elsewhere), unreadable=("r1",))
    assert runs_of(known, recipe).others() == "r1 (created) of an unknown place"
    assert found(known, recipe) is None


def test_a_service_that_is_not_reached_is_no_record_that_cannot_be_read(tmp_path: Path) -> None:
    recipe = a_recipe(tmp_path)
    store = Store(a_record(recipe), placeless=("r1",))

    def load(_run_id: str) -> RunRecord:
        raise UnreachableError("no network")

    store.load = load  # type: ignore[assignment,method-assign]
    with pytest.raises(UnreachableError):
        runs_of(store, recipe)


def test_a_bundled_recipe_is_its_name_wherever_it_is_installed_and_no_file_that_was_moved() -> None:
    recipe = recipes.read_recipe(recipes_path("topn"), shown_as="builtin:topn")
    assert recipe.source == "builtin:topn"
    assert recipes.read_recipe(recipes_path("topn")).source == "builtin:topn"
    here = a_record(recipe, recipe_source="", recipe_file="builtin:topn", recipe_folder="/other/version", inputs={})
    assert found(Store(here), recipe) == "r1"
    copied = a_record(recipe, recipe_source="/gone/topn.yaml", inputs={})
    assert found(Store(copied), recipe) is None


def recipes_path(name: str) -> Path:
    from recipebatch import bundled_files

    return bundled_files.recipes()[name]


def test_only_what_is_known_not_to_be_there_is_gone(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("")
    assert not is_gone(str(tmp_path / "r.yaml"))
    assert is_gone(str(tmp_path / "s.yaml"))
    assert is_gone(str(tmp_path / "r.yaml" / "s.yaml"))
    assert not is_gone("builtin:topn")
    assert not is_gone(str(tmp_path / ("x" * 300)))
    assert not is_gone("a\x00b")
    (tmp_path / "broken").symlink_to("nowhere")
    assert not is_gone(str(tmp_path / "broken"))


def test_a_link_that_a_move_left_behind_leads_to_the_same_recipe_also_if_it_changed(tmp_path: Path) -> None:
    record = a_record(a_recipe(tmp_path / "before"))
    (tmp_path / "before").rename(tmp_path / "after")
    (tmp_path / "before").symlink_to(tmp_path / "after")
    (tmp_path / "after" / "r.yaml").write_text(TEXT.replace("true", "false"), encoding="utf-8")
    recipe = recipes.read_recipe(tmp_path / "before" / "r.yaml")
    run = runs_of(Store(record), recipe).newest(unfinished=True)
    assert run is not None
    assert run.record.source == recipe.source == str(tmp_path / "after" / "r.yaml")
    assert not run.says(recipe)
    assert run.is_foreign


def test_files_beside_the_folder_of_a_recipe_that_was_moved_are_those_of_its_new_place(tmp_path: Path) -> None:
    text = TEXT.replace("[a.txt]", "['../data/*.txt']")
    for place in ("before", "after"):
        (tmp_path / place / "data").mkdir(parents=True)
        (tmp_path / place / "recipes").mkdir()
        (tmp_path / place / ".git").mkdir()
        (tmp_path / place / "data" / "a.txt").write_text("one", encoding="utf-8")
        (tmp_path / place / "recipes" / "r.yaml").write_text(text, encoding="utf-8")
    before = recipes.read_recipe(tmp_path / "before" / "recipes" / "r.yaml")
    file = {"blob": "a.txt", "source": str(tmp_path / "before" / "data" / "a.txt"), "size": 3}
    record = a_record(before, inputs={"files": {"in": [file]}, "tables": {}})
    shutil.rmtree(tmp_path / "before")
    recipe = recipes.read_recipe(tmp_path / "after" / "recipes" / "r.yaml")
    run = runs_of(Store(record), recipe).newest()
    assert run is not None
    assert run.record.inputs["files"]["in"][0]["source"] == str(tmp_path / "after" / "data" / "a.txt")


def test_only_so_many_runs_of_other_places_are_looked_at(tmp_path: Path) -> None:
    recipe = a_recipe(tmp_path / "here", content="one")
    gone = a_recipe(tmp_path / "gone", content="two too")
    shutil.rmtree(tmp_path / "gone")
    store = Store(*(a_record(gone, f"r{number}", size=7) for number in range(50)))
    assert found(store, recipe) is None
    assert len(store.loaded) == 20


def test_a_recorded_recipe_says_the_same_by_what_it_says_and_not_by_a_digest_that_is_recorded(tmp_path: Path) -> None:
    recipe = a_recipe(tmp_path)
    assert RecordedRun(a_record(recipe, recipe_digest="of an older version")).says(recipe)
    changed = a_record(recipe, recipe_text=TEXT.replace("true", "false"))
    assert not RecordedRun(changed).says(recipe)
    broken = a_record(recipe, recipe_text="name: [")
    assert RecordedRun(broken).says(recipe)
    assert not RecordedRun(replace(broken, recipe_digest="another")).says(recipe)


def test_another_case_is_the_same_file_only_where_the_file_system_says_so(tmp_path: Path) -> None:
    lower, upper = tmp_path / "r.yaml", tmp_path / "R.yaml"
    lower.write_text("")
    assert is_same_file(str(lower), str(lower))
    assert is_same_file(str(lower), str(upper)) == upper.exists()
    if not upper.exists():
        upper.hardlink_to(lower)
        assert is_same_file(str(lower), str(upper))
    assert not is_same_file("builtin:topn", "builtin:Topn")
    assert not is_same_file(str(lower), str(tmp_path / "other.yaml"))
