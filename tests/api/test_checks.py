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
    assert {problem.code for problem in check.problems} == codes
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


def test_a_recipe_is_expanded_as_far_as_its_parameters_have_values(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    (folder / "values.yaml").write_text("slots: 1\n", encoding="utf-8")
    (check,) = api.validate(["wrong.yaml"])
    assert check.not_expanded == "parameter slots has no value"
    assert [(problem.at.line, problem.code) for problem in check.problems] == [
        (4, "missing-file"),
        (5, "pool-without-nodes"),
        (7, "too-many-slots"),
    ]
    (linted,) = api.lint(["wrong.yaml"])
    assert linted.not_expanded == check.not_expanded
    assert tuple(problem for problem in linted.problems if problem.severity == "error") == check.problems
    by_file = api.Values(files=[Path("values.yaml")])
    assert next(found.code for found in api.problems(["wrong.yaml", "demo.yaml"], by_file)) == "missing-file"
    monkeypatch.setenv("RECIPEBATCH_PARAM_SLOTS", "2")
    assert api.validate(["wrong.yaml"])[0].not_expanded is None


HALF = """\
schema_version: 1
name: half
parameters:
  number: {type: integer}
  text: {type: string}
  words: {type: list}
  enabled: {type: boolean}
  image: {type: string}
  given: {type: integer, default: 3}
vars: {path: "${{ params.text }}/x"}
"""


@pytest.mark.parametrize(
    ("rest", "line", "code"),
    [
        (
            'pool: {image: ubuntu-24.04, vm_size: "${{ params.text }}"}\ntasks: [{command_line: a}]',
            1,
            "pool-without-nodes",
        ),
        (
            """pool: {image: ubuntu-24.04, vm_size: standard_nc6, target_dedicated_nodes: "${{ params.number }}"}
tasks: [{command_line: a}]""",
            1,
            "vm-size-retired",
        ),
        (
            """pool: {image: "${{ params.image }}", os: linux, vm_size: standard_nc6, target_dedicated_nodes: 1}
tasks: [{command_line: a}]""",
            1,
            "vm-size-retired",
        ),
        (
            """POOL
tasks: [{command_line: "a ${{ params.text }}", required_slots: "${{ params.given }}"}]""",
            2,
            "too-many-slots",
        ),
        (
            """POOL
tasks: [{command_line: "a ${{ item }}", required_slots: 3, for_each: {items: "${{ params.words }}"}}]""",
            2,
            "too-many-slots",
        ),
        (
            """POOL
tasks: [{command_line: "a ${{ item.n }}", required_slots: 3,
  for_each: {product: {n: {stop: "${{ params.number }}"}}}}]""",
            2,
            "too-many-slots",
        ),
        (
            """POOL
tasks: [{command_line: a, id: "i.${{ item }}", for_each: {items: ["${{ params.text }}", 7]}}]""",
            2,
            "invalid-id",
        ),
        (
            """POOL
tasks: [{command_line: a, for_each: {items: [1], exclude: "${{ item == 1 }}", limit: "${{ params.number }}"}}]""",
            2,
            "empty-for-each",
        ),
        (
            """pool: {image: ubuntu-24.04, vm_size: "${{ params.text }}", target_dedicated_nodes: 2,
  enable_inter_node_communication: true}
tasks: [{command_line: a, multi_instance_settings: {number_of_instances: 4, coordination_command_line: a}}]""",
            3,
            "too-few-nodes",
        ),
        (
            """POOL
tasks: [{command_line: "${{ params.text }}", container_settings: {image_name: a}}]""",
            2,
            "no-container-configuration",
        ),
        (
            """POOL
storage: {data: {uploads: [{source: none.txt, prefix: "${{ vars.path }}"}]}}
tasks: [{command_line: a}]""",
            2,
            "missing-file",
        ),
        (
            """POOL
storage: {out: {}}
tasks:
- {name: a, command_line: "a ${{ params.text }}", output_files: [{file_pattern: x, container: out, path: same}]}
- {name: b, command_line: a, for_each: {items: "${{ params.words }}"},
   output_files: [{file_pattern: x, container: out, path: same}]}""",
            6,
            "same-blob",
        ),
        (
            """POOL
tasks:
- {name: a, command_line: a, for_each: {items: "${{ params.words }}"}}
- {name: b, command_line: a, depends_on: {same_item: a}}""",
            4,
            "unknown-item",
        ),
        (
            """POOL
jobs:
  j: {schedule: {do_not_run_until: 2030-01-01T00:00:00Z, do_not_run_after: 2029-01-01T00:00:00Z},
      job_manager_task: {command_line: "a ${{ params.text }}"}}""",
            3,
            "invalid-time",
        ),
    ],
)
def test_what_does_not_depend_on_a_missing_value_is_refused_as_by_plan(
    folder: Path, rest: str, line: int, code: str
) -> None:
    before = HALF.count("\n")
    pool = (
        'pool: {image: ubuntu-24.04, vm_size: "${{ params.text }}", target_dedicated_nodes: 1, task_slots_per_node: 2}'
    )
    (folder / "half.yaml").write_text(HALF + rest.replace("POOL", pool), encoding="utf-8")
    (check,) = api.validate(["half.yaml"])
    assert [(found.at.line - before, found.code) for found in check.problems] == [(line, code)]
    assert check.not_expanded == "parameters number, text, words, enabled, image have no value"
    given = {"number": 4, "text": "standard_d2s_v3", "words": ["a", "b"], "enabled": True}
    given["image"] = "ubuntu-24.04"
    (full,) = api.validate(["half.yaml"], api.Values(given=given))
    assert {(found.at, found.code) for found in check.problems} <= {(found.at, found.code) for found in full.problems}


@pytest.mark.parametrize(
    "rest",
    [
        """pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: "${{ params.number }}"}
tasks: [{command_line: a, required_slots: "${{ params.number }}"}]""",
        """pool: {existing: "${{ params.text }}"}
tasks: [{command_line: a, required_slots: 30, container_settings: {image_name: a}}]""",
        """POOL
tasks: [{name: a, command_line: a}, {name: b, command_line: a, required_slots: 9, when: "${{ params.enabled }}"}]""",
        """POOL
tasks: [{command_line: a, required_slots: "${{ 9 if params.enabled else 1 }}", when: "${{ not params.enabled }}"}]""",
        """POOL
storage: {data: {uploads: ["${{ params.text }}/*.txt"]}}
tasks: [{command_line: "a ${{ file.name }}", for_each: {files: data}}]""",
        """POOL
tasks: [{command_line: a, id: "${{ params.text }}", for_each: {items: [1, 2]}}]""",
        """POOL
tasks: [{command_line: a, for_each: {items: [1], include: "${{ item == params.number }}"}}]""",
        """POOL
tasks: [{name: n, command_line: a, ids: numeric, for_each: {items: "${{ params.words }}"}},
  {name: m, command_line: a, id: "2", depends_on: [{task_ids: ["7"]}]}]""",
        """POOL
storage: {"out": {container: "${{ params.text }}"}, other: {container: abc}}
tasks: [{command_line: "a ${{ storage.out.name | upper }}", for_each: {rows: {file: "${{ params.text }}"}}}]""",
        """pool: {image: ubuntu-24.04, vm_size: a,
  auto_scale: {scenario: workday, max_nodes: "${{ params.number }}"},
  provisioning: {min_ready_nodes: 2}}
tasks: [{command_line: a}]""",
        """POOL
tasks: [{command_line: "a ${{ ([params.number, 1] | sum) if params.number is number else 1 }}"}]""",
    ],
)
def test_what_some_value_would_make_right_is_not_refused(folder: Path, rest: str) -> None:
    pool = "pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}"
    (folder / "half.yaml").write_text(HALF + rest.replace("POOL", pool), encoding="utf-8")
    (check,) = api.validate(["half.yaml"])
    assert check.problems == ()


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
