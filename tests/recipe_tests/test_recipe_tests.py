"""Recipes are held against what their authors expect, and what differs is told so that it can be read."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from recipebatch import bundled_files
from recipebatch.errors import InvalidRecipeError, UsageError
from recipebatch.recipe_tests import CasesReport, as_junit, find_tests, run_tests

RECIPE = """\
schema_version: 1
name: demo
parameters: {n: {type: integer, default: 2, minimum: 1}, letter: {default: t}}
storage:
  input: {uploads: ["*.txt"]}
  there: {existing: true, container: there}
pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3}
tasks:
  - name: count
    id: ${{ params.letter }}${{ item }}
    for_each: {range: {start: 1, stop: "${{ params.n }}"}}
    commands: [cd "$HOME", "echo ${{ item }} > out"]
    environment_settings: {N: "${{ item }}", SAS: "${{ storage.input.sas_token('read') }}"}
  - name: files
    for_each: {files: there}
    command_line: cat ${{ file.name }}
  - {name: end, command_line: done, depends_on: {task_ids: ["${{ params.letter }}1"]}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "demo.yaml").write_text(RECIPE)
    (tmp_path / "a.txt").write_text("a")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(cases: str, *, update: bool = False) -> CasesReport:
    Path("demo.test.yaml").write_text(f"cases:\n{cases}", encoding="utf-8")
    return run_tests(find_tests(["."]), update=update)


def failures(cases: str) -> list[str]:
    return [failure.message for case in run(cases).cases for failure in case.failures]


CASE = "- name: a case\n  blobs: {there: [x.txt, y.txt]}\n  expect:\n"


