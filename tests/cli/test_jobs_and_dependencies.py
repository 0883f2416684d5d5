"""Real runs with dependencies: merges, consecutive jobs, several nodes, exit conditions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

TWO_NODES = "  enable_inter_node_communication: true\n"


def totals_of(report: dict[str, Any]) -> dict[str, int]:
    """The counts of the last phase with tasks."""
    found = [phase["totals"] for phase in report["phases"] if phase["totals"] is not None]
    return {name: count for name, count in found[-1].items() if count}


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_a_task_runs_after_those_it_depends_on_by_name_item_and_id(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    shared = "$AZ_BATCH_NODE_SHARED_DIR/order.txt"
    recipe = write_recipe(
        "ordered",
        f"""
storage: {{output: {{}}}}
tasks:
  - name: last
    depends_on: [all, {{task_ids: [first-2]}}]
    commands: ['cp "{shared}" order.txt']
    output_files: [{{file_pattern: order.txt, container: output}}]
  - name: all
    for_each: {{items: [a, b]}}
    depends_on: {{same_item: each}}
    commands: ['echo all-${{{{ item }}}} >> "{shared}"']
  - name: each
    for_each: {{items: [a, b]}}
    depends_on: {{task_id_ranges: [{{start: 1, end: 2}}]}}
    commands: ['echo each-${{{{ item }}}} >> "{shared}"']
  - name: first
    ids: numeric
    for_each: {{items: [a, b]}}
    commands: ['echo first-${{{{ task.id }}}} >> "{shared}"']
  - {{name: other, id: first-2, commands: ['echo other >> "{shared}"']}}
collect: [{{container: output, into: out}}]
purge: always
""",
    )
    report = cli.json("apply", recipe, cwd=tmp_path)
    assert totals_of(report) == {"succeeded": 8}
    order = lines_of(tmp_path / "out" / "order.txt")
    assert sorted(order) == ["all-a", "all-b", "each-a", "each-b", "first-1", "first-2", "other"]
    for item in "ab":
        assert order.index("first-2") < order.index(f"each-{item}") < order.index(f"all-{item}")


def test_a_tree_of_merges_sees_every_part_in_order(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe(
        "merged",
        """
storage: {output: {}, between: {}}
tasks:
  - name: part
    for_each: {range: {stop: 9}}
    commands: ['echo ${{ item }} > part.txt']
    output_files: [{file_pattern: part.txt, container: between, path: 'part ${{ item }}.txt'}]
  - name: merge
    reduce: {over: part, fan_in: 3, parts_container: between}
    commands: ['cat ${{ inputs }} > whole.txt', 'echo level ${{ level }}']
    output_files: [{file_pattern: whole.txt, container: output, path: result/whole.txt}]
    keep_logs: output
collect: [{container: output, into: out}]
purge: always
""",
    )
    report = cli.json("apply", recipe, cwd=tmp_path)
    assert totals_of(report) == {"succeeded": 10 + 4 + 2 + 1}
    assert lines_of(tmp_path / "out/result/whole.txt") == [str(number) for number in range(10)]
    logs = {path.parent.name: path.read_text() for path in (tmp_path / "out").glob("*/stdout.txt")}
    assert logs == {
        **{f"merge-1-{number}": "level 1\n" for number in range(4)},
        **{f"merge-2-{number}": "level 2\n" for number in range(2)},
        "merge": "level 3\n",
    }


FAILING_PART = """
storage: {output: {}}
tasks:
  - name: part
    for_each: {range: {start: 1, stop: 4}}
    commands: ['test ${{ item }} != 2', 'echo ${{ item }} > part.txt']
    output_files: [{file_pattern: part.txt, container: output, path: 'parts/${{ item }}.txt'}]
  - name: merge
    reduce: {over: part, fan_in: 2, on_failed: HOW}
    commands: ['touch none', 'for part in ${{ inputs }}; do if test -e "$part"; then cat "$part"; fi; done > whole.txt']
    output_files: [{file_pattern: whole.txt, container: output}]
collect: [{container: output, into: out}]
purge: always
"""


def test_a_failed_part_blocks_the_merge_and_the_run_ends_with_the_reason(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("blocking", FAILING_PART.replace("HOW", "block"))
    report = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    assert totals_of(report) == {"active": 2, "succeeded": 4, "failed": 1}
    (watched,) = [phase for phase in report["phases"] if phase["phase"] == "watch"]
    assert watched["notes"] == [
        f"job blocking-{report['run']}: 2 tasks cannot start: they depend on part-1, which failed"
    ]
    assert not (tmp_path / "out/whole.txt").exists()


def test_a_merge_can_run_without_a_failed_part(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("satisfied", FAILING_PART.replace("HOW", "satisfy"))
    report = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    assert totals_of(report) == {"succeeded": 6, "failed": 1}
    assert lines_of(tmp_path / "out/whole.txt") == ["1", "3", "4"]


TWO_JOBS = """
storage: {found: {}, output: {}}
jobs:
  look:
    after: make
    tasks:
      - name: look
        for_each: {files: found}
        resource_files: [file]
        commands: ['wc -l < ${{ file.name }} > lines.txt']
        output_files: [{file_pattern: lines.txt, container: output, path: '${{ file.stem }}'}]
  make:
    tasks:
      - name: make
        for_each: {items: [3, 5]}
        commands: ['COMMAND']
        output_files: [{file_pattern: 'made-*.txt', container: found}]
