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
