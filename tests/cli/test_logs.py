"""logs: what is there, what is not, and what the record keeps; while a run works, after it, and when it is purged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

TASKS = """
tasks:
  - {name: a, commands: ['echo z > z.txt']}
  - {name: b, commands: ['echo out of b', 'exit 4']}
purge: never
"""
STARTS = """  start_task: {commands: ['echo started', 'echo to stderr >&2']}
"""


def test_what_is_not_there_is_an_error_and_what_failed_outlives_the_purge(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("gonelogs", TASKS, pool=STARTS)
    # Without a watch the nodes stay.
    assert cli("apply", recipe, "--to", "submit", cwd=tmp_path).returncode == 0
    wait_for(lambda: "1 succeeded, 1 failed of 2 tasks" in cli("status", recipe).stdout, "the ends of both tasks")
    other = cli("logs", recipe, "--task", "a", "--file", "z.txt")
    assert (other.returncode, other.stdout) == (1, "")
    assert "error: task a has no z.txt" in other.stderr
    assert "hint: it has wd/z.txt, stderr.txt, stdout.txt" in other.stderr
    some = cli("logs", recipe, "--file", "wd/z.txt")
    assert (some.returncode, some.stdout) == (1, "a | z\n")
    assert "1 of 2 tasks has no wd/z.txt (b: it has written no such file)" in some.stderr
    document = cli("logs", recipe, "--file", "wd/z.txt", "--json")
    assert (document.returncode, json.loads(document.stdout)["missing"].startswith("1 of 2 tasks")) == (1, True)
    assert cli("logs", recipe, "--failed", "--stream", "stdout").stdout == "b | out of b\n"
    assert "wd/z.txt" in cli("logs", recipe, "--task", "a", "--list").stdout
    empty = cli("logs", recipe, "--task", "a")
    assert (empty.returncode, empty.stdout, "no output in stdout.txt" in empty.stderr) == (0, "", True)

    started = cli("logs", recipe, "--start-task").stdout.splitlines()
    node = started[0].partition(":")[0]
    assert started == [f"{node}: start task, stdout.txt | started", f"{node}: start task, stderr.txt | to stderr"]
    assert f"{node}: b, stdout.txt | out of b" in cli("logs", recipe, "--node", node).stdout.splitlines()
    assert cli("logs", recipe, "--node", "n").returncode == 2

    listed = cli.json("tasks", recipe, "--state", "failed")
    assert [(task["id"], task["exit_code"], task["cause"]) for task in listed["tasks"]] == [("b", 4, "exit_code")]
    assert (listed["from"], listed["counts"]) == (["service"], {"succeeded": 1, "failed": 1})

    assert cli("purge", recipe, "--yes", "--force").returncode == 0
    table = cli("tasks", "--sort", "ran").stdout.splitlines()
    assert table[0].split() == ["TASK", "TEMPLATE", "STATE", "CAUSE", "EXIT", "TRIES", "NODE", "WAITED", "RAN", "ENDED"]
    assert {line.split()[0] for line in table[1:3]} == {"a", "b"}
    assert table[3].startswith("2 tasks: 1 succeeded, 1 failed; longest ")
    assert table[4].startswith("all tasks come from the record of the run, as they were ")
    page = cli("tasks", "show", "b", recipe).stdout.splitlines()
    assert page[0] == "task b: failed, exit code 4"
    assert page[page.index("command:") + 1 :][:2] == ["    echo out of b", "    exit 4"]
    assert page[page.index("the end of what it wrote:") + 1] == "    | out of b"
    kept = cli("logs", recipe)
    assert kept.returncode == 0
    for text in ("task b failed: exit code 4", "cause exit_code", f"on node {node}", "1 try", "    | out of b"):
        assert text in kept.stdout
    assert cli("logs", recipe, "--task", "b", "--file", "stdout.txt").stdout == "out of b"
    lost = cli("logs", recipe, "--task", "a", "--file", "z.txt")
    assert (lost.returncode, lost.stdout) == (1, "")
    had = "task a has no file z.txt; it had wd/z.txt (2 B), stderr.txt (0 B), stdout.txt (0 B); the run was purged"
    assert had in lost.stderr
    never = cli("logs", recipe, "--task", "c")
    assert (never.returncode, "the run had no task c" in never.stderr) == (2, True)


def test_when_the_nodes_are_gone_the_record_has_what_tasks_wrote_and_the_names_of_their_files(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("scaledlogs", TASKS)
    assert cli("apply", recipe, cwd=tmp_path).returncode == 1
    wait_for(lambda: "no nodes" in cli("status", recipe).stdout, "a pool without nodes")
    gone = cli("logs", recipe)
    assert (gone.returncode, gone.stdout) == (0, "b | out of b\n")
    assert "2 tasks (a, b): their node is gone; the record keeps stdout.txt" in gone.stderr
    alone = cli("logs", recipe, "--task", "a", "--file", "z.txt")
    assert (alone.returncode, alone.stdout) == (1, "")
    had = "task a has no file z.txt; it had wd/z.txt (2 B), stderr.txt (0 B), stdout.txt (0 B); its node is gone"
    assert had in alone.stderr
    lost = cli("logs", recipe, "--file", "wd/z.txt")
    assert (lost.returncode, "a: its node is gone, and its wd/z.txt with it; b: it had" in lost.stderr) == (1, True)
    assert cli("purge", recipe, "--yes").returncode == 0


FOLLOWED = """
tasks:
  - name: t
    commands:
      - for i in $(seq 1 20); do echo line $i; done
      - while ! test -e GATE; do sleep 0.05; done
      - for i in $(seq 21 40); do echo line $i; done
purge: always
"""


def test_no_line_is_lost_when_the_run_is_purged_at_its_end(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    recipe = write_recipe("followed", FOLLOWED.replace("GATE", str(gate)))
    applying = cli.start("apply", recipe, cwd=tmp_path)
    wait_for(lambda: "1 running of 1 tasks" in cli("status", recipe).stdout, "the task to run")
    with cli.start("logs", recipe, "--follow") as following:
        assert following.stdout is not None
        assert following.stdout.readline() == "t | line 1\n"
        gate.touch()
        assert list(following.stdout) == [f"t | line {number}\n" for number in range(2, 41)]
        assert following.wait(timeout=120) == 0
    applying.communicate(timeout=120)
    assert applying.returncode == 0


def test_a_run_that_is_purged_while_its_tasks_run_is_said_to_those_who_follow(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("cutoff", FOLLOWED.replace("GATE", str(tmp_path / "never")))
    early = cli("apply", recipe, "--to", "provision", cwd=tmp_path)
    assert early.returncode == 0
    none = cli("logs", recipe, "--follow")
    assert (none.returncode, "has not submitted its tasks yet (provision done)" in none.stderr) == (1, True)
    assert cli("apply", recipe, "--to", "submit", cwd=tmp_path).returncode == 0
    with cli.start("logs", recipe, "--follow") as following:
        assert following.stdout is not None
        assert following.stderr is not None
        assert following.stdout.readline() == "t | line 1\n"
        assert cli("purge", recipe, "--yes", "--force").returncode == 0
        assert list(following.stdout) == [f"t | line {number}\n" for number in range(2, 21)]
        assert "the run was purged before its tasks had ended (t)" in following.stderr.read()
        assert following.wait(timeout=120) == 1
