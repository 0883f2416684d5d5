"""plan: against what exists, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]


def test_changes_are_pending_where_apply_would_make_or_run_anything(cli: Cli, tmp_path: Path) -> None:
    recipe = tmp_path / "pending.yaml"
    recipe.write_text(
        "schema_version: 1\nname: pending\nparameters: {n: {type: integer, default: 1}}\n"
        "pool: {id: pending-pool, image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}\n"
        "storage: {in: {container: pending-in, uploads: [text.txt]}}\n"
        "tasks: [{name: t, for_each: {files: in}, commands: ['echo ${{ params.n }}']}]\npurge: never\n"
    )
    (tmp_path / "text.txt").write_text("one")

    def last_line() -> str:
        return cli("plan", recipe, cwd=tmp_path).stdout.splitlines()[-1]

    def pending(*arguments: str) -> int:
        return cli("plan", recipe, "--detailed-exitcode", *arguments, cwd=tmp_path).returncode

    assert pending() == 10
    assert last_line() == "Plan: 1 container, 1 blob (3 B), 1 pool, 1 job, 1 task to create"
    assert cli("apply", recipe, "--to", "submit", cwd=tmp_path).returncode == 0
    assert last_line() == "Plan: nothing to create or change; 1 container, 1 blob, 1 pool, 1 job, 1 task kept"
    (tmp_path / "text.txt").write_text("three")
    compared = cli.json("plan", recipe, "--new", cwd=tmp_path)["comparison"]
    assert compared["summary"] == "1 job, 1 task to create; 1 blob (5 B) to replace"
    assert next(each for each in compared["changes"] if each["action"] == "replace")["differences"] == [
        {"property": "text.txt bytes", "old": "3", "new": "5"}
    ]
    (tmp_path / "text.txt").write_text("one")
    assert pending() == 10
    assert cli("apply", recipe, "--to", "collect", cwd=tmp_path).returncode == 0
    assert pending() == 0
    # The run is continued with its own parameters only.
    assert pending("-p", "n=2") == 2
    assert cli.json("plan", recipe, "--detailed-exitcode")["changes"] == ""
    assert cli("apply", recipe, cwd=tmp_path).returncode == 0
    # It has ended: apply starts another one.
    assert pending() == 10
    assert cli("purge", recipe, "--yes").returncode == 0


def test_a_plan_without_an_account_says_so(cli: Cli, tmp_path: Path) -> None:
    environ = {"RECIPEBATCH_STATE_DIR": str(tmp_path / "state")}
    done = cli("plan", "builtin:topn", environ=environ)
    assert done.stdout.splitlines()[1] == "not compared with an account: there is no local account yet; apply starts it"
    assert done.stdout.splitlines()[-1].endswith("(not compared)")
    assert not (tmp_path / "state").exists()
    offline = cli.json("plan", "builtin:topn", "--offline")
    assert (offline["comparison"], offline["not_compared"]) == (None, "--offline")


def test_a_saved_plan_is_carried_out_once_and_only_while_it_holds(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    recipe = write_recipe("saved", "tasks: [{name: t, commands: ['true']}]\npurge: never\n")
    done = cli("plan", recipe, "-o", tmp_path / "plan.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = json.loads((tmp_path / "plan.json").read_text())["record"]["run_id"]
    assert f"pool saved-{run}: 1 × " in done.stdout
    both = cli("apply", tmp_path / "plan.json", "--new")
    assert (both.returncode, "with its own parameters" in both.stderr) == (2, True), both.stderr
    late = cli("apply", tmp_path / "plan.json", "--from", "watch")
    assert (late.returncode, "from the phase stage on" in late.stderr) == (2, True), late.stderr
    written = recipe.read_text()
    recipe.write_text(f"{written}# changed\n")
    refused = cli("apply", tmp_path / "plan.json", cwd=tmp_path)
    assert (refused.returncode, "has changed since it was made [stale-plan]" in refused.stderr) == (2, True)
    recipe.write_text(written)
    assert cli.json("apply", tmp_path / "plan.json", "--to", "provision", cwd=tmp_path)["run"] == run
    again = cli("apply", tmp_path / "plan.json", cwd=tmp_path)
    assert (again.returncode, "it was carried out before" in again.stderr) == (2, True), again.stderr
    assert cli("purge", "--run", run, "--yes").returncode == 0
