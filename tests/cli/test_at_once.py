"""Several commands on one local account at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

AT_ONCE = 6
TEXT = """\
parameters: {n: {type: integer, default: 0}}
storage: {input: {uploads: [a.txt]}, output: {}}
tasks:
  - for_each: {repeat: 5}
    resource_files: [input]
    commands: ['cat a.txt > b.txt', 'echo ${{ params.n }} ${{ index }} >> b.txt']
    output_files: [{file_pattern: b.txt, container: output, path: '${{ index }}.txt'}]
collect: [{container: output, into: 'out-${{ params.n }}'}]
purge: always
"""


def test_runs_at_once_do_not_touch_each_other(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words\n")
    recipe = write_recipe("at-once", TEXT)
    started = [cli.start("apply", recipe, "--new", "-p", f"n={number}", cwd=tmp_path) for number in range(AT_ONCE)]
    for process in started:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
    for number in range(AT_ONCE):
        found = {path.name: path.read_text() for path in (tmp_path / f"out-{number}").glob("*.txt")}
        assert found == {f"{index}.txt": f"words\n{number} {index}\n" for index in range(5)}
    mine = [run for run in cli.json("runs")["runs"] if run["recipe"] == "at-once"]
    assert [(run["status"], run["verdict"]) for run in mine] == [("purged", "succeeded")] * AT_ONCE
