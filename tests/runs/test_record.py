from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from recipebatch.errors import ServiceError
from recipebatch.properties.written_scalars import are_same, number_from
from recipebatch.runs import RunRecord, new_run_id, place_of
from recipebatch.runs.record import RECORD_VERSION, record_from_json
from recipebatch.runs.summary import summary_from_metadata

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RECORD = RunRecord(
    run_id="20260102-030405-0000",
    owner="Zoë",
    account="local",
    created=NOW,
    recipe_name="topn",
    recipe_version=None,
    recipe_digest="d" * 64,
    recipe_text="schema_version: 1\n",
    recipe_file="topn.yaml",
    recipe_folder="/recipes",
    parameters={"words": 3},
    inputs={},
)


def test_a_run_id_sorts_by_time_and_fits_into_names() -> None:
    first, second = new_run_id(NOW, 35 + 36 * 10), new_run_id(NOW.replace(second=6), 0)
    assert first == "20260102-030405-za00"
    assert first < second


def test_a_record_survives_its_json() -> None:
    record = RECORD.with_phase("stage", "done", NOW, "4 files")
    record = replace(record, listings={"input": ["a b.txt"]}, verdict="succeeded")
    assert record_from_json(record.to_json(), etag="e") == replace(record, etag="e")


def test_a_record_keeps_how_the_numbers_of_parameters_are_written() -> None:
    record = replace(RECORD, parameters={"p": [3.9, number_from("3.10")], "n": number_from("007"), "words": 3})
    again = record_from_json(record.to_json(), etag=None)
    assert are_same(again.parameters, record.parameters)
    assert not are_same(again.parameters, {"p": [3.9, 3.1], "n": 7, "words": 3})


def test_a_path_that_is_not_utf_8_survives_the_json_of_a_record() -> None:
    record = replace(RECORD, recipe_folder="/f\udce9lder", owner="Zo\xeb")
    text = record.to_json().encode()
    assert b"Zo\xc3\xab" in text
    assert record_from_json(text.decode(), etag="e") == replace(record, etag="e")


def test_a_run_whose_last_phase_failed_has_failed() -> None:
    failed = RECORD.with_phase("provision", "failed", NOW)
    assert failed.failed
    assert not failed.with_phase("provision", "started", NOW).failed


def test_metadata_is_ascii_and_comes_back() -> None:
    metadata = RECORD.to_metadata("created")
    assert all(value.isascii() for value in metadata.values())
    assert summary_from_metadata("r", metadata).owner == "Zoë"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 1, "created": "x", "phases": {}}'])
def test_a_broken_record_is_an_error_not_a_traceback(text: str) -> None:
    with pytest.raises(ServiceError, match="cannot be read"):
        record_from_json(text, etag=None)


def test_a_record_of_a_later_version_asks_for_an_upgrade() -> None:
    with pytest.raises(ServiceError, match="newer recipebatch"):
        record_from_json('{"version": 3}', etag=None)


def written(**changed: object) -> str:
    return json.dumps(json.loads(RECORD.to_json()) | changed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "7",
        "[]",
        "null",
        '{"version": 1}',
        '{"version": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"version": 1, "x": ' + '{"a":' * 100_000,
        written(parameters=[]),
        written(recipe_folder=7),
        written(recipe_folder="a\x00b"),
        written(recipe_text=None),
        written(phases={"stage": {"state": 7, "at": "x"}}),
        written(phases={"stage": 7}),
        written(environ={"A": 7}),
        written(retries=[7]),
        written(allowed_paths=["/"]),
        written(outputs={"out": 7}),
        written(verdict="fine"),
        written(ended="no"),
        written(created="yesterday"),
        written(created="2026-01-02T03:04:05"),
        written(created=7),
        written(more=1),
        written(run_id="20260102-030405-1111"),
    ],
)
def test_a_text_that_is_no_record_of_the_run_is_an_error_in_words_that_says_what_ends_it(text: str) -> None:
    with pytest.raises(ServiceError, match="the record of run 20260102-030405-0000 cannot be read") as refused:
        record_from_json(text, etag="1", run_id=RECORD.run_id)
    assert len(refused.value.message) < 400
    assert "recipebatch runs forget 20260102-030405-0000 --force" in str(refused.value.hint)


def test_a_secret_of_a_former_record_is_deferred_and_any_other_text_with_its_characters_is_text() -> None:
    former = {"key": "\ue000secret:token\ue001", "cut": "\ue000secret:token", "sas": "\ue000sas:c:r\ue001"}
    inner = {"list": ["\ue000secret:token\ue001"], "inside": "x\ue000secret:token\ue001"}
    found = record_from_json(written(parameters=former | inner), etag="e").parameters
    assert found == former | inner | {"key": {"pieces": [{"secret": "token"}]}}


def test_the_place_of_a_recipe_is_its_file_or_its_name_as_a_bundled_one() -> None:
    assert replace(RECORD, recipe_source="/a/link-target.yaml").source == "/a/link-target.yaml"
    # Records of former versions do not have it.
    assert replace(RECORD, recipe_file="below/topn.yaml").source == "/recipes/topn.yaml"
    assert replace(RECORD, recipe_file="builtin:topn").source == "builtin:topn"
    assert summary_from_metadata("r", RECORD.to_metadata("created")).place == place_of("/recipes/topn.yaml")
    assert summary_from_metadata("r", {}).place == ""
    assert place_of("/f\udce9lder") != place_of("/folder")


def test_a_record_of_a_recipe_that_was_moved_has_its_files_at_the_new_place() -> None:
    record = replace(
        RECORD,
        recipe_fragments=[
            {"name": "base.yaml", "shown": "base.yaml", "folder": "/recipes", "text": ""},
            {"name": "parts/p.yaml", "shown": "parts/p.yaml", "folder": "/recipes/parts", "text": ""},
            {"name": "builtin:topn", "shown": "builtin:topn", "folder": "/installed", "text": ""},
        ],
        inputs={
            "files": {"in": [{"blob": name, "source": name, "size": 1} for name in ("/recipes/a", "/recipes2/b", "")]},
            "tables": {"/recipes/t.csv": "x", "t.csv": "y"},
        },
        parameters={"data": "/recipes/d", "text": "/recipes/d"},
    )
    moved = record.moved_to("../r.yaml", "/new/place", "/new/place/r.yaml", ["data"])
    assert (moved.recipe_file, moved.recipe_folder, moved.source) == ("../r.yaml", "/new/place", "/new/place/r.yaml")
    assert [each["folder"] for each in moved.recipe_fragments] == ["/new/place", "/new/place/parts", "/installed"]
    assert [each["source"] for each in moved.inputs["files"]["in"]] == ["/new/place/a", "/recipes2/b", ""]
    assert moved.inputs["tables"] == {"/new/place/t.csv": "x", "t.csv": "y"}
    assert moved.parameters == {"data": "/new/place/d", "text": "/recipes/d"}
    assert record_from_json(moved.to_json(), etag=None) == moved


@pytest.mark.parametrize("source", [7, None, "a\x00b"])
def test_a_place_that_is_none_is_refused(source: object) -> None:
    body = json.loads(RECORD.to_json()) | {"recipe_source": source}
    with pytest.raises(ServiceError, match="cannot be read"):
        record_from_json(json.dumps(body), etag=None)


def test_a_record_of_the_former_version_is_read() -> None:
    body = json.loads(RECORD.to_json())
    assert body["version"] == RECORD_VERSION
    assert record_from_json(json.dumps(body | {"version": 1}), etag=None).run_id == RECORD.run_id
