"""`resource_files:` and `output_files:`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from recipe.broken_recipes import POOL, STORAGE, TOP, cases, problems_of_task

from recipebatch.recipe import parse_recipe

if TYPE_CHECKING:
    from recipebatch.recipe.model import OutputFileSpec, ResourceFileSpec


@pytest.mark.parametrize(("task", "expected"), cases("task_files"))
def test_wrong_files_are_named(task: str, expected: str) -> None:
    assert problems_of_task(task) == [expected]


def resource_file(written: str, *, loop: str = "for_each: {files: input}, ") -> ResourceFileSpec:
    text = f"{TOP}{STORAGE}{POOL}tasks: [{{{loop}command_line: a, resource_files: [{written}]}}]\n"
    (found,) = parse_recipe(text, file="r.yaml", folder=Path()).tasks[0].settings["resource_files"]
    spec: ResourceFileSpec = found
    return spec


def output_file(written: str) -> OutputFileSpec:
    text = f"{TOP}{STORAGE}{POOL}tasks: [{{command_line: a, output_files: [{written}]}}]\n"
    (found,) = parse_recipe(text, file="r.yaml", folder=Path()).tasks[0].output_files
    return found


def test_a_name_of_storage_is_all_blobs_of_the_container() -> None:
    found = resource_file("input", loop="")
    assert (found.container, found.file, found.this_file, found.blob.literal()) == ("input", None, False, None)


def test_file_is_the_blob_of_the_loop_with_and_without_an_expression() -> None:
    short, long = resource_file("file"), resource_file("'${{ file }}'")
    assert (short.this_file, short.file, short.container) == (True, None, None)
    assert long.file is not None
    assert (long.this_file, long.file.value, long.container) == (False, "${{ file }}", None)


def test_file_is_a_container_where_storage_has_one_of_that_name() -> None:
    text = f"{TOP}storage: {{file: {{}}}}\n{POOL}tasks: [{{command_line: a, resource_files: [file]}}]\n"
    (found,) = parse_recipe(text, file="r.yaml", folder=Path()).tasks[0].settings["resource_files"]
    assert (found.container, found.this_file) == ("file", False)


def test_a_mapping_names_one_blob_a_prefix_or_an_address() -> None:
    blob = resource_file("{container: input, blob: a, file_path: b/c, file_mode: '0755'}")
    assert (blob.container, blob.blob.literal(), blob.file_path.literal(), blob.file_mode) == (
        "input",
        "a",
        "b/c",
        "0755",
    )
    assert resource_file("{container: input, blob_prefix: a/}").blob_prefix.literal() == "a/"
    assert resource_file("{http_url: 'https://h/x?v=1', file_path: x}").http_url.literal() == "https://h/x?v=1"


@pytest.mark.parametrize("query", ["?sig=x", "?v=1&SIG=x", "?code=1", "?access_token=1", "&token=1"])
def test_an_address_with_a_key_is_refused(query: str) -> None:
    (problem,) = problems_of_task(
        f"{{command_line: a, resource_files: [{{http_url: 'https://h/x{query}', file_path: x}}]}}"
    )
    assert "http_url must not contain a key or SAS token" in problem


def test_output_files_are_uploaded_when_the_task_completes_unless_they_say_otherwise() -> None:
    plain = output_file("{file_pattern: x, container: output}")
    assert (plain.file_pattern.literal(), plain.container, plain.path.literal()) == ("x", "output", None)
    assert plain.upload_condition == "taskcompletion"
    failed = output_file("{file_pattern: x, container: output, path: y, upload_condition: task_failure}")
    assert (failed.path.literal(), failed.upload_condition) == ("y", "taskfailure")
