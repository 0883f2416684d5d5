"""Which files are checked, and what is found in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipebatch import api
from recipebatch.api.checks import files_of
from recipebatch.errors import InvalidRecipeError, SourcePosition, UsageError

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


WRONG = """\
schema_version: 1
name: wrong
parameters: {slots: {type: integer}}
storage: {data: {uploads: [nothing/*.csv]}}
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3}
tasks: [{command_line: a, required_slots: "${{ params.slots }}", for_each: {files: data}}, {name: b, command_line: a,
  required_slots: 3}]
"""


@pytest.mark.parametrize(("image", "code"), [("ubuntu-20.04", "image-retired"), ("ubuntu-24.4", "unknown-image")])
def test_an_unknown_image_hides_no_other_error(folder: Path, image: str, code: str) -> None:
    text = WRONG.replace("ubuntu-24.04", image).replace('"${{ params.slots }}"', "9")
    (folder / "wrong.yaml").write_text(text, encoding="utf-8")
    codes = {"missing-file", code, "pool-without-nodes", "too-many-slots"}
    values = api.Values(given={"slots": "4"})
    (check,) = api.validate(["wrong.yaml"], values)
    assert {problem.code for problem in check.problems} == codes
    assert codes <= {problem.code for problem in api.findings(["wrong.yaml"], values)}
    (check,) = api.validate(["wrong.yaml"])
    assert [problem.code for problem in check.problems] == [code]
    assert check.not_expanded == "parameter slots has no value"


def test_errors_that_keep_a_recipe_from_being_expanded_are_told_from_those_of_the_expansion(folder: Path) -> None:
    (folder / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    (folder / "broken.yaml").write_text(WRONG + "nmae: x\n", encoding="utf-8")
    checks = api.validate(["wrong.yaml", "broken.yaml", "none.yaml"], api.Values(given={"slots": "4"}))
    assert [(check.stopped, bool(check.problems)) for check in checks] == [(False, True), (True, True), (False, True)]


def test_what_plan_refuses_validate_and_lint_refuse_at_the_same_positions(folder: Path) -> None:
    (folder / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    values = api.Values(given={"slots": "4"})
    with pytest.raises(InvalidRecipeError) as raised:
        api.Recipe.load("wrong.yaml").with_params(slots=4).plan()
    refused = raised.value.problems
    assert [(problem.at.line, problem.code) for problem in refused] == [
        (4, "missing-file"),
        (5, "pool-without-nodes"),
        (7, "too-many-slots"),
    ]
    assert api.problems(["wrong.yaml"], values) == refused
    linted = [problem for problem in api.findings(["wrong.yaml"], values) if problem.severity == "error"]
    assert tuple(linted) == refused


def test_a_recipe_is_expanded_only_where_every_parameter_has_a_value(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    (folder / "values.yaml").write_text("slots: 1\n", encoding="utf-8")
    (check,) = api.validate(["wrong.yaml"])
    assert (check.problems, check.not_expanded) == ((), "parameter slots has no value")
    (linted,) = api.lint(["wrong.yaml"])
    assert linted.not_expanded == check.not_expanded
    by_file = api.Values(files=[Path("values.yaml")])
    assert next(found.code for found in api.problems(["wrong.yaml", "demo.yaml"], by_file)) == "missing-file"
    monkeypatch.setenv("RECIPEBATCH_PARAM_SLOTS", "2")
    assert api.validate(["wrong.yaml"])[0].not_expanded is None


@pytest.mark.parametrize(
    ("given", "message"),
    [({"slot": "1"}, "unknown parameter slot"), ({"slots": "many"}, 'slots must be an integer, not "many"')],
)
def test_a_value_that_plan_refuses_validate_refuses_alike(folder: Path, given: dict[str, object], message: str) -> None:
    (folder / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        api.validate(["wrong.yaml"], api.Values(given=given))
    assert raised.value.message == message


def test_validate_reads_only_what_plan_reads(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("x", encoding="utf-8")
    text = RECIPE + f"storage: {{data: {{uploads: ['{secret}']}}}}\n"
    (folder / "reads.yaml").write_text(text, encoding="utf-8")
    assert [found.code for found in api.problems(["reads.yaml"])] == ["files-outside"]
    assert api.problems(["reads.yaml"], api.Values(allow_paths=[secret])) == ()
