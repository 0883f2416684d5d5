"""Tasks that failed are tried again, by the recipe's rule or by hand, through real runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_the_failed_tasks_of_a_run_that_ended_run_again_in_a_job_made_for_them(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "again",
        f"""
storage: {{output: {{}}}}
tasks:
  - name: part
    for_each: {{items: [a, b, c]}}
    commands:
      - 'echo ${{{{ item }}}} >> {tmp_path}/tries'
      - 'test ${{{{ item }}}} = b || test -e {tmp_path}/fixed'
      - 'echo done > ${{{{ item }}}}.txt'
    output_files: [{{file_pattern: '*.txt', container: output}}]
collect: [{{container: output, into: out}}, {{task_files: [stdout.txt], into: logs}}]
purge: on_success
""",
    )
    first = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    run = first["run"]
    assert f"retry the failed tasks: recipebatch retry --run {run}" in first["phases"][-1]["notes"]
    failed = [task for phase in first["phases"] for task in phase["failed_tasks"]]
    assert {(task["task_id"], task["cause"]) for task in failed} == {("part-0", "exit_code"), ("part-2", "exit_code")}
    assert not cli.json("retry", "--run", run, "--cause", "upload_failed", cwd=tmp_path, exit_code=1)["phases"]

    (tmp_path / "fixed").touch()
    done = cli.json("retry", "--run", run, cwd=tmp_path)
    assert done["verdict"] == "succeeded"
    assert done["phases"][0]["steps"] == [
        {"action": "retried", "kind": "task", "name": f"again-{run}-retry1", "count": 2, "size": 0, "detail": None}
    ]
    assert sorted(lines_of(tmp_path / "tries")) == ["a", "a", "b", "c", "c"]
    assert sorted(path.name for path in (tmp_path / "out").glob("*.txt")) == ["a.txt", "b.txt", "c.txt"]
    assert (tmp_path / "logs" / "part-2" / "stdout.txt").is_file()
    purged = done["phases"][-1]
    assert sorted(step["name"] for step in purged["steps"] if step["kind"] == "job") == [
        f"again-{run}",
        f"again-{run}-retry1",
    ]
    refused = cli("retry", "--run", run, cwd=tmp_path)
    assert (refused.returncode, "was purged" in refused.stderr) == (2, True)


def test_only_the_named_task_is_tried_again_and_the_others_stay_failed(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "named",
        f"""
tasks:
  - name: part
    for_each: {{items: [a, b, c]}}
    commands: ['echo ${{{{ item }}}} >> {tmp_path}/tries', 'test ${{{{ item }}}} = b || test -e {tmp_path}/fixed']
job: {{auto_pool: {{}}}}
purge: never
""",
    )
    run = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)["run"]
    for wrong, said in (("part-1", "task part-1 has not failed"), ("part-7", "the run has no task part-7")):
        refused = cli("retry", recipe, "--task", wrong, cwd=tmp_path)
        assert (refused.returncode, said in refused.stderr) == (2, True)
    (tmp_path / "fixed").touch()
    done = cli.json("retry", recipe, "--task", "part-2", cwd=tmp_path, exit_code=1)
    watched = next(phase for phase in done["phases"] if phase["phase"] == "watch")
    assert watched["totals"] == {"active": 0, "running": 0, "succeeded": 2, "failed": 1}
    assert sorted(lines_of(tmp_path / "tries")) == ["a", "b", "c", "c"]
    assert cli.json("retry", recipe, "--failed", cwd=tmp_path)["verdict"] == "succeeded"
    assert cli("purge", "--run", run, "--yes", "--force", cwd=tmp_path).returncode == 0


def test_a_recipe_has_tasks_tried_again_after_certain_exit_codes(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "codes",
        f"""
tasks:
  - name: part
    for_each: {{items: [busy, broken]}}
    retry: {{exit_codes: [75], limit: 3}}
    commands:
      - 'echo x >> {tmp_path}/${{{{ item }}}}'
      - 'test ${{{{ item }}}} = busy || exit 3'
      - 'test "$(wc -l < {tmp_path}/busy)" -ge 3 || exit 75'
purge: always
""",
    )
    done = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    assert [phase["phase"] for phase in done["phases"]].count("retry") == 2
    assert (len(lines_of(tmp_path / "busy")), len(lines_of(tmp_path / "broken"))) == (3, 1)
    watched = [phase for phase in done["phases"] if phase["phase"] == "watch"][-1]
    assert watched["totals"] == {"active": 0, "running": 0, "succeeded": 1, "failed": 1}
    assert [task["exit_code"] for task in watched["failed_tasks"]] == [3]


def test_what_waits_for_a_task_starts_when_its_retry_succeeds(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "waiting",
        f"""
jobs:
  first:
    tasks:
      - name: flaky
        retry: {{exit_codes: [75]}}
        commands: ['echo x >> {tmp_path}/tries', 'test "$(wc -l < {tmp_path}/tries)" -ge 2 || exit 75']
      - {{name: after, depends_on: flaky, commands: ['echo after >> {tmp_path}/order']}}
  second:
    after: first
    tasks: [{{name: last, commands: ['echo last >> {tmp_path}/order']}}]
purge: always
""",
    )
    done = cli.json("apply", recipe, cwd=tmp_path)
    assert done["verdict"] == "succeeded"
    assert len(lines_of(tmp_path / "tries")) == 2
    assert lines_of(tmp_path / "order") == ["after", "last"]


def test_a_retry_that_was_killed_is_finished_by_the_same_command(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "killed",
        f"""
tasks: [{{name: part, commands: ['echo x >> {tmp_path}/tries', 'test -e {tmp_path}/fixed']}}]
purge: always
""",
    )
    run = cli.json("apply", recipe, "--to", "collect", cwd=tmp_path, exit_code=1)["run"]
    (tmp_path / "fixed").touch()
    # Ended before its tasks were submitted: what is left to do stands in the run's record.
    assert cli("retry", "--run", run, "--to", "provision", cwd=tmp_path).returncode == 0
    assert cli("apply", recipe, cwd=tmp_path).returncode == 0
    assert lines_of(tmp_path / "tries") == ["x", "x"]
