"""Pools whose tasks have ended, in real runs: their nodes go, and come back when they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]


def nodes_of(cli: Cli, pool: str) -> int:
    """How many nodes the service has of a pool."""
    values = cli.account()
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    with BatchClient(values["AZURE_BATCH_ENDPOINT"], credential) as client:
        return len(list(client.list_nodes(pool)))


def test_a_pool_that_is_kept_has_no_nodes_and_a_retry_brings_them_back(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("idle", f"tasks: [{{name: t, commands: ['test -e {tmp_path}/fixed']}}]\npurge: never\n")
    first = cli.json("apply", recipe, cwd=tmp_path, exit_code=1)
    run, pool = first["run"], f"idle-{first['run']}"
    said = f"pool {pool}: scaled to 0 nodes"
    notes = first["phases"][-1]["notes"]
    assert said in notes
    assert [note for note in notes if "recipebatch purge" in note] == [f"remove it: recipebatch purge --run {run}"]
    assert nodes_of(cli, pool) == 0
    (tmp_path / "fixed").touch()
    assert cli("retry", recipe, "--to", "submit", cwd=tmp_path).returncode == 0
    assert nodes_of(cli, pool) == 1
    watched = cli("watch", recipe, cwd=tmp_path)
    assert watched.returncode == 0, watched.stderr
    assert f"{said}; remove it with `recipebatch purge --run {run}`" in watched.stderr
    assert nodes_of(cli, pool) == 0
    assert cli("purge", "--run", run, "--yes", cwd=tmp_path).returncode == 0


def test_without_a_terminal_ask_scales_the_pool_to_0_nodes_and_keeps_it(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("asked", "tasks: [{commands: [echo]}]\n")
    done = cli.json("apply", recipe, cwd=tmp_path)
    pool = f"asked-{done['run']}"
    notes = done["phases"][-1]["notes"]
    assert f"pool {pool}: scaled to 0 nodes" in notes
    assert [f"recipebatch purge --run {done['run']}" in note for note in notes].count(True) == 1
    assert nodes_of(cli, pool) == 0
    assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0


def test_nodes_with_task_files_stay_until_these_are_collected(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    text = "tasks: [{name: t, commands: [echo]}]\ncollect: [{task_files: [stdout.txt], into: logs}]\npurge: never\n"
    recipe = write_recipe("files", text)
    watched = cli("apply", recipe, "--to", "watch", cwd=tmp_path)
    assert watched.returncode == 0, watched.stderr
    assert "keeps 1 node, which incurs charges: the task files on them are not collected" in watched.stderr
    collected = cli("collect", recipe, cwd=tmp_path)
    assert "scaled to 0 nodes" in collected.stderr
    assert (tmp_path / "logs" / "t" / "stdout.txt").is_file()
    assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0


def test_a_pool_that_another_recipe_uses_gets_its_nodes_again_by_provision(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    task = "tasks: [{commands: [echo]}]\npurge: never\n"
    base = write_recipe("lasting", task, pool="  id: lasting-pool\n")
    run = cli.json("apply", base, cwd=tmp_path)["run"]
    other = tmp_path / "other.yaml"
    other.write_text(f"schema_version: 1\nname: other\npool: {{existing: lasting-pool}}\n{task}")
    refused = cli("apply", other, cwd=tmp_path)
    assert refused.returncode == 4
    assert f"recipebatch provision --run {run}" in refused.stderr
    assert cli("provision", "--run", run, cwd=tmp_path).returncode == 0
    assert cli.json("apply", other, cwd=tmp_path)["verdict"] == "succeeded"
    # It belongs to the other run.
    assert nodes_of(cli, "lasting-pool") == 1
    for recipe in (other, base):
        assert cli("purge", recipe, "--yes", cwd=tmp_path).returncode == 0
