"""Several commands on one local account at the same time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

AT_ONCE = 10
TEXT = """\
parameters: {n: {type: integer, default: 0}}
storage: {input: {uploads: [a.txt]}, output: {}}
tasks:
  - for_each: {repeat: 5}
    resource_files: [input]
    commands:
      - while ! test -e GATE; do sleep 0.1; done
      - cat a.txt > b.txt
      - echo ${{ params.n }} ${{ index }} >> b.txt
    output_files: [{file_pattern: b.txt, container: output, path: '${{ index }}.txt'}]
collect: [{container: output, into: 'out-${{ params.n }}'}]
purge: always
"""


def test_ten_concurrent_runs_succeed_while_the_account_is_stopped_and_started(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("words\n")
    gate = tmp_path / "gate"
    recipe = write_recipe("at-once", TEXT.replace("GATE", str(gate)))
    started = [cli.start("apply", recipe, "--new", "-p", f"n={number}", cwd=tmp_path) for number in range(AT_ONCE)]
    wait_for(
        lambda: int(cli.json("emulator", "status")["counts"]["jobs"]) >= AT_ONCE // 2, "half of the jobs", seconds=300
    )
    for verb in ("stop", "start"):
        done = cli("emulator", verb)
        assert done.returncode == 0, done.stderr
    gate.touch()
    for process in started:
        _, stderr = process.communicate(timeout=300)
        assert process.returncode in {0, 4}, stderr
        assert "Traceback" not in stderr
        if process.returncode == 4:
            run = re.search(r"run (\d{8}-\d{6}-\w{4})", stderr)
            assert run is not None, stderr
            resumed = cli("runs", "resume", run[1], cwd=tmp_path)
            assert resumed.returncode == 0, resumed.stderr
    for number in range(AT_ONCE):
        found = {path.name: path.read_text() for path in (tmp_path / f"out-{number}").glob("*.txt")}
        assert found == {f"{index}.txt": f"words\n{number} {index}\n" for index in range(5)}
    mine = [run for run in cli.json("runs")["runs"] if run["recipe"] == "at-once"]
    assert [(run["status"], run["verdict"]) for run in mine] == [("purged", "succeeded")] * AT_ONCE
