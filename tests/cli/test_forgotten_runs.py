"""What earlier runs hold is named, and all runs of a recipe can be purged at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

TEXT = "storage: {out: {}}\ntasks: [{commands: [echo]}]\npurge: never\n"


def test_what_earlier_runs_hold_is_named_until_all_are_purged(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("forgotten", TEXT)
    first = cli.json("apply", recipe, cwd=tmp_path)["run"]
    second = cli.json("apply", recipe, cwd=tmp_path)
    named = f"  run {first} of forgotten (ended): 1 pool (0 nodes), 1 job, 1 container"
    assert named in second["earlier"]
    assert named in cli("purge", "--orphans", cwd=tmp_path).stdout
    holds = {run["run_id"]: run["holds"] for run in cli.json("runs", cwd=tmp_path)["runs"]}
    assert holds[first]["containers"] == [f"forgotten-{first}-out"]
    assert [pool["nodes"] for pool in holds[second["run"]]["pools"]] == [0]
    assert "1 pool (0 nodes), 1 job, 1 container" in cli("runs", cwd=tmp_path).stdout

    copy = tmp_path / "elsewhere" / recipe.name
    copy.parent.mkdir()
    copy.write_text(recipe.read_text())
    none = cli("purge", copy, "--all", "--yes", cwd=tmp_path)
    assert none.stdout == "nothing to purge: you have no run of this recipe in this account\n"
    assert f"runs of recipes elsewhere are named forgotten too: {second['run']} (ended) of {recipe}" in none.stderr
    refused = cli("purge", recipe, "--all", cwd=tmp_path)
    assert (refused.returncode, "no terminal to ask on" in refused.stderr) == (2, True)
    done = cli.json("purge", recipe, "--all", "--yes", cwd=tmp_path)
    assert [(each["run"], each["error"]) for each in done["runs"]] == [(first, None), (second["run"], None)]
    again = cli("purge", recipe, "--all", "--yes", cwd=tmp_path)
    assert again.stdout == "nothing to purge: all your runs of this recipe are purged\n"


def test_a_run_with_uncollected_outputs_is_named_and_the_others_are_purged(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("uncollected", TEXT + "collect: [{container: out, into: o}]\n")
    first = cli.json("apply", recipe, "--to", "watch", cwd=tmp_path)["run"]
    second = cli.json("apply", recipe, "--new", cwd=tmp_path)["run"]
    done = cli("purge", recipe, "--all", "--yes", cwd=tmp_path)
    assert done.returncode == 2
    assert f"run {first}: not purged: outputs were not collected" in done.stdout
    assert f"run {second}: deleted 1 job, 1 pool, 1 container" in done.stdout
    assert cli("purge", recipe, "--all", "--yes", "--force", cwd=tmp_path).returncode == 0


def test_all_is_for_a_recipe(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("every", TEXT)
    for arguments in (("--all",), (recipe, "--all", "--orphans"), (recipe, "--all", "--run", "20260102-030405-abcd")):
        done = cli("purge", *arguments, cwd=tmp_path)
        assert (done.returncode, "--all purges the runs of a recipe" in done.stderr) == (2, True)
