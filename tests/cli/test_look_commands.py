"""status and logs: a look at a run while another command works on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

TEXT = """
storage: {output: {}}
tasks:
  - name: t
    for_each: {items: [x, y]}
    commands:
      - echo begun ${{ item }}
      - echo to stderr >&2
      - while ! test -e GATE; do sleep 0.05; done
      - printf '%s %s %s' last of ${{ item }}
purge: never
"""


def test_a_run_at_work_can_be_looked_at_and_its_output_followed(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    recipe = write_recipe("looked", TEXT.replace("GATE", str(gate)), pool="  task_slots_per_node: 2\n")
    applying = cli.start("apply", recipe, cwd=tmp_path)
    deadline = time.monotonic() + 120
    while True:
        seen = cli("status", recipe)
        if "2 running of 2 tasks" in seen.stdout:
            break
        assert time.monotonic() < deadline, seen.stdout + seen.stderr
        time.sleep(0.2)
    assert "watch started, verdict unknown; locked: apply by tester on " in seen.stdout
    assert "active, 1 running, until 20" in seen.stdout
    shown = cli.json("status", recipe)["run"]
    assert [(job["state"], job["running"], job["planned"]) for job in shown["jobs"]] == [("active", 2, 2)]
    assert shown["pools"][0]["nodes"] == {"running": 1}

    assert cli("logs", recipe).stdout == "t-0 | begun x\nt-1 | begun y\n"
    assert cli("logs", recipe, "--task", "t-1", "--file", "stderr.txt").stdout == "to stderr\n"
    following = cli.start("logs", recipe, "--follow", "--tail", "1")
    gate.touch()
    out, told = following.communicate(timeout=120)
    assert following.returncode == 0, told
    assert {line for line in out.splitlines() if "begun" not in line} == {"t-0 | last of x", "t-1 | last of y"}
    applying.communicate(timeout=120)
    assert applying.returncode == 0
    assert cli("logs", recipe, "--tail", "1", "--task", "t-0").stdout == "last of x"
    assert cli.json("logs", recipe, "--task", "t-0")["tasks"][0]["text"] == "begun x\nlast of x"
    assert "2 succeeded of 2 tasks" in cli("status", "--run", shown["run_id"]).stdout
    assert cli("purge", recipe).returncode == 0
    assert cli("status", recipe).stdout.count("not found") == 2
    assert cli("logs", recipe).stdout == ""


def test_what_cannot_be_looked_at_is_said(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("unlooked", "tasks: [{name: t, for_each: {repeat: 51}, commands: [echo]}]\npurge: never\n")
    none = cli("status", recipe)
    assert (none.returncode, "there is no run of unlooked" in none.stderr) == (2, True)
    assert cli("apply", recipe, cwd=tmp_path).returncode == 0
    many = cli("logs", recipe)
    assert (many.returncode, "too many to print at once" in many.stderr) == (2, True)
    wrong = cli("logs", recipe, "--task", "t-5")
    assert (wrong.returncode, "the run has no task t-5" in wrong.stderr) == (2, True)
    both = cli("logs", recipe, "--follow", "--json")
    assert both.returncode == 2
    assert cli("logs", recipe, "--task", "t-05").stdout == "\n"
    assert cli("purge", recipe).returncode == 0