collect: [{container: output, into: out}]
purge: always
"""
MAKE = "seq ${{ item }} > made-${{ item }}.txt"


def test_a_merge_whose_part_failed_ends_with_the_parts_that_were_made(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "halfmerged",
        """
storage: {output: {}}
tasks:
  - name: part
    for_each: {repeat: 4}
    commands: ['[ ${{ item }} != 2 ] || exit 7', 'echo ${{ item }} > p.txt']
    output_files: [{file_pattern: p.txt, container: output, path: 'p/${{ item }}.txt'}]
  - name: merge
    reduce: {over: part, fan_in: 2}
    commands: ['cat ${{ inputs }} > whole.txt']
    output_files: [{file_pattern: whole.txt, container: output, path: whole.txt}]
collect: [{container: output, into: out}]
purge: always
""",
    )
    report = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    failed = {task["task_id"]: task for phase in report["phases"] for task in phase["failed_tasks"]}
    assert failed.pop("part-2")["exit_code"] == 7
    assert [task["cause"] for task in failed.values()] == ["blocked", "blocked"]
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.txt")) == ["0.txt", "1.txt", "3.txt"]


TWO_POOLS = """schema_version: 1
name: turns
pools:
  big: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, target_dedicated_nodes: 1}
  small: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, target_dedicated_nodes: 1}
jobs:
  make: {pool: big, tasks: [{name: make, commands: [COMMAND]}]}
  sum: {pool: small, after: make, tasks: [{name: sum, commands: [echo sum]}]}
purge: never
"""


@pytest.mark.parametrize(("command", "exit_code"), [("echo made", 0), ("exit 3", 1)])
def test_the_pool_of_a_later_job_is_made_when_its_turn_comes(
    cli: Cli, tmp_path: Path, command: str, exit_code: int
) -> None:
    recipe = tmp_path / "turns.yaml"
    recipe.write_text(TWO_POOLS.replace("COMMAND", command), encoding="utf-8")
    assert "    made when job make has ended, not if it failed" in cli("plan", recipe, cwd=tmp_path).stdout.splitlines()
    report = cli.json("apply", recipe, cwd=tmp_path, exit_code=exit_code)
    made = [
        (phase["phase"], step["name"].rpartition("-")[2])
        for phase in report["phases"]
        for step in phase["steps"]
        if (step["kind"], step["action"]) == ("pool", "created")
    ]
    assert made == [("provision", "big"), *([("submit", "small")] if exit_code == 0 else [])]
    cli("purge", "--run", report["run"], "--yes", cwd=tmp_path)


def test_a_later_job_loops_over_the_files_that_an_earlier_one_wrote(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    report = cli.json("apply", write_recipe("twojobs", TWO_JOBS.replace("COMMAND", MAKE)), cwd=tmp_path)
    assert [phase["phase"] for phase in report["phases"]].count("submit") == 2
    assert totals_of(report) == {"succeeded": 4}
    assert {path.name: path.read_text().strip() for path in (tmp_path / "out").glob("made-*")} == {
        "made-3": "3",
        "made-5": "5",
    }


def test_separate_commands_work_through_the_jobs_and_can_be_repeated(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("stepwise", TWO_JOBS.replace("COMMAND", MAKE))
    for phase in ("stage", "provision"):
        cli.json(phase, recipe, cwd=tmp_path)
    first = cli.json("submit", recipe, cwd=tmp_path)["phases"][0]
    assert first["notes"] == ["job look waits for make"]
    done = cli("watch", recipe, "--json", cwd=tmp_path)
    watched = json.loads(done.stdout)
    assert done.returncode == 10
    go_on = f"recipebatch submit --run {watched['run']} && recipebatch watch --run {watched['run']}"
    assert f" is not finished: job look is not submitted yet; go on with {go_on}" in done.stderr
    assert watched["phases"][0]["notes"] == ["job look can be submitted now"]
    assert watched["verdict"] == "unknown"
    for added in (2, 0):
        steps = cli.json("submit", recipe, cwd=tmp_path)["phases"][0]["steps"]
        assert sum(step["count"] for step in steps if step["action"] == "added") == added
    assert cli.json("watch", recipe, cwd=tmp_path)["verdict"] == "succeeded"
    cli.json("collect", recipe, cwd=tmp_path)
    cli.json("purge", recipe, "--yes", cwd=tmp_path)
    assert sorted(path.name for path in (tmp_path / "out").glob("made-*")) == ["made-3", "made-5"]


def test_a_job_is_not_submitted_when_the_one_before_it_failed(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("stopped", TWO_JOBS.replace("COMMAND", f"{MAKE}; exit ${{{{ item - 3 }}}}"))
    report = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    assert totals_of(report) == {"succeeded": 1, "failed": 1}
    watched = [phase for phase in report["phases"] if phase["phase"] == "watch"]
    assert watched[-1]["notes"] == ["job look is not submitted: make failed"]


def test_exit_conditions_decide_which_tasks_run(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe(
        "ends",
        """
