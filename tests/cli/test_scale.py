"""scale: another number of nodes for a pool of a run, beside the command that works on the run and after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

SLOW = "tasks: [{name: t, commands: ['while [ ! -e GO ]; do sleep 0.2; done']}]\npurge: never\n"


def pool_of(cli: Cli, recipe: Path) -> dict[str, Any]:
    """The first pool of the status of a run."""
    [pool, *_] = cli.json("status", recipe)["run"]["pools"]
    assert isinstance(pool, dict)
    return pool


def test_a_run_is_scaled_while_another_command_works_on_it_and_keeps_its_size(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("scaled-run", SLOW.replace("GO", str(tmp_path / "go")))

    def one_runs() -> bool:
        done = cli("status", recipe, "--json")
        return done.returncode == 0 and any(job["running"] for job in json.loads(done.stdout)["run"]["jobs"])

    with cli.start("apply", recipe, cwd=tmp_path) as other:
        wait_for(one_runs, "the task")
        done = cli("scale", recipe, "--nodes", "3")
        assert done.returncode == 0, done.stderr
        assert "1 node → 3 nodes; it has " in done.stdout
        assert "its formula removes its nodes at " in done.stdout
        wait_for(lambda: sum(pool_of(cli, recipe)["nodes"].values()) == 3, "the nodes")
        (tmp_path / "go").touch()
        other.communicate()
    assert other.returncode == 0
    # A command that continues the run brings the nodes back, as many as were set.
    done = cli("provision", "--run", cli.json("status", recipe)["run"]["run_id"])
    assert done.returncode == 0, done.stderr
    assert "0 nodes → 3 nodes" in done.stderr
    pool = pool_of(cli, recipe)
    assert (pool["asked"], pool["scaled"]) == ([3, 0], "3 nodes")
    assert "scaled to 3 nodes" in cli("status", recipe).stdout
    assert cli("purge", recipe, "--yes").returncode == 0
    again = cli("scale", recipe, "--nodes", "1")
    assert again.returncode == 2
    assert "was purged: it has no pool to scale" in again.stderr


def test_provision_takes_the_target_nodes_of_a_changed_recipe(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("resized-recipe", "tasks: [{commands: ['true']}]\npurge: always\n")
    assert cli("apply", recipe, "--to", "provision", cwd=tmp_path).returncode == 0
    recipe.write_text(recipe.read_text().replace("target_dedicated_nodes: 1", "target_dedicated_nodes: 3"))
    done = cli("provision", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 node → 3 nodes, as the recipe says now" in done.stderr
    assert "3 nodes ready" in done.stdout
    # What scale sets afterwards is not taken back by the same recipe.
    assert cli("scale", recipe, "--nodes", "2").returncode == 0
    assert ": 2 nodes by `scale` (recipe: 3) × " in cli("plan", recipe, "--detailed-exitcode", cwd=tmp_path).stdout
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "→" not in done.stderr


def test_a_retry_with_nothing_to_retry_takes_no_other_target_nodes(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("nothing-to-retry", "tasks: [{commands: ['true']}]\npurge: never\n")
    assert cli("apply", recipe, cwd=tmp_path).returncode == 0
    recipe.write_text(recipe.read_text().replace("target_dedicated_nodes: 1", "target_dedicated_nodes: 3"))
    done = cli("retry", recipe, cwd=tmp_path)
    assert "no task has failed" in done.stderr
    assert "→" not in done.stderr
    assert cli("purge", recipe).returncode == 0


def test_the_report_of_scale_has_the_sizes_and_no_verdict(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("scaled-json", "tasks: [{commands: [exit 3]}]\npurge: never\n")
    assert cli("apply", recipe, cwd=tmp_path).returncode == 1
    run = cli.json("status", recipe)["run"]["run_id"]
    found = cli.json("scale", run, "--nodes", "0", "--spot", "2", "--pool", "pool")
    assert (found["kind"], found["run"], found["exit_code"], found["verdict"]) == ("scale", run, 0, "unknown")
    [step] = found["phases"][0]["steps"]
    assert (step["action"], step["kind"], step["count"], step["detail"]) == (
        "scaled",
        "pool",
        2,
        "0 nodes → 0 nodes + 2 spot",
    )
    assert "the run has ended: nodes without tasks incur charges all the same" in found["phases"][0]["notes"]
    assert cli("purge", recipe, "--yes").returncode == 0


def test_a_pool_with_inter_node_communication_is_resized(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    text = "tasks: [{commands: ['true']}]\npurge: never\n"
    recipe = write_recipe("scaled-mpi", text, pool="  enable_inter_node_communication: true\n  resize_timeout: 20m\n")
    done = cli("apply", recipe, "--to", "provision", cwd=tmp_path)
    assert "no formula removes its nodes: they stay until a command does" in done.stdout
    done = cli("scale", recipe, "--nodes", "2")
    assert done.returncode == 0, done.stderr
    assert "1 node → 2 nodes" in done.stdout
    wait_for(lambda: pool_of(cli, recipe)["nodes"].get("idle") == 2, "the nodes")
    assert pool_of(cli, recipe)["until"] is None
    assert cli("purge", recipe, "--yes").returncode == 0


def test_what_cannot_be_scaled_is_an_error_that_says_why(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    text = "tasks: [{commands: ['true']}]\npurge: always\n"
    recipe = write_recipe("scaled-scenario", text)
    recipe.write_text(
        recipe.read_text().replace("target_dedicated_nodes: 1", "auto_scale: {scenario: pending_tasks, max_nodes: 2}")
    )
    assert cli("apply", recipe, "--to", "provision", cwd=tmp_path).returncode == 0
    for arguments, said in (
        (("--nodes", "2"), "is scaled by the scenario pending_tasks: its next evaluation would override"),
        (("--nodes", "2", "--pool", "none"), "has no pool none"),
        ((), "how many nodes is not said"),
        (("--nodes", "-1"), "nodes must be from 0 to"),
    ):
        done = cli("scale", recipe, *arguments)
        assert done.returncode == 2
        assert said in done.stderr
    assert cli("purge", recipe, "--yes").returncode == 0


def test_a_formula_that_fails_is_shown(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("failing-formula", "tasks: [{commands: ['true']}]\npurge: never\n")
    text = recipe.read_text()
    for formula, said in (("nope", "Undefined symbol: nope"), ("1 / 0", ""), ("time()", "")):
        scaled = f"auto_scale: {{formula: '$TargetDedicatedNodes = {formula};'}}"
        recipe.write_text(text.replace("target_dedicated_nodes: 1", scaled))
        done = cli("apply", recipe, "--new", cwd=tmp_path)
        assert done.returncode == 4
        for shown in (done.stderr, cli("status", recipe).stdout):
            assert "the autoscale formula of pool failing-formula-" in shown
            assert "AutoScalingFormulaEvaluationError" in shown
            assert "no node is added or removed, also when the run expires" in shown
            assert said.lower() in shown.lower()
        assert cli("purge", recipe, "--yes").returncode == 0
