"""validate, lint and explain as a user sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from command import Cli

UNWISE = """\
schema_version: 1
name: demo
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v5, spot_nodes: 1}
tasks: [{command_line: a}]
"""
BROKEN = UNWISE.replace("24.04", "24.4") + "job: {constraints: {max_wall_clock_time: 1h}}\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    (tmp_path / "unwise.yaml").write_text(UNWISE)
    return tmp_path


def test_lint_reports_the_problems_of_all_files_and_fails_for_errors(cli: Cli, files: Path) -> None:
    done = cli("lint", "broken.yaml", "unwise.yaml", "none.yaml", cwd=files)
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "broken.yaml:3:15: error: unknown image ubuntu-24.4 [unknown-image]",
        "    3 | pool: {image: ubuntu-24.4, vm_size: standard_d2s_v5, spot_nodes: 1}",
        "      |               ^",
        "  hint: did you mean ubuntu-24.04?",
        "unwise.yaml:4:9: warning: neither task template task nor its job has max_wall_clock_time [no-time-limit]",
        "    4 | tasks: [{command_line: a}]",
        "      |         ^",
        "  hint: add `constraints: {max_wall_clock_time: 1h}`: a task that hangs occupies its node for up to 24 hours",
        "none.yaml:1:1: error: none.yaml cannot be read: No such file or directory [unreadable-recipe]",
        "  hint: a bundled recipe is named like builtin:topn",
        "2 errors, 1 warning",
    ]


def test_warnings_alone_are_no_failure_unless_lint_is_strict(cli: Cli, files: Path) -> None:
    assert cli("lint", "unwise.yaml", cwd=files).returncode == 0
    done = cli("lint", "unwise.yaml", "--strict", cwd=files)
    assert done.returncode == 3
    assert "unwise.yaml:4:9: error: neither" in done.stdout


def test_a_bundled_recipe_gives_lint_nothing_to_report(cli: Cli, tmp_path: Path) -> None:
    done = cli("lint", "builtin:topn", "--strict", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "builtin:topn: no problems\n")


@pytest.mark.parametrize("command", ["validate", "lint"])
def test_what_is_found_comes_as_json(cli: Cli, files: Path, command: str) -> None:
    body = cli.json(command, "broken.yaml", cwd=files, exit_code=3)
    assert (body["version"], body["kind"], body["valid"]) == (1, command, False)
    assert body["problems"] == [
        {
            "at": {"file": "broken.yaml", "line": 3, "column": 15},
            "message": "unknown image ubuntu-24.4",
            "code": "unknown-image",
            "hint": "did you mean ubuntu-24.04?",
            "severity": "error",
        }
    ]
    assert cli(command, "broken.yaml", "--format", "json", cwd=files).stdout == json.dumps(body, indent=1) + "\n"


@pytest.mark.parametrize("command", ["validate", "lint"])
def test_what_is_found_comes_as_sarif(cli: Cli, files: Path, command: str) -> None:
    done = cli(command, "broken.yaml", "--format", "sarif", cwd=files)
    assert done.returncode == 3
    (run,) = json.loads(done.stdout)["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["unknown-image"]


def test_a_code_is_explained_with_an_example(cli: Cli, tmp_path: Path) -> None:
    lines = cli("explain", "purge", cwd=tmp_path)
    assert lines.returncode == 2
    done = cli("explain", "pool-stays", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("pool-stays (warning): ")
    assert "wrong:\n  pool: " in done.stdout
    assert cli.json("explain", "pool-stays")["explanation"]["severity"] == "warning"


def test_all_codes_are_listed(cli: Cli, tmp_path: Path) -> None:
    done = cli("explain", cwd=tmp_path)
    assert any(line.startswith("unknown-key ") for line in done.stdout.splitlines())
    assert len(cli.json("explain")["codes"]) == len(done.stdout.splitlines())


TESTS = """\
cases:
  - {name: one task, expect: {tasks: 1, golden: unwise.plan.json}}
  - {name: two tasks, expect: {tasks: 2}}