storage: {output: {}}
job: {on_task_failure: perform_exit_options_job_action}
tasks:
  - name: odd
    commands: [exit 3]
    exit_conditions:
      exit_codes: [{code: 3, dependency_action: satisfy, job_action: none}]
  - name: range
    commands: [exit 15]
    exit_conditions:
      exit_code_ranges: [{start: 10, end: 19, dependency_action: satisfy, job_action: none}]
  - name: after
    depends_on: [odd, range]
    commands: [echo went on > on.txt]
    output_files: [{file_pattern: on.txt, container: output}]
  - name: stop
    depends_on: after
    commands: [exit 1]
    exit_conditions: {default: {job_action: terminate}}
  - name: never
    depends_on: stop
    commands: [echo never]
collect: [{container: output, into: out}]
purge: always
""",
    )
    report = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    assert lines_of(tmp_path / "out/on.txt") == ["went on"]
    failed = {task["task_id"]: task["code"] for phase in report["phases"] for task in phase["failed_tasks"]}
    assert failed["stop"] == "FailureExitCode"
    assert failed["never"] == "Blocked"


def test_preparation_runs_before_and_release_after_the_tasks_of_a_job(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    ended = tmp_path / "ended.txt"
    recipe = write_recipe(
        "prepared",
        f"""
storage: {{output: {{}}}}
job:
  job_preparation_task: {{commands: ['echo ${{{{ job.id }}}} > "$AZ_BATCH_NODE_SHARED_DIR/ready.txt"']}}
  job_release_task: {{commands: ['cp "$AZ_BATCH_NODE_SHARED_DIR/ready.txt" {ended}'], max_wall_clock_time: 5m}}
tasks:
  - name: t
    commands: ['cp "$AZ_BATCH_NODE_SHARED_DIR/ready.txt" seen.txt']
    output_files: [{{file_pattern: seen.txt, container: output}}]
collect: [{{container: output, into: out}}]
purge: always
""",
    )
    run = cli.json("apply", recipe, cwd=tmp_path)["run"]
    assert lines_of(tmp_path / "out/seen.txt") == [f"prepared-{run}"]
    assert lines_of(ended) == [f"prepared-{run}"]


def test_a_multi_instance_task_coordinates_its_nodes(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe(
        "several",
        """
parameters: {n: {type: integer, default: 2}}
storage: {application: {uploads: ['hosts.txt']}, output: {}}
tasks:
  - name: mpi
    multi_instance_settings:
      number_of_instances: ${{ params.n }}
      coordination_commands: ['test -s "$AZ_BATCH_TASK_SHARED_DIR/hosts.txt"', 'echo ready > node.txt']
      common_resource_files: [application]
    commands: ['echo "$AZ_BATCH_HOST_LIST" | tr , "\\n" | wc -l > hosts.txt']
    output_files: [{file_pattern: hosts.txt, container: output}]
collect: [{container: output, into: out}]
purge: always
""",
        pool=TWO_NODES,
    )
    recipe.write_text(recipe.read_text().replace("target_dedicated_nodes: 1", "target_dedicated_nodes: 2"))
    (tmp_path / "hosts.txt").write_text("hosts\n")
    report = cli.json("apply", recipe, cwd=tmp_path)
    assert totals_of(report) == {"succeeded": 1}
    assert (tmp_path / "out/hosts.txt").read_text().strip() == "2"


def test_a_schedule_makes_jobs_with_their_manager_task_and_is_purged(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe(
        "daily",
        """
job:
  job_manager_task: {commands: [echo managed]}
  schedule: {recurrence_interval: 1d}
purge: never
""",
    )
    report = cli.json("apply", recipe, "--to", "watch", cwd=tmp_path)
    assert report["verdict"] == "unknown"
    (watched,) = [phase for phase in report["phases"] if phase["phase"] == "watch"]
    name = f"daily-{report['run']}"
    assert watched["summary"].startswith(f"job schedule {name} is active, its last job is {name}:job-1")
    steps = cli.json("purge", recipe, "--yes", cwd=tmp_path)["phases"][0]["steps"]
    assert {step["kind"]: step["action"] for step in steps} == {"job schedule": "deleted", "pool": "deleted"}
