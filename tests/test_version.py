"""The version stands in one place, `_version.py`; everything that shows a version shows that one."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import recipebatch
from recipebatch._version import __version__
from recipebatch.report.sarif import sarif

ROOT = Path(__file__).resolve().parents[1]


def test_the_command_the_package_and_sarif_show_the_same_version() -> None:
    command = subprocess.run(
        [sys.executable, "-m", "recipebatch", "--version"], capture_output=True, text=True, check=True
    )
    assert command.stdout == f"recipebatch {__version__}\n"
    assert recipebatch.__version__ == __version__
    assert metadata.version("recipebatch") == __version__
    assert sarif([])["runs"][0]["tool"]["driver"]["version"] == __version__


def test_the_version_is_written_once() -> None:
    sources = [*(ROOT / "src").rglob("*.py"), ROOT / "pyproject.toml"]
    assert [path.name for path in sources if f'"{__version__}"' in path.read_text("utf-8")] == ["_version.py"]


def test_the_changelog_begins_with_unreleased_changes_and_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## \[(.*?)\]", changelog, re.MULTILINE)[:2] == ["Unreleased", __version__]
    dates = re.findall(r"^## \[\d.*?\](.*)", changelog, re.MULTILINE)
    assert all(re.fullmatch(r" - \d{4}-\d\d-\d\d", date) for date in dates)


def test_the_changelog_groups_changes_as_keep_a_changelog_says() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    groups = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)", changelog, re.MULTILINE)) <= groups
