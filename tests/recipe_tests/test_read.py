"""Test files: found, read, and refused with a position."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipebatch.errors import InvalidRecipeError, UsageError
from recipebatch.recipe_tests import find_tests
from recipebatch.recipe_tests.golden_files import GoldenFile


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "1:1 the test needs cases"),
        ("cases: [{nam: a}]", "1:9 cases[1] needs name"),
        ("cases: [{name: a, expect: {task: 1}}]", "1:28 unknown key task in expect"),
        ("cases: [{name: a}, {name: a}]", "1:20 two cases have the name 'a'"),
        ("cases: [{name: a, expect: {tasks: x}}]", '1:28 tasks must be an integer or a mapping, not "x"'),
    ],
)
def test_a_wrong_test_file_is_an_error_with_its_place(folder: Path, text: str, message: str) -> None:
    (folder / "demo.test.yaml").write_text(text)
    with pytest.raises(InvalidRecipeError) as caught:
        find_tests(["demo.yaml"])
    problem = caught.value.problems[0]
    assert f"{problem.at.line}:{problem.at.column} {problem.message}" == message


def test_paths_without_test_files_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="no test files in"):
        find_tests([str(folder)])
    with pytest.raises(UsageError, match=r"no test file for demo\.yaml"):
        find_tests(["demo.yaml"])


def test_a_test_file_is_found_by_folder_by_recipe_and_by_name_but_read_once(folder: Path) -> None:
    (folder / "below").mkdir()
    for name in ("demo.test.yaml", "below/other.test.yaml"):
        (folder / name).write_text("cases: [{name: a}]\n")
    (folder / "below" / "other.yaml").write_text("")
    found = find_tests([".", "demo.yaml", "demo.test.yaml"])
    assert [file.file for file in found] == ["below/other.test.yaml", "demo.test.yaml"]
    assert [file.recipe for file in found] == [Path("below/other.yaml"), Path("demo.yaml")]


@pytest.mark.parametrize(
    ("text", "at"), [("cases: [{name: a}]\n", "1:1"), ("cases: [{name: a}]\nrecipe: gone.yaml\n", "2:9")]
)
def test_a_test_file_whose_recipe_was_renamed_says_so(folder: Path, text: str, at: str) -> None:
    (folder / "gone.test.yaml").write_text(text)
    with pytest.raises(InvalidRecipeError, match=r"for the recipe gone\.yaml, which") as caught:
        find_tests(["gone.test.yaml"])
    assert str(caught.value.problems[0].at) == f"gone.test.yaml:{at}"
    assert "rename the test file to RECIPE.test.yaml" in str(caught.value.problems[0].hint)


def test_a_test_file_can_name_its_recipe(folder: Path) -> None:
    (folder / "small.test.yaml").write_text("recipe: demo.yaml\ncases: [{name: a}]\n")
    (file,) = find_tests(["small.test.yaml"])
    assert file.recipe == Path("demo.yaml")


def test_the_expectations_are_read_in_all_their_forms(folder: Path) -> None:
    (folder / "demo.test.yaml").write_text(
        "cases:\n- name: a\n  job_blobs: {j: {c: [x]}}\n  expect:\n"
        "    command_lines: {t: {contains: x}, u: whole, v: {contains: [y, z]}}\n"
        "    problems: [{code: usage, line: 3}]\n    golden: plan.json\n"
    )
    ((case,),) = [file.cases for file in find_tests(["demo.yaml"])]
    assert case.job_blobs == {"j": {"c": ("x",)}}
    assert case.expect.command_lines == {"t": ("x",), "u": "whole", "v": ("y", "z")}
    assert [(problem.code, problem.line, problem.message) for problem in case.expect.problems] == [("usage", 3, None)]
    assert case.expect.golden == GoldenFile(Path(), "plan.json")
    assert case.expect.tasks is None
