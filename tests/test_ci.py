"""The checks of a clean clone: `.ci/run` is all parts; the public workflow calls the same parts and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import LONGEST
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted(path.name for path in (ROOT / ".ci").iterdir())


@pytest.fixture(scope="module")
def jobs() -> dict[str, Any]:
    """The jobs of the public workflow."""
    workflow = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "ci.yml")
    assert set(workflow["on"]) == {"push", "pull_request"}
    found: dict[str, Any] = workflow["jobs"]
    return found


def script(name: str) -> str:
    return (ROOT / ".ci" / name).read_text("utf-8")


def test_the_workflow_tests_each_python_on_linux_and_macos(jobs: dict[str, Any]) -> None:
    matrix = jobs["tests"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest"]
    assert all(extra["os"] in matrix["os"] and extra["python"] in matrix["python"] for extra in matrix["include"])


def test_the_workflow_runs_the_parts_of_ci_run_and_nothing_else(jobs: dict[str, Any]) -> None:
    commands = {step["run"].split()[0] for job in jobs.values() for step in job["steps"] if "run" in step}
    assert commands == {".ci/tests", ".ci/checks"}
    assert all(f"\n{command}" in script("run") for command in commands)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_part_runs_on_any_machine(name: str) -> None:
    assert os.access(ROOT / ".ci" / name, os.X_OK)
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / name], check=False).returncode == 0
    commands = [line for line in script(name).splitlines() if not line.startswith("#")]
    # Neither an address nor an absolute path.
    assert re.findall(r"https?:|(?<![\w.}\"#/-])/[a-z]\w+", "\n".join(commands)) == []


def test_the_parts_run_in_the_environment_of_the_readme() -> None:
    assert script("tests").count("README.md") == 1
    readme = (ROOT / "README.md").read_text("utf-8").splitlines()
    (command,) = [line for line in readme if ".venv/bin/python -m pytest" in line]
    assert command.endswith("-m pytest"), "options of .ci/tests are appended to it"


def test_the_files_that_begin_first_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []


def test_the_fast_selection_names_tests_that_are_there() -> None:
    (names,) = re.findall(r"^parts=\(([^)]*)\)", script("fast"), re.MULTILINE)
    assert [name for name in names.split() if not (ROOT / "tests" / name).exists()] == []
