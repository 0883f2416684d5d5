"""stop, pause and unpause, beside the command that works on the run and after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

TEXT = """\
storage: {output: {}}
tasks:
  - name: quick
    commands: ['echo a > a.txt']
    output_files: [{file_pattern: a.txt, container: output}]
  - name: slow
    commands: ['sleep 600', 'echo b > b.txt']
    output_files: [{file_pattern: b.txt, container: output}]
  - name: waits
    commands: ['true']
collect: [{container: output, into: out}]
purge: PURGE
"""


def wait_until(cli: Cli, recipe: Path, over: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The status of a run whose first job is as awaited."""
    found: dict[str, Any] = {}

    def is_over() -> bool:
        done = cli("status", recipe, "--json")
        if done.returncode == 0:
            found.update(json.loads(done.stdout)["run"])
        return bool(found.get("jobs") and over(found["jobs"][0]))

    wait_for(is_over, "the first job")
    return found


def one_runs(job: dict[str, Any]) -> bool:
    return bool(job["succeeded"] and job["running"])


def test_a_run_is_stopped_with_its_results_while_another_command_watches_it(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("stopped", TEXT.replace("PURGE", "on_success"))
    with cli.start("apply", recipe, cwd=tmp_path) as other:
        run = wait_until(cli, recipe, one_runs)["run_id"]
        done = cli("stop", run, cwd=tmp_path)
        _, said = other.communicate()
    assert done.returncode == 0, done.stderr
    assert f"stop: ended job stopped-{run}" in done.stdout
    assert "1 of 3 tasks succeeded" in done.stdout
    assert (tmp_path / "out" / "a.txt").read_text() == "a\n"
    assert not (tmp_path / "out" / "b.txt").exists()
    # The recipe says to purge after a success only.
    assert "all resources are kept (purge: on_success)" in done.stdout
    assert other.returncode == 6
    assert f"run {run} was stopped by tester" in said

    found = cli.json("status", recipe)["run"]
    assert (found["status"], found["verdict"], found["jobs"][0]["state"]) == ("ended", "stopped", "completed")
    again = cli("stop", recipe, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, "")
    assert "nothing to stop: it has ended, verdict stopped" in again.stderr
    assert cli("purge", recipe, "--yes").returncode == 0


def test_a_run_is_paused_and_goes_on_and_a_stop_that_was_interrupted_is_completed(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("paused", TEXT.replace("PURGE", "always"))
    with cli.start("apply", recipe, cwd=tmp_path) as other:
        run = wait_until(cli, recipe, one_runs)["run_id"]
        paused = cli("pause", recipe)
        _, said = other.communicate()
    assert paused.returncode == 0, paused.stderr
    assert (other.returncode, f"run {run} was paused by tester" in said) == (6, True)
    found = cli.json("status", recipe)["run"]
    assert (found["status"], found["jobs"][0]["state"], found["jobs"][0]["running"]) == ("paused", "disabled", 0)
    assert found["interrupted"].startswith("paused by tester on ")
    for command in ("apply", "watch"):
        assert cli(command, recipe, cwd=tmp_path).returncode == 6
    assert cli("pause", recipe).returncode == 0

    for _ in range(2):
        assert cli("unpause", recipe).returncode == 0
    wait_until(cli, recipe, one_runs)
    assert "ended task waits" in cli("stop", recipe, "--task", "waits").stdout
    assert "task waits had ended before" in cli("stop", recipe, "--task", "waits").stdout

    timed_out = cli("stop", recipe, "--timeout", "0", cwd=tmp_path)
    if timed_out.returncode == 5:
        # The job may end at once; where it did not, only the stop itself goes on.
        assert cli("apply", recipe, cwd=tmp_path).returncode == 6
    stopped = cli("stop", "--run", run, cwd=tmp_path)
    assert stopped.returncode == 0, stopped.stderr
    assert (tmp_path / "out" / "a.txt").exists()
    assert cli.json("status", "--run", run)["run"]["status"] == "purged"
