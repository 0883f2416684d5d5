"""Rules about outputs that are not downloaded."""

from __future__ import annotations

import pytest
from lint.findings import JOB, POOL, TOP, findings, messages

STORAGE = "storage: {out: {}}\n"
TASK = "{name: t, command_line: a, output_files: [{file_pattern: x, container: out}]}"


def test_an_output_that_is_deleted_without_being_downloaded_is_found() -> None:
    text = f"{TOP}{POOL}{JOB}{STORAGE}purge: always\ntasks: [{TASK}]\n"
    assert [line.split()[-1] for line in findings(text)] == ["uncollected-output"]
    assert messages(text) == [
        ("outputs in container out are deleted without being downloaded", "add `- container: out` to collect")
    ]


@pytest.mark.parametrize(
    "rest",
    [
        "purge: never\n",
        "purge: always\ncollect: [{container: out}]\n",
        "purge: always\nx-tasks: &more [{name: r, command_line: b, resource_files: [{container: out}]}]\n",
    ],
)
def test_an_output_that_is_kept_downloaded_or_read_is_no_finding(rest: str) -> None:
    more = ", {name: r, command_line: b, depends_on: t, resource_files: [{container: out}]}" if "&more" in rest else ""
    text = f"{TOP}{POOL}{JOB}{STORAGE}{rest}tasks: [{TASK}{more}]\n"
    assert findings(text) == []


SCALED = "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V5, auto_scale: {scenario: active_tasks, max_nodes: 2}}\n"


def test_files_of_tasks_on_nodes_that_a_formula_removes_are_found() -> None:
    collect = "collect: [{task_files: [stdout.txt], into: x}]\n"
    text = f"{TOP}{SCALED}{JOB}tasks: [{{command_line: a}}]\n{collect}purge: always\n"
    assert ("nodes that the formula of pool pool removes take the files of their tasks along") in dict(messages(text))
    fixed = text.replace(SCALED, POOL)
    assert "task-files-scaled" not in str(findings(fixed))


@pytest.mark.parametrize(("pattern", "found"), [("res/", True), ("res", False), ("res/*", False)])
def test_an_output_file_that_ends_with_a_slash_names_a_folder(pattern: str, found: object) -> None:
    task = TASK.replace("file_pattern: x", f"file_pattern: '{pattern}'")
    text = f"{TOP}{POOL}{JOB}{STORAGE}purge: never\ntasks: [{task}]\n"
    assert ("output-folder" in str(findings(text))) is found