"""


def test_the_tests_of_recipes_run_without_an_account(cli: Cli, files: Path) -> None:
    (files / "unwise.test.yaml").write_text(TESTS)
    assert cli("test", "unwise.yaml", "--update", cwd=files).stdout.startswith("unwise.test.yaml:2:5: wrote ")
    done = cli("test", ".", "--junit", "results.xml", cwd=files, environ={"AZURE_BATCH_ACCOUNT": "no such account"})
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "unwise.test.yaml:3:5: failed: two tasks",
        "  the plan has 1 task, not 2",
        "1 passed, 1 failed",
    ]
    assert 'failures="1"' in (files / "results.xml").read_text()
    body = cli.json("test", "unwise.test.yaml", cwd=files, exit_code=1)
    assert [case["name"] for case in body["cases"] if case["failures"]] == ["two tasks"]


def test_the_recipes_of_a_folder_are_checked_and_nothing_else_in_it(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "recipes"
    (folder / "more").mkdir(parents=True)
    (folder / "a.yaml").write_text("schema_version: 1\nname: a\npool: {existing: p}\ntasks: [{command_line: b}]\n")
    (folder / "a.test.yaml").write_text("cases: []\n")
    (folder / "part.yaml").write_text("pool: {vm_size: x}\n")
    (folder / "more" / "b.yml").write_text("schema_version: 1\nnam: b\n")
    report = cli.json("validate", folder, exit_code=3)
    assert [Path(name).name for name in report["files"]] == ["a.yaml", "b.yml"]
    assert {Path(problem["at"]["file"]).name for problem in report["problems"]} == {"b.yml"}
    by_pattern = sorted(str(path) for path in folder.glob("*.yaml") if path.stem != "part")
    assert [Path(name).name for name in cli.json("validate", *by_pattern)["files"]] == ["a.yaml"]
    assert "recipebatch test" in cli("validate", folder / "a.test.yaml").stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    assert cli("lint", empty).returncode == 2


def test_validate_says_what_it_could_not_expand(cli: Cli, tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        "schema_version: 1\nname: demo\nparameters: {n: {type: integer}}\n"
        "pool: {image: ubuntu-24.04, vm_size: a, target_dedicated_nodes: '${{ params.n }}'}\n"
        "tasks: [{command_line: a}]\n",
        encoding="utf-8",
    )
    assert cli("validate", recipe).stdout == f"{recipe}: valid; not expanded: parameter n has no value\n"
    assert cli("validate", recipe, "-p", "n=1").stdout == f"{recipe}: valid\n"
    refused = cli("validate", recipe, "-p", "n=0")
    assert (refused.returncode, "[pool-without-nodes]" in refused.stderr) == (3, True)


@pytest.mark.parametrize("command", ["validate", "lint", "plan", "apply"])
def test_an_image_and_a_size_that_are_no_more_are_refused_by_every_command(
    cli: Cli, tmp_path: Path, command: str
) -> None:
    recipe = tmp_path / "old.yaml"
    recipe.write_text(
        "schema_version: 1\nname: old\n"
        "pool:\n  image: {publisher: OpenLogic, offer: CentOS, sku: '7_9'}\n  vm_size: Standard_NC6\n  spot_nodes: 1\n"
        "tasks: [{command_line: a}]\n",
        encoding="utf-8",
    )
    done = cli(command, recipe, cwd=tmp_path)
    said = done.stdout + done.stderr
    assert done.returncode == 3
    assert "old.yaml:4:10: error: the image OpenLogic/CentOS/7_9 has had no support since 2024-06-30" in said
    assert "old.yaml:5:12: error: Azure retired the VM size Standard_NC6 on 2023-09-06 (series NC)" in said
    assert "old" not in [run["recipe"] for run in cli.json("runs")["runs"]]
