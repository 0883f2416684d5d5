"""Differences between a plan and the expected result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from recipe_tests.demo import CASE, failures, run

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plan_as_expected_passes(folder: Path) -> None:
    text = CASE + (
        "    tasks: 5\n"
        "    ids: [t1, t2, files-0, files-1, end]\n"
        "    containers: {input: [a.txt], there: []}\n"
        "    command_lines:\n"
        '      t1: |\n        cd "$HOME"\n        echo 1 > out\n'
        "      files-1: cat y.txt\n"
        "      t2: {contains: [echo 2, out]}\n"
        "    environment: {t2: {N: '2', SAS: '***'}}\n"
        "    depends_on: {end: [t1]}\n"
    )
    assert folder.is_dir()
    report = run(text)
    assert [case.failures for case in report.cases] == [()]
    assert report.exit_code == 0


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ("tasks: 4", "the plan has 5 tasks, not 4"),
        ("tasks: {job: 1}", "job job has 5 tasks, not 1"),
        ("tasks: {jobb: 1}", "the recipe has no job jobb, only job"),
        ("ids: [t1]", "ids not as expected"),
        ("containers: {input: [b.txt]}", "containers not as expected"),
        ("command_lines: {end: don}", "command_lines of end not as expected"),
        ("command_lines: {end: {contains: don't}}", 'the command line of end does not contain "don\'t"'),
        ("command_lines: {no: x}", "the plan has no task no"),
        ("environment: {t1: {N: '2'}}", "N of t1 is '1', not '2'"),
        ("environment: {t1: {M: '2'}}", "t1 has no environment setting M"),
        ("depends_on: {end: [t2]}", "depends_on of end not as expected"),
        ("problems: [{code: usage}]", "problems not as expected"),
        ("golden: plan.json", "plan.json does not exist; recipebatch test --update writes it"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_is_not_as_expected_is_reported(expected: str, message: str) -> None:
    assert failures(f"{CASE}    {expected}\n") == [message]


@pytest.mark.usefixtures("folder")
def test_a_difference_is_reported_line_by_line() -> None:
    (case,) = run(f"{CASE}    ids: [t1, t3, files-0, files-1, end]\n").cases
    assert case.failures[0].difference[3:] == (" t1", "-t3", "+t2", " files-0", " files-1", " end")


@pytest.mark.usefixtures("folder")
def test_tasks_of_unlisted_blobs_are_not_counted() -> None:
    assert failures("- {name: a, expect: {tasks: 5}}\n") == [
        "the plan has 0 tasks, not 5 (not expanded: job; list the blobs in blobs or job_blobs)"
    ]


@pytest.mark.usefixtures("folder")
def test_problems_can_be_expected_and_are_failures_otherwise() -> None:
    wrong = "- name: a\n  parameters: {n: 0}\n"
    assert failures(wrong) == ["unexpected problem: usage on line 3: n must be at least 1, not 0"]
    assert failures(f"{wrong}  expect: {{problems: [{{code: usage, line: 3, message: at least 1}}]}}\n") == []
    other = "- name: a\n  blobs: {there: [x]}\n  parameters: {letter: a b, n: 1}\n"
    other += "  expect: {problems: [{code: invalid-id}]}\n"
    assert [failure.difference for case in run(other).cases for failure in case.failures] == []
