"""Fast start: commands that need no Azure package import none, and those that read no recipe nothing that reads one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import sys
from recipebatch.cli.app import main
sys.argv = ["recipebatch", *sys.argv[1:]]
try:
    main()
finally:
    refused = NOT_TO_LOAD
    loaded = sorted(name for name in sys.modules if any(f"{name}.".startswith(f"{each}.") for each in refused))
    print("LOADED", *loaded, file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["validate", "builtin:topn"], ["plan", "builtin:topn"], ["schema"]])
def test_what_needs_no_account_imports_no_azure_package(arguments: list[str], tmp_path: Path) -> None:
    assert _loaded(arguments, tmp_path, "azure", "msal", "requests", "uvicorn") == []


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["apply", "--help"], ["scale", "--help"]])
def test_what_reads_no_recipe_imports_no_plan(arguments: list[str], tmp_path: Path) -> None:
    assert _loaded(arguments, tmp_path, "azure", "jinja2", "recipebatch.plan", "recipebatch.recipe", "ruamel") == []


def _loaded(arguments: list[str], folder: Path, *packages: str) -> list[str]:
    """The modules of these packages that a command loads."""
    script = SCRIPT.replace("NOT_TO_LOAD", repr(packages))
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stderr.splitlines()[-1].split()[1:]