def test_what_is_as_expected_passes(folder: Path) -> None:
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
        ("tasks: 4", "there are 5 tasks, not 4"),
        ("tasks: {job: 1}", "the job job has 5 tasks, not 1"),
        ("tasks: {jobb: 1}", "there is no job jobb; there are job"),
        ("ids: [t1]", "ids: not as expected"),
        ("containers: {input: [b.txt]}", "containers: not as expected"),
        ("command_lines: {end: don}", "command_lines of end: not as expected"),
        ("command_lines: {end: {contains: don't}}", 'the command line of end does not contain "don\'t"'),
        ("command_lines: {no: x}", "there is no task no"),
        ("environment: {t1: {N: '2'}}", "N of t1 is '1', not '2'"),
        ("environment: {t1: {M: '2'}}", "t1 has no environment setting M"),
        ("depends_on: {end: [t2]}", "depends_on of end: not as expected"),
        ("problems: [{code: usage}]", "problems: not as expected"),
        ("golden: plan.json", "plan.json is not there yet; recipebatch test --update writes it"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_is_not_as_expected_is_told(expected: str, message: str) -> None:
    assert failures(f"{CASE}    {expected}\n") == [message]


@pytest.mark.usefixtures("folder")
def test_a_difference_is_told_line_by_line() -> None:
    (case,) = run(f"{CASE}    ids: [t1, t3, files-0, files-1, end]\n").cases
    assert case.failures[0].difference[3:] == (" t1", "-t3", "+t2", " files-0", " files-1", " end")


@pytest.mark.usefixtures("folder")
def test_tasks_that_depend_on_blobs_are_not_guessed() -> None:
    assert failures("- {name: a, expect: {tasks: 5}}\n") == [
        "there are 0 tasks, not 5 (job: not expanded, give its blobs)"
    ]


@pytest.mark.usefixtures("folder")
def test_problems_can_be_expected_and_are_failures_otherwise() -> None:
    wrong = "- name: a\n  parameters: {n: 0}\n"
    assert failures(wrong) == ["there is a problem: usage in line 3: n must be at least 1, not 0"]
    assert failures(f"{wrong}  expect: {{problems: [{{code: usage, line: 3, message: at least 1}}]}}\n") == []
    other = "- name: a\n  blobs: {there: [x]}\n  parameters: {letter: a b, n: 1}\n"
    other += "  expect: {problems: [{code: invalid-id}]}\n"
    assert [failure.difference for case in run(other).cases for failure in case.failures] == []


def test_a_broken_recipe_is_a_problem_of_every_case(folder: Path) -> None:
    (folder / "demo.yaml").write_text("schema_version: 1\nname: demo\npol: {}\n")
    text = "- name: a\n- name: b\n  expect: {problems: [{code: unknown-key}, {code: missing-key}]}\n"
    first, second = run(text).cases
    assert [failure.what for failure in first.failures] == ["problems"] * 3
    assert len(second.failures) == 1


def test_a_golden_plan_is_written_once_and_then_compared(folder: Path) -> None:
    text = f"{CASE}    golden: demo.plan.json\n"
    assert run(text, update=True).cases[0].updated == "demo.plan.json"
    assert run(text, update=True).cases[0].updated is None
    assert run(text).failed == 0
    plan = json.loads((folder / "demo.plan.json").read_text(encoding="utf-8"))
    assert plan["run_id"] == "test"
    assert plan["containers"][0]["uploads"] == [{"blob": "a.txt", "source": "a.txt"}]
    assert plan["jobs"][0]["tasks"][0]["command_line"] == ['cd "$HOME"', "echo 1 > out"]
    assert str(folder) not in json.dumps(plan)
    (folder / "demo.yaml").write_text(RECIPE.replace("done,", "finished,"))
    ((failure,),) = [case.failures for case in run(text).cases]
    assert failure.message == "the plan is not that of demo.plan.json; --update accepts it"
    assert [line.strip() for line in failure.difference if line[0] in "+-" and line[1] not in "+-"] == [
        '-     "command_line": "done",',
        '+     "command_line": "finished",',
    ]


def test_the_same_recipe_gives_the_same_golden_plan_in_another_folder(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{CASE}    golden: demo.plan.json\n"
    run(text, update=True)
    other = tmp_path_factory.mktemp("other")
    for name in ("demo.yaml", "demo.test.yaml", "demo.plan.json", "a.txt"):
        (other / name).write_bytes((folder / name).read_bytes())
    monkeypatch.chdir("/")
    assert run_tests(find_tests([str(other)])).failed == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "1:1 the test needs cases"),
        ("cases: [{nam: a}]", "1:9 cases[1] needs name"),
        ("cases: [{name: a, expect: {task: 1}}]", "1:28 unknown key task in expect"),
        ("cases: [{name: a}, {name: a}]", "1:20 a second case is called 'a'"),
        ("cases: [{name: a, expect: {tasks: x}}]", '1:28 tasks must be an integer or a mapping, not "x"'),
    ],
)
def test_a_wrong_test_file_is_an_error_with_its_place(folder: Path, text: str, message: str) -> None:
    (folder / "demo.test.yaml").write_text(text)
    with pytest.raises(InvalidRecipeError) as caught:
        find_tests(["demo.yaml"])
    problem = caught.value.problems[0]
    assert f"{problem.at.line}:{problem.at.column} {problem.message}" == message


def test_where_there_are_no_tests_it_is_said(folder: Path) -> None:
    with pytest.raises(UsageError, match="there are no tests below"):
        find_tests([str(folder)])
    with pytest.raises(UsageError, match=r"there are no tests at demo\.yaml"):
        find_tests(["demo.yaml"])


@pytest.mark.usefixtures("folder")
def test_results_come_as_junit_xml() -> None:
    suite = ET.fromstring(as_junit(run("- {name: good, blobs: {there: [x]}}\n- {name: bad, expect: {tasks: 1}}\n")))  # noqa: S314 - our own text
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite] == ["good", "bad"]
    assert [failure.get("type") for failure in suite.iter("failure")] == ["tasks"]


def test_the_tests_of_the_bundled_recipes_pass() -> None:
    report = run_tests(find_tests([str(bundled_files.root() / "recipes")]))
    assert [(case.name, case.failures) for case in report.cases if case.failures] == []
    assert report.cases


def test_the_schema_of_tests_is_one_of_2020_12_and_its_examples_fit() -> None:
    schema = json.loads(bundled_files.schema("recipe-test.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    expect = schema["properties"]["cases"]["items"]["properties"]["expect"]["properties"]
    for name, rule in expect.items():
        for example in rule["examples"]:
            case = {"name": "a", "expect": {name: example}}
            Draft202012Validator(schema).validate({"cases": [case]})
