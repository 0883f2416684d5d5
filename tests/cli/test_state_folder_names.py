"""A state folder whose name has characters of patterns, URLs and shells: every output file arrives."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

TEXT = r"""
storage: {out: {}}
tasks:
  - id: t
    command_line: >-
      /bin/sh -c 'mkdir sub; echo 1 > a.txt; echo 2 > sub/b.txt; NAME'
    output_files:
      - {file_pattern: '**/*.txt', container: out, path: below}
      - {file_pattern: $AZ_BATCH_TASK_DIR/stdout.txt, container: out, path: stdout}
      - {file_pattern: a.txt, container: out, path: one}
collect: [{container: out, into: results}]
"""


@pytest.mark.parametrize("name", ["a [x]*? b#%ü", "q'u\"o,t:e$HOME&;(1)"])
def test_output_files_arrive_from_a_state_folder_of_any_name(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path, name: str
) -> None:
    environ = {"RECIPEBATCH_STATE_DIR": str(tmp_path / name / "state")}
    odd = sys.platform != "darwin"  # where file names are UTF-8
    text = TEXT.replace("NAME", r'echo 3 > "$(printf "n\377.txt")"' if odd else "true")
    try:
        done = cli("apply", write_recipe("names", text), "--yes", cwd=tmp_path, environ=environ)
        assert done.returncode == 0, done.stderr
    finally:
        cli("emulator", "stop", environ=environ)
    results = tmp_path / "results"
    found = {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()}
    names = {"below/a.txt", "below/sub/b.txt", "stdout", "one", "recipebatch-manifest.json"}
    assert found == names | ({"below/n%FF.txt"} if odd else set())
