"""Which files are checked, and what is found in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipebatch import api
from recipebatch.api.checks import files_of
from recipebatch.errors import SourcePosition, UsageError

RECIPE = """\
schema_version: 1
name: demo
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}
tasks: [{name: a, command_line: /bin/true}]
"""
BROKEN = RECIPE.replace("ubuntu-24.04", "ubuntu-24.4")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "demo.yaml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "demo.test.yaml").write_text("schema_version: 1\n", encoding="utf-8")
    (tmp_path / "fragment.yaml").write_text("pool: {}\n", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "child.yml").write_text("extends: ../demo.yaml\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_the_recipes_of_a_folder_are_its_yaml_files_with_a_schema_version_or_a_base() -> None:
    assert files_of(["."]) == ("demo.yaml", str(Path("sub", "child.yml")))


@pytest.mark.usefixtures("folder")
def test_files_are_checked_once_and_in_their_order_without_tests() -> None:
    named = ["builtin:topn", "demo.yaml", "demo.test.yaml", "demo.yaml", "missing.yaml"]
    assert files_of(named) == ("builtin:topn", "demo.yaml", "missing.yaml")
    assert files_of([]) == ()


def test_a_folder_without_recipes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        files_of([str(tmp_path)])
    assert raised.value.message == f"there is no recipe in {tmp_path}"
    assert raised.value.hint == "recipes are *.yaml files with a schema_version"


def test_tests_alone_are_refused_with_the_command_that_runs_them() -> None:
    with pytest.raises(UsageError) as raised:
        files_of(["demo.test.yaml"])
    assert raised.value.message == "demo.test.yaml contains tests of a recipe"
    assert raised.value.hint == "run them: recipebatch test"


def test_problems_come_in_the_order_of_the_files(folder: Path) -> None:
    (folder / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    found = api.problems(["missing.yaml", "demo.yaml", "broken.yaml"])
    assert [(problem.at, problem.code) for problem in found] == [
        (SourcePosition("missing.yaml", 1, 1), "unreadable-recipe"),
        (SourcePosition("broken.yaml", 3, 15), "unknown-image"),
    ]


@pytest.mark.usefixtures("folder")
def test_strict_lint_makes_errors_of_warnings_only() -> None:
    plain, strict = api.findings(["demo.yaml"]), api.findings(["demo.yaml"], strict=True)
    assert {problem.code: problem.severity for problem in plain}["no-time-limit"] == "warning"
    assert {problem.code: problem.severity for problem in strict}["no-time-limit"] == "error"
    assert [problem.severity == "note" for problem in plain] == [problem.severity == "note" for problem in strict]


def test_a_code_is_explained_and_an_unknown_one_has_the_nearest() -> None:
    assert api.explain("no-time-limit").severity == "warning"
    with pytest.raises(UsageError) as raised:
        api.explain("no-time-limits")
    assert raised.value.message == "there is no code 'no-time-limits'"
    assert raised.value.hint == "did you mean no-time-limit?"
    with pytest.raises(UsageError) as raised:
        api.explain("???")
    assert raised.value.hint == "recipebatch explain lists all"


def test_results_that_cannot_be_written_are_an_error(tmp_path: Path) -> None:
    report = api.run_tests(["recipes/topn.yaml"])
    api.write_junit(report, tmp_path / "junit.xml")
    assert (tmp_path / "junit.xml").read_text(encoding="utf-8").startswith("<?xml")
    with pytest.raises(UsageError) as raised:
        api.write_junit(report, tmp_path / "gone" / "junit.xml")
    assert raised.value.message == f"{tmp_path / 'gone' / 'junit.xml'} cannot be written: No such file or directory"
