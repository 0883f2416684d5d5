"""No module of the folder that the user stands in, or of a recipe's folder, is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("recipebatch"))
NAMES = (
    "typer",
    "rich",
    "ruamel",
    "json",
    "typing",
    "jsonschema",
    "platformdirs",
    "recipebatch_plugin",
    "sitecustomize",
)


@pytest.mark.parametrize("command", [[COMMAND], [sys.executable, "-m", "recipebatch"]])
@pytest.mark.parametrize("arguments", [["--version"], ["plan", "r.yaml"], ["lint", "r.yaml"], ["validate", "."]])
def test_no_module_of_the_working_folder_is_imported(tmp_path: Path, command: list[str], arguments: list[str]) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'a').write({name!r})\n")
    (tmp_path / "r.yaml").write_text("schema_version: 1\nname: demo\npool: {existing: p}\ntasks: [{command_line: a}]\n")
    environ = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONSAFEPATH"}}
    done = subprocess.run(
        [*command, *arguments], cwd=tmp_path, env=environ, timeout=60, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "imported").exists()
