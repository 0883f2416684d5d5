"""The README and the pages it links to are true: recipe, commands and program are those of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import Cli, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS_PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
PYTHON_PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.+)\n```$", README, re.MULTILINE)


def test_the_two_commands_are_one_line_each() -> None:
    assert len(COMMANDS) == 2
    assert COMMANDS[0].endswith("recipebatch apply recipes/topn.yaml")
    assert COMMANDS[1].endswith("python -m pytest")
    assert not any("sudo" in command for command in COMMANDS)


def test_the_recipe_shown_is_the_recipe_shipped() -> None:
    shown = re.search(r"<!-- recipes/topn.yaml -->\n```yaml\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    assert shown[1] == (ROOT / "recipes" / "topn.yaml").read_text(encoding="utf-8")


def test_every_command_of_the_program_is_on_the_page_of_commands(cli: Cli) -> None:
    listed = set(re.findall(r"^│ (\w+) ", cli("--help").stdout, re.MULTILINE))
    table = COMMANDS_PAGE.split("## Parameters")[0]
    assert listed
    for name in listed:
        assert f"`{name}" in table, name


def test_every_link_leads_to_a_file() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    links = [(page, link) for page in pages for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))]
    assert len(links) > 10
    assert [(page.name, link) for page, link in links if not (page.parent / link).is_file()] == []


def path_without_node(folder: Path) -> str:
    """A PATH with everything that this one has but Node.js: links to all other programs."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).glob("*") if Path(place).is_dir() else ():
            link = folder / program.name
            if program.name not in {"node", "nodejs", "npm", "npx", "corepack"} and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Cli]:
    """A copy of the project, a state folder of its own, and no Node.js on the PATH."""
    project = tmp_path / "project"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True, text=True).stdout
    names = [name for name in tracked.split("\0") if name and (ROOT / name).is_file()]
    if names:
        for name in names:
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, project / name)
    else:
        shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache"))
    user = Cli(clean_environment(tmp_path) | {"PATH": path_without_node(tmp_path / "bin")})
    yield user
    venv = project / ".venv" / "bin" / "recipebatch"
    subprocess.run([venv, "emulator", "stop"], env=user.environ, check=True, capture_output=True)


def test_the_first_command_runs_the_tutorial_in_an_empty_copy_without_node(newcomer: Cli, tmp_path: Path) -> None:
    project = tmp_path / "project"
    assert shutil.which("node", path=newcomer.environ["PATH"]) is None
    done = subprocess.run(
        ["bash", "-c", COMMANDS[0]],
        cwd=project,
        env=newcomer.environ,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "\naccount: local, this machine" in "\n" + done.stderr
    results = sorted(path.name for path in (project / "topn-output").glob("*_OUTPUT.txt"))
    assert results == ["taskdata1_OUTPUT.txt", "taskdata2_OUTPUT.txt", "taskdata3_OUTPUT.txt"]


def test_the_program_on_the_page_of_the_python_api_runs(cli: Cli, tmp_path: Path) -> None:
    program = re.findall(r"^```python\n(.*?)```$", PYTHON_PAGE, re.MULTILINE | re.DOTALL)[0]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=cli.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("['topNtask0', 'topNtask1', 'topNtask2']\nsucceeded ")
